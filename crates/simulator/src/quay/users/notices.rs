//! What users are told at the bell of the web pages: `user/notifications`. Here, that they are invited to teams.

use serde_json::{Value, json};

use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::records::Notification;
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;

pub(super) const ROUTES: &[Route] = &[
    Route::new("user/notifications", &[("GET", list)]),
    Route::new("user/notifications/{uuid}", &[("GET", get), ("PUT", dismiss)]),
];

/// So many are shown unless the query says otherwise.
const SHOWN: usize = 5;

fn view(notification: &Notification) -> Value {
    json!({
        "id": notification.id,
        "organization": null,
        "kind": "org_team_invite",
        "created": notification.created,
        "metadata": {
            "code": notification.code,
            "inviter": notification.inviter,
            "org": notification.organization,
            "team": notification.team,
        },
        "dismissed": notification.dismissed,
    })
}

/// Newest first, without those that were put away. Pages count from one, and each begins one behind the end of the one before.
fn list(state: &mut State, call: &Call) -> Outcome {
    call.require(Access::new(state, &call.caller).user_admin())?;
    let number = |name: &str| call.query(name).and_then(|text| text.parse::<usize>().ok());
    let (limit, page) = (number("limit").unwrap_or(SHOWN), number("page").unwrap_or_default());
    let user = state.users.get(call.caller.name());
    let sent = user.into_iter().flat_map(|user| user.notifications.iter().rev().filter(|sent| !sent.dismissed));
    let first = page.saturating_sub(1).saturating_mul(limit.saturating_add(1));
    let mut shown: Vec<Value> = sent.skip(first).take(limit.saturating_add(1)).map(view).collect();
    let more = shown.len() > limit;
    shown.truncate(limit);
    Ok(Reply::ok(json!({"notifications": shown, "additional": more})))
}

fn own<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut Notification, Reply> {
    call.require(Access::new(state, &call.caller).user_admin())?;
    let user = state.users.get_mut(call.caller.name()).ok_or_else(Reply::unauthenticated_user)?;
    let found = user.notifications.iter_mut().find(|sent| sent.id == call.parameter("uuid"));
    found.ok_or_else(Reply::not_found)
}

fn get(state: &mut State, call: &Call) -> Outcome {
    own(state, call).map(|found| Reply::ok(view(found)))
}

/// Puts one away, or takes it back.
fn dismiss(state: &mut State, call: &Call) -> Outcome {
    let body = call.body(&json!({
        "type": "object",
        "description": "Information for updating a notification",
        "properties": {
            "dismissed": {"type": "boolean", "description": "Whether the notification is dismissed by the user"}
        }
    }))?;
    let found = own(state, call)?;
    found.dismissed = body["dismissed"].as_bool().unwrap_or_default();
    Ok(Reply::ok(view(found)))
}
