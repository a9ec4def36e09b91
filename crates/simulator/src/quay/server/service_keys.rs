//! Keys with which services sign: `superuser/keys`, `superuser/approvedkeys/{kid}`.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use rand::RngCore;
use serde_json::{Value, json};

use crate::quay::call::Call;
use crate::quay::records::{Approval, ServiceKey};
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;
use crate::quay::superusers::{FEATURES, require};
use crate::quay::time::gmt;
use crate::quay::users::superuser;
use crate::quay::views::shuffled;

pub(super) const ROUTES: &[Route] = &[
    Route::new("superuser/keys", &[("GET", list), ("POST", create)]).needs(FEATURES),
    Route::new("superuser/keys/{kid}", &[("GET", get), ("PUT", update), ("DELETE", delete)]).needs(FEATURES),
    Route::new("superuser/approvedkeys/{kid}", &[("POST", approve)]).needs(FEATURES),
];

fn view(state: &State, kid: &str, key: &ServiceKey) -> Value {
    let approval = key.approval.as_ref().map(|approval| {
        json!({
            "approval_type": format!("ServiceKeyApprovalType.{}", approval.kind),
            "approved_date": gmt(approval.date),
            "approver": approval.approver.as_deref().and_then(|name| superuser::view(state, name)),
            "notes": approval.notes,
        })
    });
    json!({
        "approval": approval,
        "created_date": gmt(key.created),
        "expiration_date": key.expiration.map(gmt),
        "jwk": {"e": "AQAB", "kid": kid, "kty": "RSA", "n": key.modulus},
        "kid": kid,
        "metadata": key.metadata,
        "name": key.name,
        "rotation_duration": null,
        "service": key.service,
    })
}

fn list(state: &mut State, call: &Call) -> Outcome {
    require(state, call)?;
    let views: Vec<Value> = state.service_keys.iter().map(|(kid, key)| view(state, kid, key)).collect();
    Ok(Reply::ok(json!({"keys": shuffled(views)})))
}

fn get(state: &mut State, call: &Call) -> Outcome {
    require(state, call)?;
    one(state, call.parameter("kid"))
}

fn one(state: &State, kid: &str) -> Outcome {
    state.service_keys.get(kid).map(|key| Reply::ok(view(state, kid, key))).ok_or_else(Reply::not_found)
}

fn properties(also: Value) -> Value {
    let mut all = json!({
        "name": {"type": "string", "description": "The friendly name of a service key"},
        "metadata": {"type": "object", "description": "The key/value pairs of this key's metadata"},
        "expiration": {
            "description": "The expiration date as a unix timestamp",
            "anyOf": [{"type": "number"}, {"type": "null"}]
        }
    });
    if let (Some(all), Value::Object(also)) = (all.as_object_mut(), also) {
        all.extend(also);
    }
    all
}

fn new_key() -> Value {
    let own = json!({
        "service": {"type": "string", "description": "The service authenticating with this key"},
        "notes": {"type": "string", "description": "If specified, the extra notes for the key"}
    });
    json!({
        "id": "CreateServiceKey",
        "type": "object",
        "description": "Description of creation of a service key",
        "required": ["service", "expiration"],
        "properties": properties(own)
    })
}

/// When a key shall end; `past` is what is said of a time that is over.
fn expiration(body: &Value, past: &str) -> Result<Option<i64>, Reply> {
    let Some(seconds) = body["expiration"].as_f64() else { return Ok(None) };
    #[allow(clippy::cast_possible_truncation, reason = "dates are small")]
    let seconds = seconds as i64;
    match seconds <= Timestamp::now().as_second() {
        true => Err(Reply::invalid(past)),
        false => Ok(Some(seconds)),
    }
}

/// What a key may be called (from Quay's source).
fn friendly(name: &str) -> Result<(), Reply> {
    let good = |c: char| c.is_ascii_alphanumeric() || c.is_whitespace() || matches!(c, '-' | '_' | ':' | '/');
    match name.chars().count() < 256 && name.chars().all(good) {
        true => Ok(()),
        false => Err(Reply::invalid(format!("Invalid service key friendly name: {name}"))),
    }
}

fn random(bytes: usize) -> Vec<u8> {
    let mut random = vec![0; bytes];
    rand::rng().fill_bytes(&mut random);
    random
}

fn pem(what: &str, bytes: usize) -> String {
    let text = STANDARD.encode(random(bytes));
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap_or_default()).collect();
    format!("-----BEGIN {what} KEY-----\n{}\n-----END {what} KEY-----\n", lines.join("\n"))
}

/// Makes a key. Only this answer holds the private half; the halves are random texts here.
fn create(state: &mut State, call: &Call) -> Outcome {
    let body = call.body(&new_key())?;
    require(state, call)?;
    let (name, service) = (body["name"].as_str().unwrap_or_default(), body["service"].as_str().unwrap_or_default());
    friendly(name)?;
    let expiration = expiration(&body, "Expiration date cannot be in the past")?;
    let is_service = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if service.is_empty() || !service.chars().all(is_service) {
        return Err(Reply::message(""));
    }
    let caller = call.caller.name().to_owned();
    let mut metadata = body["metadata"].as_object().cloned().unwrap_or_default();
    let own = [("created_by", "Quay Superuser Panel"), ("creator", &caller), ("ip", "127.0.0.1")];
    metadata.extend(own.map(|(name, value)| (name.to_owned(), json!(value))));
    let now = Timestamp::now().as_second();
    let notes = body["notes"].as_str().unwrap_or_default().to_owned();
    let key = ServiceKey {
        number: state.number(),
        name: name.to_owned(),
        service: service.to_owned(),
        modulus: URL_SAFE_NO_PAD.encode(random(256)),
        metadata,
        created: now,
        expiration,
        approval: Some(Approval { kind: "SUPERUSER".into(), approver: Some(caller), date: now, notes }),
    };
    let kid = URL_SAFE_NO_PAD.encode(random(32));
    state.service_keys.insert(kid.clone(), key);
    Ok(Reply::ok(json!({
        "kid": kid,
        "name": name,
        "private_key": pem("RSA PRIVATE", 1191),
        "public_key": pem("PUBLIC", 294),
        "service": service,
    })))
}

fn changed_key() -> Value {
    json!({
        "id": "PutServiceKey",
        "type": "object",
        "description": "Description of updates for a service key",
        "properties": properties(json!({}))
    })
}

/// Changes what the body names. Metadata is added to what is there.
fn update(state: &mut State, call: &Call) -> Outcome {
    let body = call.body(&changed_key())?;
    require(state, call)?;
    let kid = call.parameter("kid");
    let key = state.service_keys.get_mut(kid).ok_or_else(Reply::not_found)?;
    if body.get("expiration").is_some() {
        key.expiration = expiration(&body, "Cannot have an expiration date in the past")?;
    }
    if let Some(name) = body["name"].as_str() {
        friendly(name)?;
        key.name = name.to_owned();
    }
    key.metadata.extend(body["metadata"].as_object().cloned().unwrap_or_default());
    one(state, kid)
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    require(state, call)?;
    state.service_keys.remove(call.parameter("kid")).ok_or_else(Reply::not_found)?;
    Ok(Reply::empty_page(204))
}

/// Lets a key in. One that is in already stays as it is, and that is no error.
fn approve(state: &mut State, call: &Call) -> Outcome {
    let body = call.body(&json!({
        "id": "ApproveServiceKey",
        "type": "object",
        "description": "Information for approving service keys",
        "properties": {"notes": {"type": "string", "description": "Optional approval notes"}}
    }))?;
    require(state, call)?;
    let key = state.service_keys.get_mut(call.parameter("kid")).ok_or_else(Reply::not_found)?;
    let approver = Some(call.caller.name().to_owned());
    let notes = body["notes"].as_str().unwrap_or_default().to_owned();
    let date = Timestamp::now().as_second();
    key.approval.get_or_insert(Approval { kind: "SUPERUSER".into(), approver, date, notes });
    Ok(Reply::empty_page(201))
}
