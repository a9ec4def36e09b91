//! The caller's own account: `user/`.

use serde_json::{Map, Value, json};

use super::access::Access;
use super::call::Call;
use super::organizations::new_expiration;
use super::reply::{Outcome, Reply};
use super::router::Route;
use super::state::State;
use super::views::{add_quota, avatar_of, shuffled};

pub(super) const ROUTES: &[Route] =
    &[Route::new("user/", &[("GET", get), ("PUT", update)]), Route::new("users/{username}", &[("GET", other)])];

/// 401, not 403, for a token that may not read its user.
fn get(state: &mut State, call: &Call) -> Outcome {
    if !call.caller.has("user:read") && !call.caller.has("user:admin") {
        return Err(Reply::unauthenticated_user());
    }
    view(state, call)
}

/// The account; with `user:read` alone only its name and organizations.
fn view(state: &State, call: &Call) -> Outcome {
    let name = call.caller.name();
    let user = state.users.get(name).ok_or_else(Reply::unauthenticated_user)?;
    let access = Access::new(state, &call.caller);
    let administered = access.user_admin();
    let mut view = Map::new();
    view.insert("anonymous".into(), json!(false));
    view.insert("username".into(), json!(name));
    view.insert("avatar".into(), avatar_of(state, name, "user"));
    if administered {
        let namespace = &user.namespace;
        let more = json!({
            "can_create_repo": true,
            "is_me": true,
            "verified": user.verified,
            "email": namespace.email,
            "logins": [],
            "invoice_email": namespace.invoice_email,
            "invoice_email_address": namespace.invoice_email_address,
            "preferred_namespace": false,
            "tag_expiration_s": namespace.tag_expiration_s,
            "prompts": user.prompts,
            "company": user.profile.company,
            "family_name": user.profile.family_name,
            "given_name": user.profile.given_name,
            "location": user.profile.location,
            "is_free_account": true,
            "has_password_set": true,
        });
        view.extend(more.as_object().cloned().unwrap_or_default());
        add_quota(state, namespace, &mut view);
    }
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
            "invoice_email": {
                "type": "boolean",
                "description": "Whether the user desires to receive an invoice email."
            },
            "invoice_email_address": text("Custom email address for receiving invoices"),
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

fn update(state: &mut State, call: &Call) -> Outcome {
    call.require(Access::new(state, &call.caller).user_admin())?;
    let body = call.body(&changed_user())?;
    let expiration = new_expiration(state, &body)?;
    let user = state.users.get_mut(call.caller.name()).ok_or_else(Reply::unauthenticated_user)?;
    if let Some(send) = body["invoice_email"].as_bool() {
        user.namespace.invoice_email = send;
    }
    user.namespace.tag_expiration_s = expiration.unwrap_or(user.namespace.tag_expiration_s);
    let fields = [
        ("invoice_email_address", &mut user.namespace.invoice_email_address),
        ("company", &mut user.profile.company),
        ("family_name", &mut user.profile.family_name),
        ("given_name", &mut user.profile.given_name),
        ("location", &mut user.profile.location),
    ];
    for (name, field) in fields {
        if let Some(value) = body.get(name) {
            *field = value.as_str().map(str::to_owned);
        }
    }
    view(state, call)
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
