//! Which requests to the registry may go on.

use super::answer::Error;
use super::exchange::Exchange;
use super::token;
use crate::quay::records::Repository;
use crate::quay::state::State;

/// Goes on only if the token of the request is for this.
pub(super) fn require(state: &State, exchange: &Exchange<'_>, full: &str, push: bool) -> Result<(), Error> {
    let scopes = if push { "pull,push" } else { "pull" };
    let scope = format!("repository:{full}:{scopes}");
    let claims = token::claims(state, exchange).map_err(|error| error.for_scope(&scope))?;
    let granted = claims.as_ref().is_some_and(|claims| token::grants(claims, full, push));
    let public = state.repositories.get(full).is_some_and(|repository| repository.is_public);
    let anonymous = !push && public && state.feature("FEATURE_ANONYMOUS_ACCESS");
    if !granted && !anonymous {
        return Err(Error::unauthorized().for_scope(&scope));
    }
    if !exchange.reads() && state.setting("REGISTRY_STATE") == "readonly" {
        return Err(Error::read_only());
    }
    Ok(())
}

/// The repository of a path, for one who may pull.
pub(super) fn readable<'s>(
    state: &'s mut State,
    exchange: &Exchange<'_>,
    full: &str,
) -> Result<&'s mut Repository, Error> {
    require(state, exchange, full, false)?;
    state.repositories.get_mut(full).ok_or_else(Error::no_repository)
}

/// The repository of a path, for one who may push.
pub(super) fn writable<'s>(
    state: &'s mut State,
    exchange: &Exchange<'_>,
    full: &str,
) -> Result<&'s mut Repository, Error> {
    require(state, exchange, full, true)?;
    state.repositories.get_mut(full).ok_or_else(Error::no_repository)
}
