//! Changes to a JSON document: JSON merge patch (RFC 7396) and the JSON patch operations add, copy, replace, remove and test
//! (RFC 6902). What is left keeps its order, which lists show.

use serde_json::{Map, Value};

/// Applies a patch: a merge patch if it is an object, a list of operations if it is an array.
///
/// # Errors
/// An operation that does not apply, or a patch that is neither.
pub fn apply(document: &mut Value, patch: &Value) -> Result<(), String> {
    match patch {
        Value::Object(members) => {
            merge(document, members);
            Ok(())
        }
        Value::Array(operations) => operations.iter().try_for_each(|operation| operate(document, operation)),
        _ => Err("a patch is an object (merge patch) or an array of operations (JSON patch)".into()),
    }
}

fn merge(document: &mut Value, patch: &Map<String, Value>) {
    if !document.is_object() {
        *document = Value::Object(Map::new());
    }
    let Value::Object(members) = document else { return };
    for (name, change) in patch {
        match change {
            Value::Null => {
                members.shift_remove(name);
            }
            Value::Object(change) => merge(members.entry(name.clone()).or_insert(Value::Null), change),
            other => {
                members.insert(name.clone(), other.clone());
            }
        }
    }
}

fn operate(document: &mut Value, operation: &Value) -> Result<(), String> {
    let text = |name: &str| {
        operation.get(name).and_then(Value::as_str).ok_or_else(|| format!("no text `{name}` in operation {operation}"))
    };
    let value = || operation.get("value").cloned().ok_or_else(|| format!("no `value` in operation {operation}"));
    let path = text("path")?;
    let missing = || format!("nothing at {path:?}");
    match text("op")? {
        "replace" => *document.pointer_mut(path).ok_or_else(missing)? = value()?,
        "test" if document.pointer(path) == Some(&value()?) => {}
        "test" => return Err(format!("another value at {path:?}")),
        "add" if path.is_empty() => *document = value()?,
        "add" => add(document, path, value()?).ok_or_else(missing)?,
        "copy" => {
            let from = text("from")?;
            let copied = document.pointer(from).cloned().ok_or_else(|| format!("nothing at {from:?}"))?;
            add(document, path, copied).ok_or_else(missing)?;
        }
        "remove" => remove(document, path).ok_or_else(missing)?,
        other => return Err(format!("unknown operation {other:?}")),
    }
    Ok(())
}

/// The value that holds what `path` names, and the last step to it.
fn parent<'a>(document: &'a mut Value, path: &str) -> Option<(&'a mut Value, String)> {
    let (parent, step) = path.rsplit_once('/')?;
    Some((document.pointer_mut(parent)?, step.replace("~1", "/").replace("~0", "~")))
}

fn add(document: &mut Value, path: &str, value: Value) -> Option<()> {
    match parent(document, path)? {
        (Value::Object(members), step) => {
            members.insert(step, value);
        }
        (Value::Array(items), step) if step == "-" => items.push(value),
        (Value::Array(items), step) => {
            let at = step.parse().ok().filter(|at| *at <= items.len())?;
            items.insert(at, value);
        }
        _ => return None,
    }
    Some(())
}

fn remove(document: &mut Value, path: &str) -> Option<()> {
    match parent(document, path)? {
        (Value::Object(members), step) => members.shift_remove(&step).map(drop),
        (Value::Array(items), step) => {
            let at: usize = step.parse().ok().filter(|at| *at < items.len())?;
            items.remove(at);
            Some(())
        }
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_merge_patch_sets_and_removes_members() {
        let mut document = json!({"a": {"b": 1, "c": 2}, "d": [1]});
        apply(&mut document, &json!({"a": {"b": null, "e": {"f": 3}}, "d": 4})).unwrap();
        assert_eq!(document, json!({"a": {"c": 2, "e": {"f": 3}}, "d": 4}));
    }

    #[test]
    fn a_json_patch_goes_through_its_operations() {
        let mut document = json!({"a/b": [1, 2, 3], "c": 1});
        let patch = json!([
            {"op": "test", "path": "/c", "value": 1},
            {"op": "remove", "path": "/a~1b/0"},
            {"op": "add", "path": "/a~1b/-", "value": 4},
            {"op": "add", "path": "/a~1b/0", "value": 0},
            {"op": "replace", "path": "/c", "value": {"d": null}},
            {"op": "copy", "from": "/c", "path": "/e"},
        ]);
        apply(&mut document, &patch).unwrap();
        assert_eq!(document, json!({"a/b": [0, 2, 3, 4], "c": {"d": null}, "e": {"d": null}}));
    }

    #[test]
    fn what_does_not_apply_is_an_error() {
        for patch in [
            json!([{"op": "remove", "path": "/nowhere"}]),
            json!([{"op": "replace", "path": "/a/9", "value": 1}]),
            json!([{"op": "test", "path": "/a", "value": 1}]),
            json!([{"op": "copy", "from": "/b", "path": "/c"}]),
            json!([{"op": "move", "path": "/a"}]),
            json!(1),
        ] {
            assert!(apply(&mut json!({"a": []}), &patch).is_err(), "{patch}");
        }
    }
}
