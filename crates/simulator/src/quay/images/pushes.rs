//! What a push brings into a repository: manifests with their labels and tags, and what they count for quotas.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

use super::labels;
use super::manifests::{blobs_of, configuration};
use super::tagging::{self, Target};
use super::usage;
use super::usage::is_full;
use crate::quay::records::images::{Reach, array, digest, is_list, now_ms};
use crate::quay::records::{Manifest, Repository, Tag};
use crate::quay::releases;
use crate::quay::state::State;

/// Seconds for which a manifest that was pushed without a tag is kept.
const UNTAGGED: i64 = 60 * 60;

const EXPIRES: &str = "quay.expires-after";
const IMMUTABLE: &str = "quay.immutable";

/// Why a push is refused.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// What is wrong with the manifest.
    Invalid(String),
    /// The tag cannot be changed.
    Immutable,
    /// The namespace holds too much.
    Quota,
}

/// What an image's labels do to its tags.
#[derive(Default)]
struct Effects {
    lives: Option<i64>,
    immutable: bool,
}

impl Effects {
    fn of(labels: &BTreeMap<String, String>) -> Self {
        let immutable = labels.get(IMMUTABLE).is_some_and(|value| value.trim().eq_ignore_ascii_case("true"));
        Self { lives: labels.get(EXPIRES).and_then(|text| duration(text)), immutable }
    }
}

/// Seconds of a text such as `52w`.
fn duration(text: &str) -> Option<i64> {
    let (at, unit) = text.char_indices().next_back()?;
    let factor = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        'w' => 7 * 24 * 60 * 60,
        _ => return None,
    };
    text[..at].trim().parse::<i64>().ok()?.checked_mul(factor).filter(|seconds| *seconds != 0)
}

/// Keeps a manifest. Gives its digest and what its labels do to tags.
fn keep(state: &mut State, full: &str, media_type: &str, content: &str) -> Result<(String, Effects), Refusal> {
    let digest = digest(content.as_bytes());
    let unknown = || Refusal::Invalid("repository not found".to_owned());
    let before = usage::held(state, full);
    let repository = state.repositories.get_mut(full).ok_or_else(unknown)?;
    if repository.images.manifests.contains_key(&digest) {
        let effects = effects_of_known(state, full, &digest);
        return Ok((digest, effects));
    }
    let mut manifest =
        Manifest { media_type: media_type.to_owned(), content: content.to_owned(), ..Manifest::default() };
    check(repository, &manifest).map_err(Refusal::Invalid)?;
    let found = labels_of(repository, &manifest);
    let kept = found.iter().filter(|(key, _)| !key.is_empty());
    manifest.labels = kept.map(|(key, value)| labels::new(key, value, "manifest", labels::media_type(value))).collect();
    let effects = Effects::of(&shared(repository, &manifest, brought).unwrap_or(found));
    repository.images.manifests.insert(digest.clone(), manifest);
    usage::weigh(state, full, before);
    Ok((digest, effects))
}

/// Labels that an image brought with it.
fn brought(manifest: &Manifest) -> BTreeMap<String, String> {
    let labels = manifest.labels.iter().filter(|label| label.source_type == "manifest");
    labels.map(|label| (label.key.clone(), label.value.clone())).collect()
}

/// Labels that all images of a list have, each with the labels that are read off it.
fn shared(
    repository: &Repository,
    manifest: &Manifest,
    read: fn(&Manifest) -> BTreeMap<String, String>,
) -> Option<BTreeMap<String, String>> {
    let children = manifest.children();
    let mut all = children.iter().filter_map(|child| repository.images.manifests.get(child)).map(read);
    let mut shared = all.next()?;
    for labels in all {
        shared.retain(|key, value| labels.get(key) == Some(value));
    }
    Some(shared)
}

/// The same labels, as those of a known list's images are compared.
fn compared(manifest: &Manifest) -> BTreeMap<String, String> {
    let mut labels = brought(manifest);
    labels.entry(IMMUTABLE.to_owned()).and_modify(|value| *value = value.trim().to_lowercase());
    labels
}

/// What the labels of a manifest that is there already do to its tags. Those of the images in a list count since 3.17.
fn effects_of_known(state: &State, full: &str, digest: &str) -> Effects {
    let Some(repository) = state.repositories.get(full) else { return Effects::default() };
    let Some(manifest) = repository.images.manifests.get(digest) else { return Effects::default() };
    let of_list = shared(repository, manifest, compared).filter(|_| releases::release(&state.release) >= (3, 17));
    Effects::of(&of_list.unwrap_or_else(|| brought(manifest)))
}

/// Labels of an image's configuration, and the annotations of what is described as OCI wants it.
fn labels_of(repository: &Repository, manifest: &Manifest) -> BTreeMap<String, String> {
    let texts = |value: &Value| -> BTreeMap<String, String> {
        let members = value.as_object().into_iter().flatten();
        members.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
    };
    let mut labels = texts(&configuration(repository, manifest)["config"]["Labels"]);
    if manifest.media_type.starts_with("application/vnd.oci.") && !manifest.is_list() {
        labels.extend(texts(&manifest.parsed()["annotations"]));
    }
    labels
}

/// What is wrong with a manifest.
fn check(repository: &Repository, manifest: &Manifest) -> Result<(), String> {
    let parsed = manifest.parsed();
    if parsed["schemaVersion"] != 2 {
        return Err("failed to parse manifest: schemaVersion is not 2".to_owned());
    }
    if manifest.is_list() {
        let lost = manifest.children().into_iter().find(|child| repository.manifest(child, Reach::Pushed).is_none());
        return match lost {
            _ if !parsed["manifests"].is_array() => Err("failed to parse manifest: manifests is missing".to_owned()),
            Some(child) => Err(format!("Could not find child manifest with digest `{child}`")),
            None => Ok(()),
        };
    }
    if !parsed["config"]["digest"].is_string() || !parsed["layers"].is_array() {
        return Err("failed to parse manifest: config or layers are missing".to_owned());
    }
    let described = array(&parsed["layers"]).iter().all(|layer| layer["digest"].is_string() && layer["size"].is_u64());
    if !described {
        return Err("failed to parse manifest: a layer lacks its digest or size".to_owned());
    }
    match blobs_of(manifest).into_iter().find(|blob| !repository.images.blobs.contains_key(blob)) {
        Some(blob) => Err(format!("Unknown blob `{blob}`")),
        None => Ok(()),
    }
}

/// Lets a tag stand for a manifest that is there. The labels that its image brought with it do the same to it as at a push.
///
/// # Errors
/// The tag cannot be changed.
pub(super) fn point(state: &mut State, full: &str, tag: &str, digest: &str, reversion: bool) -> Result<(), ()> {
    let effects = effects_of_known(state, full, digest);
    let target = Target { digest, reversion, lives: effects.lives, immutable: effects.immutable };
    tagging::retarget(state, full, tag, target)
}

/// Takes a manifest that was pushed under a tag. Gives its digest.
pub(crate) fn tagged(
    state: &mut State,
    full: &str,
    tag: &str,
    media_type: &str,
    content: &str,
) -> Result<String, Refusal> {
    let was_full = is_full(state, full);
    let (digest, effects) = keep(state, full, media_type, content)?;
    if was_full || is_full(state, full) {
        return Err(Refusal::Quota);
    }
    let target = Target { digest: &digest, reversion: false, lives: effects.lives, immutable: effects.immutable };
    tagging::retarget(state, full, tag, target).map_err(|()| Refusal::Immutable)?;
    Ok(digest)
}

/// Takes a manifest that was pushed by its digest: something hidden keeps it for an hour.
pub(crate) fn untagged(state: &mut State, full: &str, media_type: &str, content: &str) -> Result<String, Refusal> {
    let (digest, _) = keep(state, full, media_type, content)?;
    if let Some(repository) = state.repositories.get_mut(full)
        && repository.manifest(&digest, Reach::Pushed).is_none()
    {
        let now = now_ms();
        repository.images.history.push(Tag {
            name: format!("$temp-{}", Uuid::new_v4()),
            manifest_digest: digest.clone(),
            start_ms: now,
            end_ms: Some(now + UNTAGGED * 1000),
            reversion: false,
            immutable: false,
            hidden: true,
            size: None,
        });
    }
    Ok(digest)
}

/// Whether a manifest of this type can be pushed.
pub(crate) fn is_known(media_type: &str) -> bool {
    is_list(media_type)
        || ["application/vnd.docker.distribution.manifest.v2+json", "application/vnd.oci.image.manifest.v1+json"]
            .contains(&media_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_one_unit() {
        assert_eq!(duration("52w"), Some(52 * 7 * 24 * 60 * 60));
        assert_eq!((duration("60s"), duration("2"), duration(""), duration("1y")), (Some(60), None, None, None));
    }
}
