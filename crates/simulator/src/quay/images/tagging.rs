//! What happens to tags, whoever asks for it: they are set, deleted, end, and become immutable.

use regex::Regex;
use serde_json::json;

use super::usage;
use crate::quay::records::images::now_ms;
use crate::quay::records::{Immutability, Repository, Tag};
use crate::quay::reply::Reply;
use crate::quay::state::State;
use crate::quay::time::seconds;

/// Seconds that a tag lives at least and at most, if it ends.
fn bounds(state: &State) -> (i64, i64) {
    let of = |setting: &str, usual: &str| {
        let text = state.config.get(setting).cloned().unwrap_or_else(|| json!(usual));
        seconds(&text).and_then(|seconds| i64::try_from(seconds).ok()).unwrap_or_default()
    };
    (of("LABELED_EXPIRATION_MINIMUM", "1h"), of("LABELED_EXPIRATION_MAXIMUM", "104w"))
}

/// What a tag is set to.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    /// The manifest.
    pub(crate) digest: &'a str,
    /// Whether it goes back to it.
    pub(crate) reversion: bool,
    /// Seconds after which it ends.
    pub(crate) lives: Option<i64>,
    /// Whether a label makes it immutable.
    pub(crate) immutable: bool,
}

/// Whether a tag may be called so.
pub(crate) fn is_tag(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let mut bytes = name.bytes();
    bytes.next().is_some_and(plain)
        && bytes.all(|byte| plain(byte) || byte == b'.' || byte == b'-')
        && name.len() <= 128
}

impl Immutability {
    /// Whether the policy is about a tag.
    pub(crate) fn covers(&self, tag: &str) -> bool {
        let matches = Regex::new(&format!("^(?:{})$", self.tag_pattern)).is_ok_and(|pattern| pattern.is_match(tag));
        matches == self.tag_pattern_matches
    }
}

/// Whether tags that end may be immutable.
fn may_end(state: &State) -> bool {
    state.feature("FEATURE_IMMUTABLE_TAGS_CAN_EXPIRE")
}

/// Whether a policy makes a tag of a repository immutable.
fn is_covered(state: &State, full: &str, tag: &str) -> bool {
    let namespace = full.split_once('/').and_then(|(namespace, _)| state.namespace(namespace));
    let of_namespace = namespace.map(|namespace| &namespace.policies);
    let of_repository = state.repositories.get(full).map(|repository| &repository.policies);
    let mut policies =
        of_namespace.into_iter().chain(of_repository).flat_map(|policies| policies.immutability.values());
    policies.any(|policy| policy.covers(tag))
}

/// Lets a tag stand for a manifest that is there.
///
/// # Errors
/// It cannot be changed.
pub(super) fn retarget(state: &mut State, full: &str, name: &str, target: Target<'_>) -> Result<(), ()> {
    let has_policies = state.feature("FEATURE_IMMUTABLE_TAGS");
    let immutable = has_policies && (target.immutable || is_covered(state, full, name));
    let may_end = may_end(state);
    let Some(repository) = state.repositories.get_mut(full) else { return Ok(()) };
    if has_policies && repository.tag(name).is_some_and(|tag| tag.immutable) {
        return Err(());
    }
    // Two in the same millisecond would have no order.
    let newest = repository.all_tags().map(|tag| tag.start_ms).max().unwrap_or_default();
    let now = now_ms().max(newest + 1);
    retire(repository, name, now);
    let end_ms = target.lives.map(|lives| now + lives * 1000).filter(|_| !immutable || may_end);
    let tag = Tag {
        name: name.to_owned(),
        manifest_digest: target.digest.to_owned(),
        start_ms: now,
        end_ms,
        reversion: target.reversion,
        immutable,
        hidden: false,
        size: None,
    };
    repository.tags.insert(name.to_owned(), tag);
    Ok(())
}

/// Puts a tag into the history; one that had ended by itself stays as it is.
fn retire(repository: &mut Repository, name: &str, now: i64) {
    if let Some(mut tag) = repository.tags.remove(name) {
        if tag.is_alive(now) {
            tag.end_ms = Some(now);
        }
        repository.images.history.push(tag);
    }
}

/// Deletes a tag that is there. What it was can still be seen.
pub(crate) fn delete(state: &mut State, full: &str, name: &str) {
    if let Some(repository) = state.repositories.get_mut(full) {
        let now = now_ms();
        let children = children_of(repository, name);
        retire(repository, name, now);
        repository.images.pulls.remove(name);
        let orphans = repository.images.history.iter_mut();
        let orphans = orphans.filter(|tag| tag.hidden && children.contains(&tag.manifest_digest) && tag.is_alive(now));
        orphans.for_each(|tag| tag.end_ms = Some(now));
    }
}

fn children_of(repository: &Repository, name: &str) -> Vec<String> {
    let digest = repository.tags.get(name).map(|tag| tag.manifest_digest.as_str()).unwrap_or_default();
    repository.images.manifests.get(digest).map(|manifest| manifest.children()).unwrap_or_default()
}

/// Lets a tag end at a time, in seconds, or never.
///
/// # Errors
/// The answer where it cannot.
pub(super) fn set_end(state: &mut State, full: &str, name: &str, end: Option<i64>) -> Result<(), Reply> {
    let guarded = state.feature("FEATURE_IMMUTABLE_TAGS") && !may_end(state);
    let (shortest, longest) = bounds(state);
    let repository = state.repositories.get_mut(full).ok_or_else(Reply::not_found)?;
    let tag = repository.tags.get_mut(name).ok_or_else(Reply::not_found)?;
    if guarded && tag.immutable && end.is_some() {
        return Err(Reply::message(format!("Cannot set expiration on immutable tag '{name}'")));
    }
    let start = tag.start_ms.div_euclid(1000);
    tag.end_ms = end.map(|end| tag.start_ms + (end - start).max(shortest).min(longest) * 1000);
    Ok(())
}

/// Says whether a tag can be changed.
///
/// # Errors
/// The answer where that cannot be said.
pub(super) fn set_immutable(state: &mut State, full: &str, name: &str, immutable: bool) -> Result<(), Reply> {
    let may_end = may_end(state);
    let repository = state.repositories.get_mut(full).ok_or_else(Reply::not_found)?;
    let tag = repository.tags.get_mut(name).ok_or_else(Reply::not_found)?;
    if immutable && tag.end_ms.is_some() && !may_end {
        return Err(Reply::message(format!(
            "Cannot make tag '{name}' immutable: tag has expiration set. Clear expiration first or enable \
             FEATURE_IMMUTABLE_TAGS_CAN_EXPIRE."
        )));
    }
    tag.immutable = immutable;
    Ok(())
}

/// Makes the tags immutable that a policy is about; `within` says which repositories it is for.
pub(crate) fn apply_policy(state: &mut State, policy: &Immutability, within: impl Fn(&str) -> bool) {
    let may_end = may_end(state);
    let now = now_ms();
    for (_, repository) in state.repositories.iter_mut().filter(|(full, _)| within(full)) {
        for tag in repository.tags.values_mut().filter(|tag| tag.is_alive(now) && policy.covers(&tag.name)) {
            tag.end_ms = tag.end_ms.filter(|_| tag.immutable || may_end);
            tag.immutable = true;
        }
    }
}

/// Deletes a tag for good; with a digest, what the tag was while it stood for that. False if there is nothing to delete. All that Quay does is
/// to move the end out of the time for which it keeps tags: until it collects garbage, the history shows the tag still.
pub(super) fn expire(state: &mut State, full: &str, name: &str, was: Option<&str>) -> bool {
    let guarded = state.feature("FEATURE_IMMUTABLE_TAGS");
    let kept = kept_ms(state, full);
    let now = now_ms();
    let Some(repository) = state.repositories.get_mut(full) else { return false };
    let before = now - kept;
    if was.is_none() {
        if repository.tag(name).is_none_or(|tag| guarded && tag.immutable) {
            return false;
        }
        let Some(tag) = repository.tags.remove(name) else { return false };
        repository.images.pulls.remove(name);
        repository.images.history.push(Tag { end_ms: Some(before), ..tag });
        return true;
    }
    // A tag that ended by itself still stands among the others.
    if repository.tags.get(name).is_some_and(|tag| !tag.is_alive(now)) {
        retire(repository, name, now);
    }
    repository.images.pulls.remove(name);
    let was = repository.images.history.iter_mut().filter(|tag| {
        tag.name == name
            && Some(tag.manifest_digest.as_str()) == was
            && tag.end_ms.is_some_and(|end| end <= now && end > before)
            && !(guarded && tag.immutable)
    });
    let mut expired = 0;
    for tag in was {
        expired += 1;
        tag.end_ms = Some(before - expired);
    }
    expired > 0
}

/// Ends, for good, what keeps the manifests of a list that has no tag of its own.
pub(super) fn expire_children(state: &mut State, full: &str, list: &str) {
    let before = now_ms() - kept_ms(state, full);
    let Some(images) = state.repositories.get_mut(full).map(|repository| &mut repository.images) else { return };
    let children = images.manifests.get(list).map(|manifest| manifest.children()).unwrap_or_default();
    for tag in images.history.iter_mut().filter(|tag| tag.hidden && tag.name.starts_with("$temp-")) {
        if children.contains(&tag.manifest_digest) && tag.is_alive(before) {
            tag.end_ms = Some(before);
        }
    }
}

/// Milliseconds for which it can be seen in a repository what tags were.
fn kept_ms(state: &State, full: &str) -> i64 {
    let namespace = full.split_once('/').and_then(|(namespace, _)| state.namespace(namespace));
    namespace.map_or(0, |namespace| i64::try_from(namespace.tag_expiration_s).unwrap_or(0) * 1000)
}

/// Forgets what tags were long ago, and the manifests and blobs that nothing refers to any more.
pub(crate) fn collect_garbage(state: &mut State) {
    let now = now_ms();
    let names: Vec<String> = state.repositories.keys().cloned().collect();
    for full in names {
        let before = now - kept_ms(state, &full);
        let held = usage::held(state, &full);
        let Some(repository) = state.repositories.get_mut(&full) else { continue };
        let is_over = |tag: &Tag| tag.end_ms.is_some_and(|end| end <= before);
        repository.tags.retain(|_, tag| !is_over(tag));
        repository.images.history.retain(|tag| !is_over(tag));
        let mut needed: Vec<String> = repository.all_tags().map(|tag| tag.manifest_digest.clone()).collect();
        let manifests = &repository.images.manifests;
        let children: Vec<String> =
            needed.iter().filter_map(|digest| manifests.get(digest)).flat_map(|manifest| manifest.children()).collect();
        needed.extend(children);
        repository.images.manifests.retain(|digest, _| needed.contains(digest));
        let blobs: Vec<String> = repository.images.manifests.values().flat_map(super::manifests::blobs_of).collect();
        repository.images.blobs.retain(|digest, _| blobs.contains(digest));
        usage::weigh(state, &full, held);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_have_the_letters_of_quay() {
        assert!(["v1", "Up.Per_1-x", "_", &"a".repeat(128)].into_iter().all(is_tag));
        assert!(!["", "-bad", ".x", "a b", "ä", &"a".repeat(129)].into_iter().any(is_tag));
    }

    #[test]
    fn a_policy_is_about_whole_names() {
        let policy = |tag_pattern_matches| Immutability { number: 0, tag_pattern: "v.".into(), tag_pattern_matches };
        assert!(policy(true).covers("v1") && !policy(true).covers("v10"));
        assert!(policy(false).covers("latest") && !policy(false).covers("v1"));
    }
}
