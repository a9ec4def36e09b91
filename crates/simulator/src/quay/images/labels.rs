//! Labels of manifests: `repository/{repository}/manifest/{manifestref}/labels`.

use serde_json::{Value, json};
use uuid::Uuid;

use super::manifests;
use super::rights::require_write;
use crate::quay::call::Call;
use crate::quay::logs::image_notes;
use crate::quay::records::images::Reach;
use crate::quay::records::{Label, Manifest};
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;

pub(super) const ROUTES: &[Route] = &[
    Route::new("repository/{repository}/manifest/{manifestref}/labels", &[("GET", list), ("POST", add)]),
    Route::new("repository/{repository}/manifest/{manifestref}/labels/{labelid}", &[("GET", get), ("DELETE", delete)]),
];

/// What keys of labels that come by the API may not begin with.
const RESERVED: &[&str] = &[
    "com.docker.",
    "io.docker.",
    "org.dockerproject.",
    "org.opencontainers.",
    "io.cncf.",
    "io.kubernetes.",
    "io.k8s.",
    "io.quay",
    "com.coreos",
    "com.tectonic",
    "internal",
    "quay",
];

/// What keys look like, in Quay's words.
const BAD_KEY: &str = "Label is of an invalid format or missing please use ^[a-z0-9](([a-z0-9]|[-.](?![.-]))*[a-z0-9])?$ format for labels";

/// The media type of a value that comes without one.
pub(super) fn media_type(value: &str) -> &'static str {
    let text = value.trim();
    let bracketed = text.starts_with('{') && text.ends_with('}') || text.starts_with('[') && text.ends_with(']');
    match bracketed && serde_json::from_str::<Value>(text).is_ok() {
        true => "application/json",
        false => "text/plain",
    }
}

/// Another label.
pub(super) fn new(key: &str, value: &str, source_type: &str, media_type: &str) -> Label {
    Label {
        id: Uuid::new_v4().to_string(),
        key: key.to_owned(),
        value: value.to_owned(),
        source_type: source_type.to_owned(),
        media_type: media_type.to_owned(),
    }
}

/// Whether a key has the letters that it may have: no two signs side by side, none at an end.
fn is_key(key: &str) -> bool {
    let plain = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit();
    let parts = key.split(['-', '.']);
    parts.clone().all(|part| !part.is_empty() && part.chars().all(plain))
}

fn view(label: &Label) -> Value {
    json!({
        "id": label.id,
        "key": label.key,
        "value": label.value,
        "source_type": label.source_type,
        "media_type": label.media_type,
    })
}

fn noted(label: &Label, digest: &str) -> Value {
    json!({"id": label.id, "key": label.key, "value": label.value, "manifest_digest": digest})
}

/// The oldest first; with `filter` those whose key begins so.
fn list(state: &mut State, call: &Call) -> Outcome {
    let manifest = manifests::found(state, call, Reach::Tagged)?;
    let wanted = manifest.labels.iter().filter(|label| label.key.starts_with(call.query("filter").unwrap_or_default()));
    let labels: Vec<Value> = wanted.map(view).collect();
    Ok(Reply::ok(json!({"labels": labels})))
}

fn get(state: &mut State, call: &Call) -> Outcome {
    let manifest = manifests::found(state, call, Reach::Tagged)?;
    let label = manifest.labels.iter().find(|label| label.id == call.parameter("labelid"));
    Ok(Reply::ok(view(label.ok_or_else(Reply::not_found)?)))
}

/// The manifest of the path, to be changed, after the caller was found to be allowed to.
fn changed<'s>(state: &'s mut State, call: &Call) -> Result<&'s mut Manifest, Reply> {
    manifests::found(state, call, Reach::Tagged)?;
    let repository = state.repositories.get_mut(call.parameter("repository"));
    let manifests = repository.map(|repository| &mut repository.images.manifests);
    manifests.and_then(|found| found.get_mut(call.parameter("manifestref"))).ok_or_else(Reply::not_found)
}

/// Several labels may have the same key and value.
fn add(state: &mut State, call: &Call) -> Outcome {
    let body = call.body(&json!({
        "type": "object",
        "description": "Adds a label to a manifest",
        "required": ["key", "value", "media_type"],
        "properties": {
            "key": {"type": "string", "description": "The key for the label"},
            "value": {"type": "string", "description": "The value for the label"},
            "media_type": {
                "type": ["string", "null"],
                "description": "The media type for this label",
                "enum": ["text/plain", "application/json", null]
            }
        }
    }));
    require_write(state, call, false)?;
    let body = body?;
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let key = text("key");
    if RESERVED.iter().any(|prefix| key.starts_with(prefix)) {
        return Err(Reply::message("Label has a reserved prefix"));
    }
    let manifest = changed(state, call)?;
    if !is_key(key) {
        return Err(Reply::message(BAD_KEY));
    }
    let kind = body["media_type"].as_str().unwrap_or_else(|| media_type(text("value")));
    let label = new(key, text("value"), "api", kind);
    manifest.labels.push(label.clone());
    let (repository, digest) = (call.parameter("repository"), call.parameter("manifestref"));
    let mut of = noted(&label, digest);
    of["media_type"] = json!(label.media_type);
    image_notes::done(state, call, "manifest_label_add", of);
    let location = format!("/api/v1/repository/{repository}/manifest/{digest}/labels/{}", label.id);
    Ok(Reply::json(201, json!({"label": view(&label)})).at(&location))
}

/// What an image brought with it stays.
fn delete(state: &mut State, call: &Call) -> Outcome {
    require_write(state, call, false)?;
    let manifest = changed(state, call)?;
    let at = manifest.labels.iter().position(|label| label.id == call.parameter("labelid"));
    let at = at.ok_or_else(Reply::not_found)?;
    if manifest.labels[at].source_type == "manifest" {
        return Err(Reply::message("Cannot delete immutable label"));
    }
    let of = noted(&manifest.labels.remove(at), call.parameter("manifestref"));
    image_notes::done(state, call, "manifest_label_delete", of);
    Ok(Reply::gone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_signs_between_letters_only() {
        assert!(["a", "team", "com.redhat.x", "a-b.c1"].into_iter().all(is_key));
        assert!(!["", "Bad Key", "-a", "a.", "a..b", "a-.b", "A"].into_iter().any(is_key));
    }

    #[test]
    fn json_is_known_by_its_brackets() {
        assert_eq!(
            (media_type("{\"a\":1}"), media_type("1"), media_type("{a")),
            ("application/json", "text/plain", "text/plain")
        );
    }
}
