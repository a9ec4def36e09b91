//! Everybody's accounts, for superusers: `superuser/users/`.

use rand::Rng;
use serde_json::{Value, json};

use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::names;
use crate::quay::random::random_text;
use crate::quay::records::{Namespace, User};
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;
use crate::quay::superusers::{FEATURES, page, require};
use crate::quay::views::{add_quota, avatar_of};

pub(super) const ROUTES: &[Route] = &[
    Route::new("superuser/users/", &[("GET", list), ("POST", create)]).needs(FEATURES),
    Route::new("superuser/users/{username}", &[("GET", get), ("PUT", update), ("DELETE", delete)]).needs(FEATURES),
    Route::new("superusers/users/{username}/sendrecovery", &[("POST", send_recovery)])
        .needs(&["FEATURE_SUPER_USERS", "FEATURE_MAILING"]),
];

pub(super) fn is_superuser(state: &State, name: &str) -> bool {
    state.setting("SUPER_USERS").as_array().is_some_and(|names| names.contains(&json!(name)))
}

/// A user as superusers see it; also as the approver of a service key.
pub(crate) fn view(state: &State, name: &str) -> Option<Value> {
    let user = state.users.get(name)?;
    let view = json!({
        "kind": "user",
        "name": name,
        "username": name,
        "email": user.namespace.email,
        "verified": user.verified,
        "avatar": avatar_of(state, name, "user"),
        "super_user": is_superuser(state, name),
        "global_readonly_super_user": false,
        "enabled": user.enabled,
    });
    let mut view = view.as_object().cloned()?;
    add_quota(state, &user.namespace, &mut view);
    Some(Value::Object(view))
}

fn list(state: &mut State, call: &Call) -> Outcome {
    require(state, call)?;
    let everybody = call.flag("disabled", true);
    let users = state.users.iter().filter(|(_, user)| everybody || user.enabled);
    let views = users.filter_map(|(name, user)| Some((user.namespace.number, view(state, name)?)));
    page(call, "users", views.collect())
}

fn get(state: &mut State, call: &Call) -> Outcome {
    require(state, call)?;
    view(state, call.parameter("username")).map(Reply::ok).ok_or_else(Reply::not_found)
}

fn new_user() -> Value {
    json!({
        "id": "CreateInstallUser",
        "description": "Data for creating a user",
        "required": ["username"],
        "properties": {
            "username": {"type": "string", "description": "The username of the user being created"},
            "email": {"type": "string", "description": "The email address of the user being created"}
        }
    })
}

/// Creates a user with a password that only this answer shows. One that the body asks for is not looked at.
fn create(state: &mut State, call: &Call) -> Outcome {
    let body = call.body(&new_user())?;
    require(state, call)?;
    let name = body["username"].as_str().unwrap_or_default();
    let email = body["email"].as_str();
    refuse(state, name, email)?;
    // An address must be unique, so somebody without one gets a text that is.
    let stored =
        email.filter(|email| !email.is_empty()).map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_owned);
    let password = password();
    let user = User {
        namespace: Namespace::new(state.number(), Some(stored)),
        enabled: true,
        verified: false,
        profile: Default::default(),
        prompts: Vec::new(),
        password: password.clone(),
        logins: Vec::new(),
        directory_name: None,
        sign_outs: 0,
        recovery_emails: 0,
        notifications: Vec::new(),
    };
    state.users.insert(name.to_owned(), user);
    Ok(Reply::ok(json!({
        "username": name,
        "email": email,
        "password": password,
        "encrypted_password": encrypted(&password),
    })))
}

fn refuse(state: &State, name: &str, email: Option<&str>) -> Result<(), Reply> {
    if state.feature("FEATURE_MAILING") && !email.is_some_and(names::is_email) {
        return Err(Reply::message(format!("Invalid email address: {}", email.unwrap_or("None"))));
    }
    if let Some(objection) = names::objection(name, "Namespace") {
        return Err(Reply::message(format!("Invalid namespace {name}: {objection}")));
    }
    if state.users.contains_key(name) {
        return Err(Reply::message(format!("Username has already been taken by user cannot be reused: {name}")));
    }
    if state.organizations.contains_key(name) {
        let message = format!("Username has already been taken by an organization and cannot be reused: {name}");
        return Err(Reply::message(message));
    }
    if let Some(email) = email.filter(|email| is_used(state, email)) {
        return Err(Reply::message(format!("Email has already been used: {email}")));
    }
    match state.reserved_names.contains_key(name) {
        true => Err(Reply::message("Username is not available")),
        false => Ok(()),
    }
}

fn is_used(state: &State, email: &str) -> bool {
    state.users.values().any(|user| user.namespace.email.as_deref() == Some(email))
}

/// 32 capitals and digits.
fn password() -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let mut random = rand::rng();
    (0..32).map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())])).collect()
}

/// What a client may send to Docker in place of the password: base64 of a nonce and the password in blocks of 16 bytes.
pub(super) fn encrypted(password: &str) -> String {
    let bytes = 16 + ((password.len() + 17) / 16 + 1) * 16;
    random_text(bytes.div_ceil(3) * 4)
}

fn changed_user() -> Value {
    json!({
        "id": "UpdateUser",
        "type": "object",
        "description": "Description of updates for a user",
        "properties": {
            "password": {"type": "string", "description": "The new password for the user"},
            "email": {"type": "string", "description": "The new e-mail address for the user"},
            "enabled": {"type": "boolean", "description": "Whether the user is enabled"}
        }
    })
}

/// A user that may be changed: superusers may not.
fn changeable<'a>(state: &mut State, call: &'a Call, verb: &str) -> Result<&'a str, Reply> {
    require(state, call)?;
    let name = call.parameter("username");
    if !state.users.contains_key(name) {
        return Err(Reply::not_found());
    }
    match is_superuser(state, name) {
        true => Err(Reply::invalid(format!("Cannot {verb} a superuser"))),
        false => Ok(name),
    }
}

/// The answer shows the address as it is now, and everything else as it was before. Any text is an address, and whoever gets one from
/// a superuser counts as confirmed.
fn update(state: &mut State, call: &Call) -> Outcome {
    let body = call.body(&changed_user())?;
    let name = changeable(state, call, "update")?;
    let mut answer = view(state, name).ok_or_else(Reply::not_found)?;
    let (password, email) = (body["password"].as_str(), body["email"].as_str());
    if password.is_some_and(|password| password.chars().count() < 8 || password.contains(char::is_whitespace)) {
        return Err(Reply::message(
            "Invalid password, password must be at least 8 characters and contain no whitespace.",
        ));
    }
    let own = state.users.get(name).and_then(|user| user.namespace.email.clone());
    if email.is_some_and(|email| own.as_deref() != Some(email) && is_used(state, email)) {
        return Err(Reply::message("E-mail address already used"));
    }
    let user = state.users.get_mut(name).ok_or_else(Reply::not_found)?;
    if let Some(password) = password {
        user.password = password.to_owned();
        answer["encrypted_password"] = json!(encrypted(password));
    }
    if let Some(email) = email {
        user.namespace.email = Some(email.to_owned());
        user.verified = true;
        answer["email"] = json!(email);
    }
    user.enabled = body["enabled"].as_bool().unwrap_or(user.enabled);
    Ok(Reply::ok(answer))
}

/// Also the only owner of an organization may go. A disabled user stays, and the answer is the same.
fn delete(state: &mut State, call: &Call) -> Outcome {
    let name = changeable(state, call, "delete")?;
    state.remove_namespace(name);
    Ok(Reply::gone())
}

fn send_recovery(state: &mut State, call: &Call) -> Outcome {
    call.require(Access::new(state, &call.caller).superuser())?;
    let user = state.users.get_mut(call.parameter("username")).ok_or_else(Reply::not_found)?;
    user.recovery_emails += 1;
    Ok(Reply::ok(json!({"email": user.namespace.email})))
}
