//! Images for tests that need one and do not push it themselves.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::pushes::{Refusal, tagged, untagged};
use crate::quay::records::Content;
use crate::quay::records::images::digest;
use crate::quay::repositories::repository;
use crate::quay::state::State;

/// An image to put into a repository.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewImage {
    /// Full name of the repository. It is made, private and `admin`'s, if it is not there; its namespace must be.
    pub repository: String,
    /// Tags that shall stand for it.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Labels of its configuration.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Images with other contents have other digests.
    #[serde(default)]
    pub content: String,
    /// Architectures, if it shall be a list with an image for each.
    #[serde(default)]
    pub architectures: Vec<String>,
}

/// Puts an image into a repository, as somebody would who may push; a repository that is not there is made. Gives the digest of
/// its manifest.
///
/// # Errors
/// Why it cannot be put there.
pub(crate) fn push(state: &mut State, image: &NewImage) -> Result<String, String> {
    let (namespace, name) = image.repository.split_once('/').ok_or("the repository has no namespace")?;
    if state.namespace(namespace).is_none() {
        return Err(format!("there is no namespace {namespace:?}"));
    }
    if !state.repositories.contains_key(&image.repository) {
        repository::make(state, namespace, name, "admin", false, "");
    }
    put(state, image).map_err(|refusal| format!("{refusal:?}"))
}

/// Puts an image into a repository that is there, as a push would. Gives its digest.
fn put(state: &mut State, image: &NewImage) -> Result<String, Refusal> {
    let full = &image.repository;
    let mut children = Vec::new();
    for architecture in &image.architectures {
        let content = single(state, image, architecture);
        let digest = untagged(state, full, IMAGE, &content)?;
        children.push(json!({
            "mediaType": IMAGE,
            "size": content.len(),
            "digest": digest,
            "platform": {"architecture": architecture, "os": "linux"},
        }));
    }
    let (media_type, content) = match children.is_empty() {
        true => (IMAGE, single(state, image, "amd64")),
        false => {
            let list = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": children});
            (INDEX, list.to_string())
        }
    };
    if image.tags.is_empty() {
        return untagged(state, full, media_type, &content);
    }
    let digests = image.tags.iter().map(|tag| tagged(state, full, tag, media_type, &content));
    digests.collect::<Result<Vec<_>, _>>().map(|mut digests| digests.remove(0))
}

const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// The manifest of an image for one architecture, whose blobs are put into the repository.
fn single(state: &mut State, image: &NewImage, architecture: &str) -> String {
    let layer = format!("{} {architecture}", image.content).into_bytes();
    let configuration = json!({
        "architecture": architecture,
        "os": "linux",
        "config": {"Labels": image.labels},
        "rootfs": {"type": "layers", "diff_ids": [digest(&layer)]},
        "history": [{"created": "2026-01-01T00:00:00Z", "created_by": "x"}],
    });
    let configuration = configuration.to_string().into_bytes();
    let descriptor =
        |kind: &str, content: &[u8]| json!({"mediaType": kind, "size": content.len(), "digest": digest(content)});
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": IMAGE,
        "config": descriptor("application/vnd.oci.image.config.v1+json", &configuration),
        "layers": [descriptor("application/vnd.oci.image.layer.v1.tar", &layer)],
    });
    if let Some(repository) = state.repositories.get_mut(&image.repository) {
        let blobs = [configuration, layer].map(|content| (digest(&content), Content(content)));
        repository.images.blobs.extend(blobs);
    }
    manifest.to_string()
}
