//! What a simulator holds, without what is different each time: so that two histories can be compared by where they lead.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

/// Members that differ from run to run, and those that are about the server itself.
const VOLATILE: &[&str] = &[
    "backfill_status",
    "client_secret",
    "clock",
    "code",
    "config",
    "created",
    "creation_time",
    "date",
    "expires_at",
    // What tags were.
    "history",
    "id",
    "last_number",
    "last_quota",
    "last_quota_limit",
    "last_update",
    "locked",
    "logs",
    "modulus",
    "next",
    // Harbor never uses a number twice.
    "next_allowlist",
    "notifications",
    "number",
    "quota_bytes",
    "requests",
    "reserved_names",
    // Harbor keeps those of deleted projects.
    "retentions",
    "robots_of_deleted_mirrors",
    "salt",
    "secret",
    "settings",
    "start_ms",
    "status_token",
    "token",
    "token_code",
    "tokens",
    "touched",
    "update_time",
    "updated",
    "uuid",
    "version",
];

/// The dump of a simulator, made comparable: objects whose keys are ids become sorted lists of what they hold.
pub(crate) fn shape(dump: &Json) -> Json {
    match dump {
        Json::Object(members) if !members.is_empty() && members.keys().all(|key| is_id(key)) => {
            // Rows that only tie others together say nothing by themselves, and outlive these in Harbor.
            let rows = members.values().filter(|row| !is_deleted(row)).map(shape);
            sorted(rows.filter(|row| row != &Json::Object(Map::new())).collect())
        }
        Json::Object(members) => {
            let mut kept: Vec<_> = members.iter().filter(|(name, _)| !is_volatile(name)).collect();
            kept.sort_by_key(|(name, _)| *name);
            let shaped = |(name, value): (&String, &Json)| match value.as_i64() {
                _ if is_generated_password(name, value) => (name.clone(), Json::from("generated")),
                // Asked for are whole seconds; the rest is that of the moment in which the tag was made.
                Some(end) if name == "end_ms" => (name.clone(), Json::from(end / 1000)),
                _ => (name.clone(), shape(value)),
            };
            Json::Object(kept.into_iter().map(shaped).collect::<Map<_, _>>())
        }
        // A deleted row that Harbor keeps.
        Json::Array(items) => sorted(items.iter().filter(|item| !is_deleted(item)).map(shape).collect()),
        Json::String(text) if text.starts_with("/project/") => text.replace(|c: char| c.is_ascii_digit(), "#").into(),
        other => other.clone(),
    }
}

fn is_deleted(row: &Json) -> bool {
    row.get("deleted") == Some(&Json::Bool(true))
}

fn is_volatile(name: &str) -> bool {
    VOLATILE.contains(&name) || name.ends_with("_id")
}

/// A password that server or provider made up; chosen ones in the table have another length.
fn is_generated_password(name: &str, value: &Json) -> bool {
    name == "password" && value.as_str().is_some_and(|text| text.len() == 32)
}

pub(crate) fn is_id(key: &str) -> bool {
    key.bytes().all(|b| b.is_ascii_digit())
        || (key.len() == 36 && key.bytes().filter(|b| *b == b'-').count() == 4)
        || is_key_id(key)
}

/// 32 bytes in base64.
fn is_key_id(key: &str) -> bool {
    key.len() == 43 && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

fn sorted(mut items: Vec<Json>) -> Json {
    items.sort_by_key(Json::to_string);
    Json::Array(items)
}

/// The first place where two of them differ, for people.
pub(crate) fn difference(got: &Json, wanted: &Json) -> Option<String> {
    match (got, wanted) {
        (Json::Object(a), Json::Object(b)) => {
            let names = a.keys().chain(b.keys());
            names.into_iter().find_map(|name| {
                let null = Json::Null;
                let (got, wanted) = (a.get(name).unwrap_or(&null), b.get(name).unwrap_or(&null));
                difference(got, wanted).map(|rest| format!("/{name}{rest}"))
            })
        }
        _ if got == wanted => None,
        _ => Some(format!(": {got} instead of {wanted}")),
    }
}

/// Members that any request changes, reads and logins too.
const OF_ANY_REQUEST: &[&str] = &["/quay/requests", "/quay/last_number", "/quay/logs", "/saagie/tokens"];

/// Where two dumps of a server differ, with `#` for ids and places in lists. Secrets count, which [`shape`] leaves out: what changed tells that
/// something was done even where what it is now is different each time.
pub(crate) fn changes(before: &Json, after: &Json) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    compare(before, after, String::new(), &mut found);
    found
}

fn compare(before: &Json, after: &Json, at: String, found: &mut BTreeSet<String>) {
    let null = Json::Null;
    match (before, after) {
        _ if before == after || OF_ANY_REQUEST.contains(&at.as_str()) => {}
        (Json::Object(a), Json::Object(b)) => {
            for name in a.keys().chain(b.keys()).collect::<BTreeSet<_>>() {
                let place = if is_id(name) { "#" } else { name };
                let (before, after) = (a.get(name).unwrap_or(&null), b.get(name).unwrap_or(&null));
                compare(before, after, format!("{at}/{place}"), found);
            }
        }
        (Json::Array(a), Json::Array(b)) => {
            for index in 0..a.len().max(b.len()) {
                let (before, after) = (a.get(index).unwrap_or(&null), b.get(index).unwrap_or(&null));
                compare(before, after, format!("{at}/#"), found);
            }
        }
        _ => drop(found.insert(at)),
    }
}

#[test]
fn changes_name_secrets_and_no_ids() {
    let dump = |token: &str, id: &str| serde_json::json!({ "robots": { "acme+ci": { "token": token } }, "rows": { id: { "name": "x" } } });
    assert!(changes(&dump("a", "1"), &dump("a", "1")).is_empty());
    let found = changes(&dump("a", "1"), &dump("b", "2"));
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["/robots/acme+ci/token", "/rows/#"]);
}

#[test]
fn generated_values_do_not_count_and_others_do() {
    let robot = |token: &str, description: &str| serde_json::json!({ "robots": { "acme+ci": { "token": token, "description": description } } });
    assert_eq!(difference(&shape(&robot("a", "d")), &shape(&robot("b", "d"))), None);
    let told = difference(&shape(&robot("a", "d")), &shape(&robot("a", "e"))).unwrap();
    assert_eq!(told, "/robots/acme+ci/description: \"d\" instead of \"e\"");
}
