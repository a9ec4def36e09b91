//! Tokens of OAuth applications: `organization/{orgname}/applications/{client_id}/tokens`.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::applications::find;
use crate::quay::access::{Access, SCOPES};
use crate::quay::call::Call;
use crate::quay::random::random_text;
use crate::quay::records::ApiToken;
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;

pub(super) const ROUTES: &[Route] = &[
    Route::new("organization/{orgname}/applications/{client_id}/tokens", &[("GET", list), ("POST", create)]),
    Route::new("organization/{orgname}/applications/{client_id}/tokens/{token_uuid}", &[("DELETE", delete)]),
];

/// Seconds that a token lives: ten years, by default and at most.
const LONGEST: f64 = 315_576_000.0;
/// What a request for a token takes: its end is counted from when the request came, `created` is when it was written down. (Observed: 1.1 to
/// 1.8 s.)
const TAKES: SignedDuration = SignedDuration::from_millis(1500);
/// Tokens of an application that have not ended, unless the state's settings say otherwise.
const MOST: u64 = 100;

/// The token itself is shown only where it is made.
fn view(token: &ApiToken) -> Value {
    json!({
        "uuid": token.uuid,
        "name": token.name,
        "scope": token.scope,
        "expires_at": token.expires_at,
        "created": token.created,
        "created_by": token.created_by,
        "last_accessed": token.last_accessed,
    })
}

/// Newest first.
fn list(state: &mut State, call: &Call) -> Outcome {
    let views: Vec<Value> = find(state, call)?.api_tokens.iter().rev().map(view).collect();
    Ok(Reply::ok(json!({"tokens": views})))
}

fn schema() -> Value {
    json!({
        "type": "object",
        "description": "Description of a new OAuth API token. Duplicate names are allowed within an application.",
        "required": ["name", "scope"],
        "properties": {
            "name": {
                "type": "string",
                "description": "User-facing token name. Leading and trailing whitespace is trimmed before storage.",
                "minLength": 1,
                "maxLength": 255
            },
            "scope": {"type": "string", "description": "Space- or comma-separated scope string"},
            "expiration": {
                "type": "number",
                "description": "Token lifetime in seconds. Must be positive and is capped at the maximum supported lifetime.",
                "minimum": 1
            }
        }
    })
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let body = call.body(&schema())?;
    find(state, call)?;
    let name = body["name"].as_str().unwrap_or_default().trim();
    if name.is_empty() {
        return Err(Reply::message("'name' must not be empty"));
    }
    let given = body["scope"].as_str().unwrap_or_default();
    let scopes: Vec<&str> = given.split([' ', ',']).filter(|scope| !scope.is_empty()).collect();
    if scopes.is_empty() || scopes.iter().any(|scope| !SCOPES.contains(scope)) {
        return Err(Reply::message(format!("Invalid scope: {given}")));
    }
    call.require(may_give(state, call, &scopes))?;
    let most = state.setting("OAUTH_MAX_ACTIVE_TOKENS").as_u64().unwrap_or(MOST);
    let now = Timestamp::now();
    let application = find(state, call)?;
    if application.api_tokens.iter().filter(|token| token.is_valid()).count() as u64 >= most {
        return Err(Reply::message(format!("Token limit reached: maximum {most} non-expired tokens per application")));
    }
    let lifetime = body["expiration"].as_f64().unwrap_or(LONGEST).min(LONGEST);
    let token = ApiToken {
        uuid: Uuid::new_v4().to_string(),
        name: name.to_owned(),
        scope: scopes.join(" "),
        expires_at: iso(now - TAKES + SignedDuration::from_secs_f64(lifetime)),
        created: iso(now),
        created_by: call.caller.name().to_owned(),
        last_accessed: None,
        token: random_text(40),
    };
    let mut answer = view(&token);
    answer["token"] = json!(token.token);
    application.api_tokens.push(token);
    Ok(Reply::ok(answer))
}

/// Nobody gives more than the own token may do.
fn may_give(state: &State, call: &Call, scopes: &[&str]) -> bool {
    let superuser = Access::new(state, &call.caller).superuser();
    scopes.iter().all(|scope| call.caller.has(scope) && (*scope != "super:user" || superuser))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let tokens = &mut find(state, call)?.api_tokens;
    let uuid = call.parameter("token_uuid");
    let at = tokens.iter().position(|token| token.uuid == uuid).ok_or_else(Reply::not_found)?;
    tokens.remove(at);
    Ok(Reply::gone())
}

fn iso(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}
