//! Users' app tokens: `user/apptoken`, `superuser/apptokens`.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::random::capitals;
use crate::quay::records::AppToken;
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;
use crate::quay::time::{now, rfc2822, seconds};

pub(super) const ROUTES: &[Route] = &[
    Route::new("user/apptoken", &[("GET", list), ("POST", create)]).needs(&["FEATURE_APP_SPECIFIC_TOKENS"]),
    Route::new("user/apptoken/{token_uuid}", &[("GET", get), ("DELETE", revoke)])
        .needs(&["FEATURE_APP_SPECIFIC_TOKENS"]),
    Route::new("superuser/apptokens", &[("GET", list_all)])
        .needs(&["FEATURE_APP_SPECIFIC_TOKENS", "FEATURE_SUPER_USERS"]),
];

/// A token; the password itself only where one token is asked for.
fn view(token: &AppToken, with_code: bool) -> Value {
    let mut view = json!({
        "uuid": token.uuid,
        "title": token.title,
        "last_accessed": token.last_accessed,
        "created": token.created,
        "expiration": token.expiration,
    });
    if with_code {
        view["token_code"] = json!(token.token_code);
    }
    view
}

fn listed<'a>(call: &Call, tokens: impl Iterator<Item = &'a AppToken>) -> Outcome {
    let expiring = call.query("expiring").map(|_| call.flag("expiring", false));
    let wanted = tokens.filter(|token| expiring != Some(true) || token.expiration.is_some());
    let views: Vec<Value> = wanted.map(|token| view(token, false)).collect();
    Ok(Reply::ok(json!({"tokens": views, "only_expiring": expiring})))
}

/// The oldest first.
fn list(state: &mut State, call: &Call) -> Outcome {
    call.require(Access::new(state, &call.caller).user_admin())?;
    listed(call, state.app_tokens.iter().filter(|token| token.user == call.caller.name()))
}

/// Those of all users.
fn list_all(state: &mut State, call: &Call) -> Outcome {
    call.require(Access::new(state, &call.caller).superuser())?;
    listed(call, state.app_tokens.iter())
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let body = call.body(&json!({
        "type": "object",
        "required": ["title"],
        "properties": {"title": {"type": "string", "description": "The user-defined title for the token"}}
    }))?;
    call.require(Access::new(state, &call.caller).user_admin())?;
    let title = body["title"].as_str().unwrap_or_default().to_owned();
    if title.chars().count() > 255 {
        return Err(Reply::crash());
    }
    let lifetime = seconds(state.setting("APP_SPECIFIC_TOKEN_EXPIRATION"));
    let end = |seconds: u64| Timestamp::now() + SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
    let token = AppToken {
        uuid: Uuid::new_v4().to_string(),
        user: call.caller.name().to_owned(),
        title,
        created: now(),
        expiration: lifetime.map(end).map(rfc2822),
        last_accessed: None,
        token_code: capitals(120),
    };
    let answer = view(&token, true);
    state.app_tokens.push(token);
    Ok(Reply::ok(json!({"token": answer})))
}

/// Another user's is not there.
fn position(state: &State, call: &Call) -> Result<usize, Reply> {
    call.require(Access::new(state, &call.caller).user_admin())?;
    let is_it = |token: &AppToken| token.uuid == call.parameter("token_uuid") && token.user == call.caller.name();
    state.app_tokens.iter().position(is_it).ok_or_else(Reply::not_found)
}

fn get(state: &mut State, call: &Call) -> Outcome {
    let at = position(state, call)?;
    Ok(Reply::ok(json!({"token": view(&state.app_tokens[at], true)})))
}

fn revoke(state: &mut State, call: &Call) -> Outcome {
    let at = position(state, call)?;
    state.app_tokens.remove(at);
    Ok(Reply::gone())
}
