//! Whose identity tokens a robot accepts: `.../robots/{robot_shortname}/federation`.

use serde_json::json;

use super::robot::{full_name, require_admin, unknown};
use crate::quay::call::Call;
use crate::quay::records::{Federation, Robot};
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;

pub(super) const ROUTES: &[Route] = &[
    Route::new(
        "organization/{orgname}/robots/{robot_shortname}/federation",
        &[("GET", get), ("POST", replace), ("DELETE", delete)],
    ),
    Route::new("user/robots/{robot_shortname}/federation", &[("GET", get), ("POST", replace), ("DELETE", delete)]),
];

fn robot<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut Robot, Reply> {
    require_admin(state, call)?;
    state.robots.get_mut(&full_name(call)).ok_or_else(unknown)
}

fn get(state: &mut State, call: &Call) -> Outcome {
    Ok(Reply::ok(json!(robot(state, call)?.federation)))
}

/// Puts another list in place of the old one.
fn replace(state: &mut State, call: &Call) -> Outcome {
    let body = call.body(&json!({
        "type": "array",
        "description": "Federation configuration for the robot",
        "items": {
            "type": "object",
            "properties": {
                "issuer": {"type": "string", "description": "The issuer of the token"},
                "subject": {"type": "string", "description": "The subject of the token"}
            },
            "required": ["issuer", "subject"]
        }
    }))?;
    let robot = robot(state, call)?;
    let wanted: Vec<Federation> = serde_json::from_value(body).map_err(|_| Reply::crash())?;
    for (at, one) in wanted.iter().enumerate() {
        if !one.issuer.starts_with("http://") && !one.issuer.starts_with("https://") {
            return Err(Reply::invalid("Issuer must be a URL (http:// or https://)"));
        }
        if wanted[..at].contains(one) {
            return Err(Reply::invalid("Duplicate federation config entry"));
        }
    }
    robot.federation = wanted;
    Ok(Reply::ok(json!(robot.federation)))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    robot(state, call)?.federation.clear();
    Ok(Reply::gone())
}
