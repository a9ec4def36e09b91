//! Manifests: pushed under a tag or by their digest, pulled, deleted.

use axum::http::header;
use serde_json::{Value, json};

use super::answer::{Answer, Error, Outcome};
use super::exchange::Exchange;
use super::rights::{readable, writable};
use super::token;
use crate::quay::images::pushes::{self, Refusal};
use crate::quay::images::tagging;
use crate::quay::logs::image_notes;
use crate::quay::records::images::{Reach, digest, is_digest, now_ms};
use crate::quay::state::State;

fn invalid(message: &str) -> Error {
    Error::new(400, "MANIFEST_INVALID", "manifest invalid").because(json!({"message": message}))
}

fn unknown() -> Error {
    Error::new(404, "MANIFEST_UNKNOWN", "manifest unknown")
}

fn immutable(tag: &str) -> Error {
    let error = Error::new(409, "TAG_IMMUTABLE", "tag is immutable and cannot be overwritten");
    error.because(json!({"message": format!("tag '{tag}' is immutable")}))
}

/// Notes for the usage logs what a client did.
fn note(state: &mut State, exchange: &Exchange<'_>, full: &str, kind: &str, of: Value) -> Result<(), Error> {
    let who = token::subject(token::claims(state, exchange)?.as_ref());
    let agent = exchange.header(header::USER_AGENT).unwrap_or_default();
    image_notes::of_client(state, full, who.as_deref(), agent, kind, of);
    Ok(())
}

/// Takes a manifest.
pub(super) fn push(state: &mut State, exchange: &Exchange<'_>, full: &str, name: &str) -> Outcome {
    let kind = exchange.header(header::CONTENT_TYPE).unwrap_or_default().to_owned();
    if !pushes::is_known(&kind) {
        let error = Error::new(415, "MANIFEST_INVALID", "manifest invalid");
        return Err(error.because(json!({"message": "manifest schema version not supported"})));
    }
    writable(state, exchange, full)?;
    let content = std::str::from_utf8(&exchange.content);
    let content = content.map_err(|_| invalid("failed to parse manifest: it is no text"))?;
    let pushed = match is_digest(name) {
        true if digest(content.as_bytes()) != name => return Err(invalid("manifest digest mismatch")),
        true => pushes::untagged(state, full, &kind, content),
        false => pushes::tagged(state, full, name, &kind, content),
    };
    let digest = pushed.map_err(|refusal| match refusal {
        Refusal::Invalid(message) => invalid(&message),
        Refusal::Immutable => immutable(name),
        Refusal::Quota => Error::quota(),
    })?;
    if !is_digest(name) {
        note(state, exchange, full, "push_repo", json!({"tag": name, "mediaType": kind}))?;
    }
    let location = format!("/v2/{full}/manifests/{digest}");
    Ok(Answer::text(201, "OK").with(header::LOCATION, location).about(&digest))
}

/// Gives a manifest. One that a client asks for by a tag counts as a pull of the tag too; a look (`HEAD`) counts like a pull, as it does
/// at Quay, which does not tell the two apart.
pub(super) fn pull(state: &mut State, exchange: &Exchange<'_>, full: &str, name: &str) -> Outcome {
    let repository = readable(state, exchange, full)?;
    let digest = match is_digest(name) {
        true => name.to_owned(),
        false => match repository.tag(name) {
            Some(tag) => tag.manifest_digest.clone(),
            None if repository.all_tags().any(|tag| tag.name == name && !tag.is_alive(now_ms())) => {
                let why = format!("Tag {name} was deleted or has expired. To pull, revive via time machine");
                return Err(Error::new(404, "TAG_EXPIRED", &why));
            }
            None => return Err(unknown()),
        },
    };
    let manifest = repository.manifest(&digest, Reach::Pushed).ok_or_else(unknown)?;
    let answer = Answer::bytes(&manifest.media_type, manifest.content.clone().into_bytes()).about(&digest);
    let mut of = json!({"mediaType": manifest.media_type});
    of[if is_digest(name) { "manifest_digest" } else { "tag" }] = json!(name);
    if !is_digest(name) {
        let pulls = repository.images.pulls.entry(name.to_owned()).or_default();
        pulls.count();
        pulls.digest = Some(digest.clone());
    }
    if let Some(manifest) = repository.images.manifests.get_mut(&digest) {
        manifest.pulls.count();
    }
    note(state, exchange, full, "pull_repo", of)?;
    Ok(answer)
}

/// Deletes all tags that stand for a manifest, or one tag.
pub(super) fn delete(state: &mut State, exchange: &Exchange<'_>, full: &str, name: &str) -> Outcome {
    let guarded = state.feature("FEATURE_IMMUTABLE_TAGS");
    let repository = writable(state, exchange, full)?;
    let now = now_ms();
    let wanted = repository.tags.values().filter(|tag| {
        let fits = if is_digest(name) { tag.manifest_digest == name } else { tag.name == name };
        fits && tag.is_alive(now)
    });
    let tags: Vec<(String, bool)> = wanted.map(|tag| (tag.name.clone(), tag.immutable)).collect();
    if let Some((tag, _)) = tags.iter().find(|(_, is_immutable)| guarded && *is_immutable) {
        return Err(immutable(tag));
    }
    if tags.is_empty() {
        return Err(unknown());
    }
    for (tag, _) in &tags {
        tagging::delete(state, full, tag);
        note(state, exchange, full, "delete_tag", json!({"tag": tag, "digest": name}))?;
    }
    Ok(Answer::empty(202))
}
