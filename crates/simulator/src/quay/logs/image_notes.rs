//! What is noted of images in the usage logs: pushes, pulls, and what happened to tags and labels. (Notes of other things stand in
//! `notes`.)

use serde_json::{Map, Value, json};

use super::usage_logs::now;
use crate::quay::call::Call;
use crate::quay::records::LogEntry;
use crate::quay::state::State;

/// Notes what a caller of the API did to a repository's images.
pub(crate) fn done(state: &mut State, call: &Call, kind: &str, of: Value) {
    note(state, call.parameter("repository"), call.caller.user.as_deref(), kind, of);
}

/// The same of a tag: these notes name who did it once more.
pub(crate) fn done_to_tag(state: &mut State, call: &Call, kind: &str, mut of: Value) {
    of["username"] = json!(call.caller.name());
    of["tag"] = json!(call.parameter("tag"));
    done(state, call, kind, of);
}

/// Notes what a client of the registry did, which may have been nobody in particular.
pub(crate) fn of_client(state: &mut State, full: &str, who: Option<&str>, agent: &str, kind: &str, mut of: Value) {
    of["user-agent"] = json!(agent);
    match who {
        Some(robot) if robot.contains('+') => of["robot"] = json!(robot),
        Some(user) => of["username"] = json!(user),
        None => of["public"] = json!(true),
    }
    note(state, full, who, kind, of);
}

fn note(state: &mut State, full: &str, who: Option<&str>, kind: &str, of: Value) {
    let Some((namespace, repository)) = full.split_once('/') else { return };
    let mut metadata: Map<String, Value> = of.as_object().cloned().unwrap_or_default();
    // That one was forgotten.
    if kind != "revert_tag" {
        metadata.insert("namespace".to_owned(), json!(namespace));
    }
    metadata.insert("repo".to_owned(), json!(repository));
    state.logs.push(LogEntry {
        kind: kind.to_owned(),
        time: now(state).to_string(),
        namespace: Some(namespace.to_owned()),
        repository: Some(repository.to_owned()),
        performer: who.map(str::to_owned),
        metadata,
    });
}
