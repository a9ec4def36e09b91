//! How much the whole registry holds: `superuser/registrysize/`.

use serde_json::json;

use crate::quay::call::Call;
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;
use crate::quay::superusers::{FEATURES, require};

pub(super) const ROUTES: &[Route] =
    &[Route::new("superuser/registrysize/", &[("GET", registry_size), ("POST", count_registry_size)]).needs(FEATURES)];

/// Whether images can be stored.
fn registry_size(state: &mut State, call: &Call) -> Outcome {
    require(state, call)?;
    let queued = state.registry_size_queued;
    Ok(Reply::ok(json!({"size_bytes": 0, "last_ran": null, "running": false, "queued": queued})))
}

fn count_registry_size(state: &mut State, call: &Call) -> Outcome {
    require(state, call)?;
    state.registry_size_queued = true;
    Ok(Reply::empty(201))
}
