//! What repositories hold: tags with their history, manifests with labels, and the blobs that they are made of.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A tag as it is, or as it was once.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tag {
    /// Its name.
    pub name: String,
    /// The manifest that it stands for.
    #[serde(default)]
    pub manifest_digest: String,
    /// Since when it does, in milliseconds.
    #[serde(default)]
    pub start_ms: i64,
    /// Until when, in milliseconds; null for ever.
    #[serde(default)]
    pub end_ms: Option<i64>,
    /// Whether it was set back to what it had been.
    #[serde(default)]
    pub reversion: bool,
    /// Whether it can no longer be changed.
    #[serde(default)]
    pub immutable: bool,
    /// Whether lists leave it out: what only keeps a manifest.
    #[serde(default)]
    pub hidden: bool,
    /// Bytes of its layers, where its manifest is not kept.
    #[serde(default)]
    pub size: Option<u64>,
}

impl Tag {
    /// Whether it stands for its manifest still.
    pub(crate) fn is_alive(&self, now: i64) -> bool {
        self.end_ms.is_none_or(|end| end > now)
    }
}

/// What belongs to a repository's images, beside the tags that it has.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Images {
    /// Manifests by digest.
    pub manifests: BTreeMap<String, Manifest>,
    /// Blobs by digest.
    pub blobs: BTreeMap<String, Content>,
    /// Blobs whose upload has begun, by the UUID of the upload.
    pub uploads: BTreeMap<String, Content>,
    /// What tags were before, and what keeps manifests that have no tag yet.
    pub history: Vec<Tag>,
    /// How often tags were pulled, by their names.
    pub pulls: BTreeMap<String, Pulls>,
}

/// A manifest.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// What it is.
    pub media_type: String,
    /// The manifest itself: a JSON text, as it was pushed.
    pub content: String,
    /// Labels, the oldest first.
    #[serde(default)]
    pub labels: Vec<Label>,
    /// How often it was pulled.
    #[serde(default)]
    pub pulls: Pulls,
    /// What a scanner of vulnerabilities said of it: `{"status": "scanned", "data": {...}}`; null before it did.
    #[serde(default)]
    pub security: Option<Value>,
}

/// A label of a manifest.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// Names it.
    pub id: String,
    /// Key.
    pub key: String,
    /// Value.
    pub value: String,
    /// `manifest` of what the image brought, `api` of others.
    pub source_type: String,
    /// `text/plain` or `application/json`.
    pub media_type: String,
}

/// How often something was pulled.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pulls {
    /// How often.
    pub count: u64,
    /// When last, in seconds.
    pub last: Option<i64>,
    /// Of a tag: the digest of what was pulled last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

impl Pulls {
    /// Once more.
    pub(crate) fn count(&mut self) {
        self.count += 1;
        self.last = Some(Timestamp::now().as_second());
    }
}

/// Bytes, kept as base64.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Content(pub Vec<u8>);

impl TryFrom<String> for Content {
    type Error = base64::DecodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        STANDARD.decode(text).map(Self)
    }
}

impl From<Content> for String {
    fn from(content: Content) -> Self {
        STANDARD.encode(content.0)
    }
}

/// The present, in milliseconds.
pub(crate) fn now_ms() -> i64 {
    Timestamp::now().as_millisecond()
}

/// What names these bytes: `sha256:...`.
pub fn digest(content: &[u8]) -> String {
    let hash = Sha256::digest(content);
    let hexadecimal: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hexadecimal}")
}

/// Whether a text may name bytes.
pub(crate) fn is_digest(text: &str) -> bool {
    let algorithm = |character: char| character.is_ascii_alphanumeric() || "_+.-".contains(character);
    text.split_once(':').is_some_and(|(name, hash)| {
        !name.is_empty()
            && name.chars().all(algorithm)
            && !hash.is_empty()
            && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// Which manifests count.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Those that a tag stands for, or that belong to one that a tag stands for.
    Tagged,
    /// The same, and those that were pushed a moment ago and have no tag.
    Pushed,
    /// All that are not wholly gone.
    All,
}

impl Manifest {
    /// The manifest as JSON.
    pub(crate) fn parsed(&self) -> Value {
        serde_json::from_str(&self.content).unwrap_or_default()
    }

    /// Whether it is a list of manifests, for one platform each.
    pub(crate) fn is_list(&self) -> bool {
        is_list(&self.media_type)
    }

    /// The manifests in it, if it is a list.
    pub(crate) fn children(&self) -> Vec<String> {
        let parsed = if self.is_list() { self.parsed() } else { Value::Null };
        digests(&parsed["manifests"])
    }

    /// Bytes of its layers; none of a list.
    pub(crate) fn layers_size(&self) -> Option<u64> {
        let parsed = self.parsed();
        (!self.is_list()).then(|| array(&parsed["layers"]).iter().filter_map(|layer| layer["size"].as_u64()).sum())
    }
}

/// Whether this is the type of lists of manifests.
pub(crate) fn is_list(media_type: &str) -> bool {
    ["application/vnd.docker.distribution.manifest.list.v2+json", "application/vnd.oci.image.index.v1+json"]
        .contains(&media_type)
}

/// The items of an array; none of what is none.
pub(crate) fn array(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The digests in a list of descriptors.
pub(crate) fn digests(descriptors: &Value) -> Vec<String> {
    array(descriptors).iter().filter_map(|item| item["digest"].as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_everybody() {
        assert_eq!(digest(b""), "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert!(is_digest("sha256:abc123") && !is_digest("v1") && !is_digest("sha256:xyz"));
    }
}
