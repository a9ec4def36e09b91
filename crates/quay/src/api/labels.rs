//! Labels of manifests.
//!
//! Observed: equal ones stand beside each other, each with an id of its own, and there is no change of one; those that came with the image
//! (`source_type` is `manifest`) cannot be deleted (400). A media type must be sent, and null lets Quay see for itself whether the value
//! is JSON. Labels of an image to which no tag points are a 404; they are back when a tag does again.

use registry_http::{Collection, Endpoint, Listing, Repetition, Seen};
use serde::{Deserialize, Serialize};

use super::manifests::ManifestKey;

/// A label.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LabelJson {
    pub id: String,
    pub key: String,
    pub value: String,
    /// `api`, or `manifest` where it came with the image.
    pub source_type: String,
    /// `text/plain` or `application/json`.
    pub media_type: String,
}

impl LabelJson {
    /// Whether it came with the image, and so cannot be taken away.
    pub fn is_of_image(&self) -> bool {
        self.source_type == "manifest"
    }
}

/// What a new label is made of.
#[derive(Debug, Clone, Serialize)]
pub struct NewLabel {
    pub key: String,
    pub value: String,
    /// Null leaves it to Quay.
    pub media_type: Option<String>,
}

impl NewLabel {
    fn describes(&self, found: &LabelJson) -> bool {
        (&found.key, &found.value) == (&self.key, &self.value)
            && !found.is_of_image()
            && self.media_type.as_ref().is_none_or(|wanted| *wanted == found.media_type)
    }
}

/// Names one label.
#[derive(Debug, Clone)]
pub struct LabelKey {
    pub manifest: ManifestKey,
    /// UUID.
    pub id: String,
}

impl LabelKey {
    fn names(&self) -> Vec<&str> {
        self.manifest.names().into_iter().chain([self.id.as_str()]).collect()
    }
}

const READ: &str = "repo:read";
const WRITE: &str = "repo:write";
const ALL: &str = "repository/{namespace}/{+repository}/manifest/{manifest}/labels";
const ONE: &str = "repository/{namespace}/{+repository}/manifest/{manifest}/labels/{label}";

/// The labels of a manifest.
pub struct Labels;

impl Labels {
    /// The parent of a manifest's labels.
    pub fn of(manifest: &ManifestKey) -> String {
        manifest.full_name()
    }
}

impl Collection for Labels {
    type Key = LabelKey;
    type Item = LabelJson;
    const NAME: &'static str = "labels";

    fn parent(key: &LabelKey) -> String {
        Self::of(&key.manifest)
    }

    fn name(key: &LabelKey) -> String {
        key.id.clone()
    }

    fn name_of(_: &str, label: &LabelJson) -> Option<String> {
        Some(label.id.clone())
    }

    fn single(key: &LabelKey) -> Endpoint<LabelJson> {
        get(key)
    }

    fn list(key: &LabelKey) -> Listing<LabelJson> {
        list(&key.manifest, None)
    }
}

/// One label.
pub fn get(key: &LabelKey) -> Endpoint<LabelJson> {
    let wanted = key.id.clone();
    Endpoint::<LabelJson>::get(ONE, &key.names())
        .describe(format!("read label {} of {}", key.id, key.manifest.full_name()))
        .requires_scope(READ)
        .held_by(&key.manifest.repository.namespace)
        .identified(move |found| found.id == wanted)
}

/// The labels of a manifest, or those whose keys begin with a text.
pub fn list(manifest: &ManifestKey, prefix: Option<&str>) -> Listing<LabelJson> {
    Listing::whole(match prefix {
        Some(prefix) => all(manifest).query("filter", prefix),
        None => all(manifest),
    })
}

fn all(manifest: &ManifestKey) -> Endpoint<Vec<LabelJson>> {
    Endpoint::get(ALL, &manifest.names())
        .describe(format!("list the labels of {}", manifest.full_name()))
        .requires_scope(READ)
        .within("/labels")
}

/// A label that was added and is like this one.
pub fn equal(manifest: &ManifestKey, new: &NewLabel) -> Endpoint<LabelJson> {
    let wanted = new.clone();
    all(manifest)
        .query("filter", &new.key)
        .pick("the image has no such label", move |found| found.into_iter().find(|label| wanted.describes(label)))
}

/// Adds a label. Whether an equal one is there has to be looked at before, and nobody else here may add one at the same time.
pub fn create(manifest: &ManifestKey, new: &NewLabel) -> Endpoint<LabelJson> {
    let asked = new.clone();
    Endpoint::<LabelJson>::post(ALL, &manifest.names())
        .within("/label")
        .describe(format!("add label {} to {}", new.key, manifest.full_name()))
        .json(new)
        .requires_scope(WRITE)
        .identified(move |made| made.key == asked.key && made.value == asked.value)
        .invalidates::<Labels>(Labels::of(manifest))
        .repetition(Repetition::confirmed(equal(manifest, new), Seen::Ours).sent_once())
}

/// Takes a label away.
pub fn delete(key: &LabelKey) -> Endpoint<()> {
    Endpoint::delete(ONE, &key.names())
        .describe(format!("delete label {} of {}", key.id, key.manifest.full_name()))
        .requires_scope(WRITE)
        .held_by(&key.manifest.repository.namespace)
        .invalidates::<Labels>(Labels::of(&key.manifest))
        .no_content()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_type_is_always_sent_and_an_images_label_is_never_ours() {
        let new = NewLabel { key: "team".to_owned(), value: "infra".to_owned(), media_type: None };
        assert_eq!(
            serde_json::to_value(&new).ok(),
            Some(serde_json::json!({ "key": "team", "value": "infra", "media_type": null }))
        );
        let found = |source: &str| LabelJson {
            id: "u".to_owned(),
            key: "team".to_owned(),
            value: "infra".to_owned(),
            source_type: source.to_owned(),
            media_type: "text/plain".to_owned(),
        };
        assert!(new.describes(&found("api")) && !new.describes(&found("manifest")));
    }
}
