//! What the simulator holds, compared and counted.

use std::collections::BTreeMap;

use serde_json::Value;

/// What servers count for themselves, and names that a server keeps for a while: no client's objects.
const VOLATILE: [&str; 13] = [
    "/quay/requests",
    "/quay/last_number",
    "/quay/logs",
    "/quay/last_quota",
    "/quay/last_quota_limit",
    "/quay/reserved_names",
    "/quay/robots_of_deleted_mirrors",
    "/quay/collect_garbage_after",
    "/harbor/clock",
    "/harbor/csrf",
    // Harbor gives no number twice.
    "/harbor/next_allowlist",
    // The memberships of a project's maker outlive it.
    "/harbor/members",
    "/saagie/tokens",
];

/// Pointers to all that differs, each with what it was and is (without values: they may be secrets).
pub fn differences(before: &Value, after: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare(before, after, &mut String::new(), &mut found);
    found
}

fn compare(before: &Value, after: &Value, path: &mut String, found: &mut Vec<String>) {
    if VOLATILE.contains(&path.as_str()) || is_counter(path) || is_past(path) {
        return;
    }
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let names = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name)));
            for name in names {
                let length = path.len();
                path.push('/');
                path.push_str(&name.replace('~', "~0").replace('/', "~1"));
                match (old.get(name), new.get(name)) {
                    (Some(old), Some(new)) => compare(old, new, path, found),
                    (None, Some(new)) if is_deleted(new) => {}
                    (None, Some(_)) => found.push(format!("{path} is new")),
                    _ => found.push(format!("{path} is gone")),
                }
                path.truncate(length);
            }
        }
        _ if before != after => found.push(format!("{path} has changed")),
        _ => {}
    }
}

/// How many items every list, table and object has, by its place. Numbers, UUIDs and tokens that a server gives are
/// made alike.
pub fn census(dump: &Value) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    count(dump, "", "", &mut counts);
    counts
}

fn count(value: &Value, path: &str, place: &str, counts: &mut BTreeMap<String, usize>) {
    if VOLATILE.contains(&path) || is_past(path) {
        return;
    }
    let items: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
        _ => return,
    };
    let items = items.into_iter().filter(|(_, value)| !is_deleted(value));
    for (name, value) in items {
        let is_uuid = name.len() == 36 && name.matches('-').count() == 4;
        let is_token = name.len() == 40 && name.chars().all(char::is_alphanumeric);
        let is_given = name.parse::<u64>().is_ok() || is_uuid || is_token;
        *counts.entry(place.to_owned()).or_default() += 1;
        let step = if is_given { "#" } else { name.as_str() };
        count(value, &format!("{path}/{name}"), &format!("{place}/{step}"), counts);
    }
}

/// Harbor keeps a row of what was deleted.
pub fn is_deleted(value: &Value) -> bool {
    value["deleted"] == true
}

/// The highest number that a table has given away so far.
fn is_counter(path: &str) -> bool {
    path.ends_with("/last_id") || path.ends_with("/next_id") || path.ends_with("/next") || path.ends_with("/last")
}

/// What a server told its users stays, whatever becomes of it, and so does what tags were.
fn is_past(path: &str) -> bool {
    let told = path.starts_with("/quay/users/") && path.ends_with("/notifications");
    told || path.ends_with("/images/history")
}

/// Whether two values are alike but for the order of items and the numbers that a server gives them.
pub fn alike(one: Option<&Value>, other: Option<&Value>) -> bool {
    one.map(essence) == other.map(essence)
}

fn essence(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(essence).collect();
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(members) => {
            let given = |name: &String| ["id", "number", "touched"].contains(&name.as_str());
            members.iter().filter(|(name, _)| !given(name)).map(|(n, v)| (n.clone(), essence(v))).collect()
        }
        other => other.clone(),
    }
}
