//! Who may read and change a repository's images.

use serde_json::json;

use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::records::{Repository, RepositoryState};
use crate::quay::reply::Reply;
use crate::quay::state::State;

/// The repository, for one who may read it.
pub(super) fn readable<'s>(state: &'s State, call: &Call) -> Result<&'s Repository, Reply> {
    let (namespace, name) = call.repository();
    call.require(Access::new(state, &call.caller).repo_read(namespace, name))?;
    state.repositories.get(call.parameter("repository")).ok_or_else(Reply::not_found)
}

/// Goes on only for one who may push, to a repository that can be written.
pub(super) fn require_write(state: &State, call: &Call, any_state: bool) -> Result<(), Reply> {
    let (namespace, name) = call.repository();
    call.require(Access::new(state, &call.caller).repo_write(namespace, name))?;
    let repository = state.repositories.get(call.parameter("repository"));
    let kind = match repository.map(|repository| repository.state) {
        Some(RepositoryState::ReadOnly) => "READ_ONLY",
        Some(RepositoryState::Mirror) => "MIRROR",
        Some(RepositoryState::Normal) | None => return Ok(()),
    };
    if any_state {
        return Ok(());
    }
    let message = format!("Repository is in read only or mirror mode: RepositoryState.{kind}");
    Err(Reply::json(503, json!({"message": message})))
}
