//! What the simulator holds, compared.

use serde_json::Value;

/// What servers count for themselves, and names that a server keeps for a while: no client's objects.
const VOLATILE: [&str; 9] = [
    "/quay/requests",
    "/quay/last_number",
    "/quay/last_quota",
    "/quay/last_quota_limit",
    "/quay/reserved_names",
    "/quay/collect_garbage_after",
    "/harbor/clock",
    "/harbor/csrf",
    "/saagie/tokens",
];

/// Pointers to all that differs, each with what it was and is (without values: they may be secrets).
pub fn differences(before: &Value, after: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare(before, after, &mut String::new(), &mut found);
    found
}

fn compare(before: &Value, after: &Value, path: &mut String, found: &mut Vec<String>) {
    if VOLATILE.contains(&path.as_str()) || is_counter(path) {
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

/// Harbor keeps a row of what was deleted.
fn is_deleted(value: &Value) -> bool {
    value["deleted"] == true
}

/// The highest number that a table has given away so far.
fn is_counter(path: &str) -> bool {
    path.ends_with("/last_id") || path.ends_with("/next") || path.ends_with("/last")
}
