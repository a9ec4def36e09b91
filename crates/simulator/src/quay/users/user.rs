//! The caller's own account: `user/`.

use serde_json::{Value, json};

use super::account;
use super::view::account;
use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::organizations::organization::{is_taken, new_expiration};
use crate::quay::records::User;
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;
use crate::quay::views::{avatar_of, shuffled};

pub(super) const ROUTES: &[Route] = &[
    Route::new("user/", &[("GET", get), ("PUT", update), ("POST", account::sign_up), ("DELETE", account::leave)]),
    Route::new("users/{username}", &[("GET", other)]),
];

/// 401, not 403, for a token that may not read its user.
fn get(state: &mut State, call: &Call) -> Outcome {
    if !call.caller.has("user:read") && !call.caller.has("user:admin") {
        return Err(Reply::unauthenticated_user());
    }
    view(state, call)
}

/// The account; with `user:read` alone only its name and organizations.
fn view(state: &State, call: &Call) -> Outcome {
    let access = Access::new(state, &call.caller);
    let administered = access.user_admin();
    let mut view = account(state, call.caller.name(), administered).ok_or_else(Reply::unauthenticated_user)?;
    view.insert("organizations".into(), organizations(state, call, administered));
    if access.superuser() {
        view.insert("super_user".into(), json!(true));
    }
    Ok(Reply::ok(Value::Object(view)))
}

/// Organizations in which the user is in a team.
fn organizations(state: &State, call: &Call, administered: bool) -> Value {
    let access = Access::new(state, &call.caller);
    let user = call.caller.name();
    let member_of = state.organizations.iter().filter(|(_, organization)| {
        organization.teams.values().any(|team| team.members.iter().any(|member| member == user))
    });
    let views = member_of.map(|(name, _)| {
        let mut view = json!({
            "name": name,
            "avatar": avatar_of(state, name, "org"),
            "can_create_repo": access.creator(name),
            "public": false,
        });
        if administered {
            view["is_org_admin"] = json!(access.org_admin(name));
            view["preferred_namespace"] = json!(false);
        }
        view
    });
    json!(shuffled(views.collect::<Vec<Value>>()))
}

fn changed_user() -> Value {
    let text = |what: &str| json!({"type": ["string", "null"], "description": what});
    json!({
        "type": "object",
        "description": "Fields which can be updated in a user.",
        "properties": {
            "password": {"type": "string", "description": "The user's password"},
            "invoice_email": {
                "type": "boolean",
                "description": "Whether the user desires to receive an invoice email."
            },
            "invoice_email_address": text("Custom email address for receiving invoices"),
            "email": {"type": "string", "description": "The user's email address"},
            "username": {"type": "string", "description": "The user's username"},
            "tag_expiration_s": {
                "type": "integer",
                "minimum": 0,
                "description": "The number of seconds for tag expiration"
            },
            "company": text("The optional company for the user"),
            "family_name": text("The optional family name for the user"),
            "given_name": text("The optional entered given name for the user"),
            "location": text("The optional location for the user")
        }
    })
}

/// Changes one thing after the other; those before an objection stay changed. The answer shows a user that has another name since as the
/// token's old name may see it: without its organizations.
fn update(state: &mut State, call: &Call) -> Outcome {
    call.require(Access::new(state, &call.caller).user_admin())?;
    let body = call.body(&changed_user())?;
    let name = call.caller.name().to_owned();
    if !state.users.contains_key(&name) {
        return Err(Reply::unauthenticated_user());
    }
    if let Some(password) = body["password"].as_str() {
        account::check_password(password)?;
        change(state, &name, |user| user.password = password.to_owned());
    }
    if let Some(send) = body["invoice_email"].as_bool() {
        change(state, &name, |user| user.namespace.invoice_email = send);
    }
    if let Some(expiration) = new_expiration(state, &body)? {
        change(state, &name, |user| user.namespace.tag_expiration_s = expiration);
    }
    if let Some(address) = body.get("invoice_email_address") {
        change(state, &name, |user| user.namespace.invoice_email_address = address.as_str().map(str::to_owned));
    }
    if let Some(email) = body["email"].as_str() {
        change_email(state, &name, email)?;
    }
    if state.feature("FEATURE_USER_METADATA") {
        change(state, &name, |user| change_profile(user, &body));
    }
    let new = body["username"].as_str().filter(|new| !new.is_empty() && *new != name);
    let Some(new) = new.filter(|_| state.feature("FEATURE_USER_RENAME")) else { return view(state, call) };
    if state.namespace(new).is_some() {
        return Err(Reply::invalid("Username is already in use"));
    }
    let robots = state.robots_to_rename(&name, new);
    state.rename_namespace(&name, new, &robots);
    let mut answer = account(state, new, true).ok_or_else(Reply::unauthenticated_user)?;
    if super::superuser::is_superuser(state, new) {
        answer.insert("super_user".into(), json!(true));
    }
    Ok(Reply::ok(Value::Object(answer)))
}

fn change(state: &mut State, name: &str, change: impl FnOnce(&mut User)) {
    if let Some(user) = state.users.get_mut(name) {
        change(user);
    }
}

/// Where e-mails are sent, a new address counts only when it is confirmed, which nobody does here.
fn change_email(state: &mut State, name: &str, email: &str) -> Result<(), Reply> {
    let present = state.users.get(name).and_then(|user| user.namespace.email.as_deref());
    if present == Some(email) {
        return Ok(());
    }
    if is_taken(state, email) {
        return Err(Reply::invalid("E-mail address already used"));
    }
    if !state.feature("FEATURE_MAILING") {
        change(state, name, |user| (user.namespace.email, user.verified) = (Some(email.to_owned()), true));
    }
    Ok(())
}

fn change_profile(user: &mut User, body: &Value) {
    let profile = &mut user.profile;
    let fields = [
        ("company", &mut profile.company),
        ("family_name", &mut profile.family_name),
        ("given_name", &mut profile.given_name),
        ("location", &mut profile.location),
    ];
    for (name, field) in fields {
        if let Some(value) = body.get(name) {
            *field = value.as_str().map(str::to_owned);
        }
    }
}

/// Another user, as everybody may see. Organizations are not users.
fn other(state: &mut State, call: &Call) -> Outcome {
    let name = call.parameter("username");
    if !state.users.contains_key(name) {
        let message = "The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.";
        return Err(Reply::json(404, json!({"message": message})));
    }
    let mut view = json!({"anonymous": false, "username": name, "avatar": avatar_of(state, name, "user")});
    let access = Access::new(state, &call.caller);
    if access.superuser() {
        view["super_user"] = json!(is_listed(state, name));
    }
    Ok(Reply::ok(view))
}

/// One of SUPER_USERS.
fn is_listed(state: &State, name: &str) -> bool {
    state.setting("SUPER_USERS").as_array().is_some_and(|names| names.iter().any(|listed| listed == name))
}
