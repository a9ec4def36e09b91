//! Blobs: uploaded at once, in parts, or taken from another repository, and pulled.

use axum::http::header;
use uuid::Uuid;

use super::answer::{Answer, Error, Outcome};
use super::exchange::{Exchange, full};
use super::rights::{readable, require, writable};
use super::token;
use crate::quay::images::usage;
use crate::quay::records::Content;
use crate::quay::records::images::digest;
use crate::quay::state::State;
use serde_json::json;

fn location(exchange: &Exchange<'_>, full: &str, digest: &str) -> String {
    format!("{}/v2/{full}/blobs/{digest}", exchange.origin())
}

fn upload(exchange: &Exchange<'_>, full: &str, id: &str) -> String {
    format!("{}/v2/{full}/blobs/uploads/{id}", exchange.origin())
}

fn stored(exchange: &Exchange<'_>, full: &str, digest: &str) -> Answer {
    Answer::empty(201).with(header::LOCATION, location(exchange, full, digest)).about(digest)
}

/// Begins an upload, or ends it at once: with `digest` the blob is the body, with `mount` and `from` it is another repository's.
pub(super) fn begin(state: &mut State, exchange: &Exchange<'_>, full: &str) -> Outcome {
    writable(state, exchange, full)?;
    if usage::is_full(state, full) {
        return Err(Error::quota());
    }
    if let Some(mounted) = exchange.query("mount").and_then(|digest| mount(state, exchange, full, &digest)) {
        return Ok(mounted);
    }
    let repository = writable(state, exchange, full)?;
    if let Some(wanted) = exchange.query("digest") {
        check(&exchange.content, &wanted)?;
        repository.images.blobs.insert(wanted.clone(), Content(exchange.content.to_vec()));
        return Ok(stored(exchange, full, &wanted));
    }
    let id = Uuid::new_v4().to_string();
    repository.images.uploads.insert(id.clone(), Content::default());
    let answer = Answer::empty(202).with(header::LOCATION, upload(exchange, full, &id)).of_upload(&id);
    Ok(answer.with(header::RANGE, "bytes=0--1".to_owned()))
}

/// Takes a blob from another repository, if that is there and may be read; else the upload is an ordinary one.
fn mount(state: &mut State, exchange: &Exchange<'_>, into: &str, digest: &str) -> Option<Answer> {
    let from = full(&exchange.query("from")?);
    let other = state.repositories.get(&from)?;
    let claims = token::claims(state, exchange).ok()?;
    let granted = claims.is_some_and(|claims| token::grants(&claims, &from, false));
    let blob = other.images.blobs.get(digest).filter(|_| other.is_public || granted)?.clone();
    state.repositories.get_mut(into)?.images.blobs.insert(digest.to_owned(), blob);
    Some(stored(exchange, into, digest))
}

fn check(content: &[u8], wanted: &str) -> Result<(), Error> {
    match digest(content) == wanted.to_ascii_lowercase() {
        true => Ok(()),
        false => Err(Error::new(400, "DIGEST_INVALID", "provided digest did not match uploaded content")),
    }
}

fn unknown() -> Error {
    Error::new(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")
}

/// How much of an upload has come.
pub(super) fn progress(state: &mut State, exchange: &Exchange<'_>, full: &str, id: &str) -> Outcome {
    require(state, exchange, full, true)?;
    let repository = writable(state, exchange, full)?;
    let length = repository.images.uploads.get(id).ok_or_else(unknown)?.0.len();
    Ok(Answer::empty(204).of_upload(id).with(header::RANGE, format!("bytes=0-{length}")))
}

/// Takes another part. One that says where it belongs must belong to the end of what is there.
pub(super) fn go_on(state: &mut State, exchange: &Exchange<'_>, full: &str, id: &str) -> Outcome {
    writable(state, exchange, full)?;
    if usage::is_full(state, full) {
        return Err(Error::quota());
    }
    let repository = writable(state, exchange, full)?;
    let content = &mut repository.images.uploads.get_mut(id).ok_or_else(unknown)?.0;
    let range =
        exchange.header(header::CONTENT_RANGE).and_then(|range| range.trim_start_matches("bytes=").split_once('-'));
    let start = range.and_then(|(start, _)| start.trim().parse::<usize>().ok());
    let at = upload(exchange, full, id);
    if start.is_some_and(|start| start != content.len()) {
        let range = format!("0-{}", content.len());
        return Ok(Answer::empty(416).with(header::LOCATION, at).with(header::RANGE, range).of_upload(id));
    }
    content.extend_from_slice(&exchange.content);
    let range = format!("0-{}", content.len().saturating_sub(1));
    Ok(Answer::empty(202).with(header::LOCATION, at).with(header::RANGE, range).of_upload(id))
}

/// Takes the last part, or all of it, and keeps the blob if it is what its digest says.
pub(super) fn end(state: &mut State, exchange: &Exchange<'_>, full: &str, id: &str) -> Outcome {
    let repository = writable(state, exchange, full)?;
    let missing = || {
        let error = Error::new(400, "BLOB_UPLOAD_INVALID", "blob upload invalid");
        error.because(json!({"reason": "Missing digest arg on monolithic upload"}))
    };
    let wanted = exchange.query("digest").ok_or_else(missing)?;
    let mut content = repository.images.uploads.remove(id).ok_or_else(unknown)?.0;
    content.extend_from_slice(&exchange.content);
    check(&content, &wanted)?;
    repository.images.blobs.insert(wanted.clone(), Content(content));
    Ok(stored(exchange, full, &wanted))
}

/// Forgets an upload.
pub(super) fn cancel(state: &mut State, exchange: &Exchange<'_>, full: &str, id: &str) -> Outcome {
    let repository = writable(state, exchange, full)?;
    repository.images.uploads.remove(id).ok_or_else(unknown)?;
    Ok(Answer::empty(204))
}

/// Gives a blob.
pub(super) fn pull(state: &mut State, exchange: &Exchange<'_>, full: &str, digest: &str) -> Outcome {
    let repository = readable(state, exchange, full)?;
    let unknown = || Error::new(404, "BLOB_UNKNOWN", "blob unknown to registry");
    let blob = repository.images.blobs.get(digest).ok_or_else(unknown)?;
    let answer = Answer::bytes("application/octet-stream", blob.0.clone()).about(digest);
    Ok(answer.with(header::ACCEPT_RANGES, "bytes".to_owned()))
}
