//! Notices to everybody: `messages`, `message/{uuid}`.

use serde_json::{Value, json};

use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::records::Message;
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;
use crate::quay::superusers::FEATURES;

pub(super) const ROUTES: &[Route] = &[
    Route::new("messages", &[("GET", list), ("POST", create)]),
    Route::new("message/{uuid}", &[("DELETE", delete)]).needs(FEATURES),
];

/// Everybody may read them, without a token too.
fn list(state: &mut State, _: &Call) -> Outcome {
    let view = |message: &Message| {
        json!({
            "uuid": message.uuid,
            "content": message.content,
            "severity": message.severity,
            "media_type": message.media_type,
        })
    };
    let views: Vec<Value> = state.messages.iter().map(view).collect();
    Ok(Reply::ok(json!({"messages": views})))
}

fn require(state: &State, call: &Call) -> Result<(), Reply> {
    match Access::new(state, &call.caller).superuser() {
        true => Ok(()),
        false => Err(Reply::forbidden_by_framework()),
    }
}

fn new_message() -> Value {
    json!({
        "id": "CreateMessage",
        "type": "object",
        "description": "Create a new message",
        "properties": {
            "message": {
                "type": "object",
                "description": "A single message",
                "required": ["content", "media_type", "severity"],
                "properties": {
                    "content": {"type": "string", "description": "The actual message"},
                    "media_type": {
                        "type": "string",
                        "description": "The media type of the message",
                        "enum": ["text/plain", "text/markdown"]
                    },
                    "severity": {
                        "type": "string",
                        "description": "The severity of the message",
                        "enum": ["info", "warning", "error"]
                    }
                }
            }
        }
    })
}

/// Makes a message, and does not tell its id. A body without one crashes the server.
fn create(state: &mut State, call: &Call) -> Outcome {
    let body = call.body(&new_message())?;
    require(state, call)?;
    let message = body.get("message").ok_or_else(Reply::crash)?;
    let text = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
    state.messages.push(Message {
        uuid: uuid::Uuid::new_v4().to_string(),
        content: text("content"),
        media_type: text("media_type"),
        severity: text("severity"),
    });
    Ok(Reply::empty_page(201))
}

/// 204 whether or not it was there.
fn delete(state: &mut State, call: &Call) -> Outcome {
    require(state, call)?;
    let uuid = call.parameter("uuid");
    state.messages.retain(|message| message.uuid != uuid);
    Ok(Reply::empty_page(204))
}
