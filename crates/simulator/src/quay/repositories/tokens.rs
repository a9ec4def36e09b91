//! Tokens of repositories, which no Quay has any more: 410, to those who might have had them.

use serde_json::{Value, json};

use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;

pub(super) const ROUTES: &[Route] = &[
    Route::new("repository/{repository}/tokens/", &[("GET", handle), ("POST", create)]),
    Route::new("repository/{repository}/tokens/{code}", &[("GET", handle), ("PUT", change), ("DELETE", handle)]),
];

fn gone(state: &State, call: &Call, schema: Option<Value>, what: &str) -> Outcome {
    let (namespace, name) = call.repository();
    call.require(Access::new(state, &call.caller).repo_admin(namespace, name))?;
    if let Some(schema) = schema {
        call.body(&schema)?;
    }
    Err(Reply::json(410, json!({"message": format!("{what} of access tokens is no longer supported")})))
}

fn handle(state: &mut State, call: &Call) -> Outcome {
    gone(state, call, None, "Handling")
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let schema = json!({
        "type": "object",
        "description": "Description of a new token.",
        "required": ["friendlyName"],
        "properties": {
            "friendlyName": {"type": "string", "description": "Friendly name to help identify the token"}
        }
    });
    gone(state, call, Some(schema), "Creation")
}

fn change(state: &mut State, call: &Call) -> Outcome {
    let schema = json!({
        "type": "object",
        "description": "Description of a token permission",
        "required": ["role"],
        "properties": {
            "role": {"type": "string", "description": "Role to use for the token", "enum": ["read", "write", "admin"]}
        }
    });
    gone(state, call, Some(schema), "Handling")
}
