//! What a push brings into a repository: manifests with their labels and tags, and what they count for quotas.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

use super::manifests::{blobs_of, configuration};
use super::records::{LimitKind, Manifest, Repository, Tag};
use super::state::State;
use super::tagging::{self, Target};
use super::{labels, releases};
use crate::quay::records::images::{Reach, array, digest, is_list, now_ms};

/// Seconds for which a manifest that was pushed without a tag is kept.
const UNTAGGED: i64 = 60 * 60;

const EXPIRES: &str = "quay.expires-after";
const IMMUTABLE: &str = "quay.immutable";

/// Why a push is refused.
#[derive(Debug)]
pub(super) enum Refusal {
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

/// Whether the namespace of a repository holds so much that nothing may be pushed.
pub(super) fn is_full(state: &State, full: &str) -> bool {
    let namespace = full.split_once('/').and_then(|(namespace, _)| state.namespace(namespace));
    let Some(namespace) = namespace.filter(|_| state.feature("FEATURE_QUOTA_MANAGEMENT")) else { return false };
    let held = i128::from(namespace.quota_bytes);
    let Some(quota) = &namespace.quota else {
        let most = state.setting("DEFAULT_SYSTEM_REJECT_QUOTA_BYTES").as_i64().unwrap_or_default();
        return most > 0 && held >= i128::from(most);
    };
    let allowed = |percent: i64| i128::from(quota.limit_bytes) * i128::from(percent) / 100;
    let reached = quota.limits.iter().filter(|limit| held >= allowed(limit.limit_percent));
    reached.max_by_key(|limit| limit.limit_percent).is_some_and(|limit| limit.kind == LimitKind::Reject)
}

/// Keeps a manifest. Gives its digest and what its labels do to tags.
fn keep(state: &mut State, full: &str, media_type: &str, content: &str) -> Result<(String, Effects), Refusal> {
    let digest = digest(content.as_bytes());
    let unknown = || Refusal::Invalid("repository not found".to_owned());
    let before = held(state, full);
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
    weigh(state, full, before);
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

/// Bytes that the manifests of a repository refer to, and those of all repositories of its namespace: each blob once.
pub(super) fn held(state: &State, full: &str) -> (u64, u64) {
    let blobs = |repository: &Repository| -> BTreeMap<String, u64> {
        let needed = repository.images.manifests.values().flat_map(blobs_of);
        let sized = needed.filter_map(|blob| {
            let size = repository.images.blobs.get(&blob)?.0.len();
            Some((blob, size as u64))
        });
        sized.collect()
    };
    let namespace = full.split_once('/').map(|(namespace, _)| namespace).unwrap_or_default();
    let of_namespace: BTreeMap<String, u64> =
        state.repositories_of(namespace).into_iter().flat_map(|(_, repository)| blobs(repository)).collect();
    let of_repository = state.repositories.get(full).map(blobs).unwrap_or_default();
    (of_repository.values().sum(), of_namespace.values().sum())
}

/// Adds what has come since to what is counted, and takes off what has gone.
pub(super) fn weigh(state: &mut State, full: &str, before: (u64, u64)) {
    let after = held(state, full);
    let weighed = |counted: u64, after: u64, before: u64| (counted + after).saturating_sub(before);
    if let Some(repository) = state.repositories.get_mut(full) {
        repository.quota_bytes = weighed(repository.quota_bytes, after.0, before.0);
    }
    let namespace = full.split_once('/').and_then(|(namespace, _)| state.namespace_mut(namespace));
    if let Some(namespace) = namespace {
        namespace.quota_bytes = weighed(namespace.quota_bytes, after.1, before.1);
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
pub(super) fn tagged(
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
pub(super) fn untagged(state: &mut State, full: &str, media_type: &str, content: &str) -> Result<String, Refusal> {
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
pub(super) fn is_known(media_type: &str) -> bool {
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
