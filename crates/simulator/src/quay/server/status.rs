//! The server itself: what its errors mean, whether it is set up, what changed in it, and its end.

use std::fmt::Write;

use serde_json::json;

use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;
use crate::quay::superusers::FEATURES;
use crate::quay::{releases, superusers};

pub(super) const ROUTES: &[Route] = &[
    Route::new("error/{error_type}", &[("GET", error_type)]),
    Route::new("superuser/registrystatus", &[("GET", status)]).needs(FEATURES),
    Route::new("superuser/changelog/", &[("GET", changelog)]).needs(FEATURES),
    Route::new("superuser/shutdown", &[("POST", shut_down)]).needs(FEATURES),
];

/// Types of errors with the release that brought them. One text was recorded; the others are made up.
const TYPES: &[(releases::Release, &str, &str)] = &[
    ((3, 0), "external_service_timeout", "Another service did not answer in time."),
    (
        (3, 0),
        "invalid_request",
        "The request was invalid. It may have contained invalid values or was improperly formatted.",
    ),
    ((3, 0), "invalid_response", "The answer was no good."),
    ((3, 0), "invalid_token", "The token was no good."),
    ((3, 0), "expired_token", "The token is too old."),
    ((3, 0), "insufficient_scope", "The token's scopes do not suffice for this."),
    ((3, 0), "fresh_login_required", "It takes a login of a moment ago."),
    ((3, 0), "exceeds_license", "The license does not cover this."),
    ((3, 0), "not_found", "There is no such thing."),
    ((3, 0), "downstream_issue", "Another service failed."),
    ((3, 17), "tag_immutable", "The tag cannot be changed."),
    ((3, 18), "token_rotation_failed", "The token could not be renewed."),
];

/// What a type of errors means, for everybody.
fn error_type(state: &mut State, call: &Call) -> Outcome {
    let name = call.parameter("error_type");
    let release = releases::release(&state.release);
    let found = TYPES.iter().find(|(since, known, _)| *known == name && *since <= release);
    let (_, title, description) = found.ok_or_else(Reply::not_found)?;
    Ok(Reply::error_type(title, description))
}

/// Told to everybody, from Quay's source; a token or not makes no difference.
fn status(state: &mut State, _: &Call) -> Outcome {
    Ok(Reply::ok(match state.setting("SETUP_COMPLETE").as_bool() {
        Some(true) => json!({"provider_id": "file", "status": "ready"}),
        _ => json!({"status": "setup-incomplete"}),
    }))
}

/// The shape of Quay's own text, with the simulated release as its newest; what changed is made up.
fn changelog(state: &mut State, call: &Call) -> Outcome {
    superusers::require(state, call)?;
    let mut log = "## Red Hat Quay Release Notes\n\n".to_owned();
    let (major, newest) = releases::release(&state.release);
    for minor in (7..=newest).rev() {
        let day = minor % 28 + 1;
        let _ = write!(
            log,
            "\n<a name=\"v{major}.{minor}.0\"></a>\n## [v{major}.{minor}.0] - 2026-01-{day:02}\n### Api\n- Something changed\n\n"
        );
    }
    Ok(Reply::ok(json!({"log": log})))
}

/// Counts, and does not end: who looks at it afterwards would find nothing.
fn shut_down(state: &mut State, call: &Call) -> Outcome {
    if !Access::new(state, &call.caller).superuser() {
        return Err(Reply::forbidden_by_framework());
    }
    state.shutdowns += 1;
    Ok(Reply::ok(json!({})))
}
