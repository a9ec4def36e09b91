//! What users do with their own accounts: signing up, leaving, becoming an organization, their passwords and other logins.

use serde_json::{Value, json};

use super::superuser::encrypted;
use super::view::account;
use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::names;
use crate::quay::organizations::organization::is_taken;
use crate::quay::records::{Namespace, Organization, Team, TeamRole, User};
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;

pub(super) const ROUTES: &[Route] = &[
    Route::new("user/clientkey", &[("POST", client_key)]),
    Route::new("user/convert", &[("POST", convert)]).of_own_users(),
    Route::new("detachexternal/{service_id}", &[("POST", detach)]).needs(&["FEATURE_DIRECT_LOGIN"]),
    Route::new("signin", &[("POST", sign_in)]),
    Route::new("signin/verify", &[("POST", verify)]),
    Route::new("signout", &[("POST", sign_out)]),
    Route::new("recovery", &[("POST", recover)]).needs(&["FEATURE_MAILING"]),
];

const WRONG: &str = "Invalid Username or Password";

/// Refuses what cannot be a password.
pub(super) fn check_password(password: &str) -> Result<(), Reply> {
    if password.chars().count() < 8 || password.contains(char::is_whitespace) {
        let why = "Invalid password, password must be at least 8 characters and contain no whitespace.";
        return Err(Reply::invalid(why));
    }
    Ok(())
}

fn texts(description: &str, names: &[&str]) -> Value {
    let members = names.iter().map(|name| ((*name).to_owned(), json!({"type": "string"})));
    json!({
        "type": "object",
        "description": description,
        "required": names,
        "properties": members.collect::<serde_json::Map<_, _>>(),
    })
}

/// Makes an account, for whoever has a token. Where nobody may, the server crashes.
pub(super) fn sign_up(state: &mut State, call: &Call) -> Outcome {
    if !state.feature("FEATURE_USER_CREATION") || !state.feature("FEATURE_DIRECT_LOGIN") {
        return Err(Reply::crash());
    }
    if !state.keeps_users() {
        return Err(Reply::no_such_url());
    }
    let body = call.body(&texts("Fields which must be specified for a new user.", &["username", "password"]))?;
    let text = |member: &str| body[member].as_str().unwrap_or_default();
    let (name, email) = (text("username"), body["email"].as_str().filter(|email| !email.is_empty()));
    let mailing = state.feature("FEATURE_MAILING");
    if state.users.contains_key(name) {
        return Err(Reply::invalid("The username already exists"));
    }
    if mailing && email.is_none() {
        return Err(Reply::invalid("Email address is required"));
    }
    check_password(text("password"))?;
    if let Some(email) = email.filter(|email| mailing && !names::is_email(email)) {
        return Err(Reply::invalid(format!("Invalid email address: {email}")));
    }
    if let Some(objection) = names::objection(name, "Namespace") {
        return Err(Reply::invalid(format!("Invalid namespace {name}: {objection}")));
    }
    if state.organizations.contains_key(name) {
        let taken = format!("Username has already been taken by an organization and cannot be reused: {name}");
        return Err(Reply::invalid(taken));
    }
    if let Some(email) = email.filter(|email| is_taken(state, email)) {
        return Err(Reply::invalid(format!("Email has already been used: {email}")));
    }
    let stored = email.map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_owned);
    let user = User {
        namespace: Namespace::new(state.number(), Some(stored)),
        enabled: true,
        verified: !mailing,
        profile: Default::default(),
        prompts: Vec::new(),
        password: text("password").to_owned(),
        logins: Vec::new(),
        directory_name: None,
        sign_outs: 0,
        recovery_emails: 0,
        notifications: Vec::new(),
    };
    state.users.insert(name.to_owned(), user);
    if mailing {
        return Ok(Reply::ok(json!({"awaiting_verification": true})));
    }
    let mut view = account(state, name, true).ok_or_else(Reply::crash)?;
    view.insert("organizations".into(), json!([]));
    Ok(Reply::ok(Value::Object(view)))
}

/// Deletes the caller, unless it is the only owner of an organization.
pub(super) fn leave(state: &mut State, call: &Call) -> Outcome {
    call.require(Access::new(state, &call.caller).user_admin())?;
    if !state.keeps_users() {
        return Err(Reply::no_such_url());
    }
    let name = call.caller.name();
    let owned: Vec<&str> =
        state.organizations.iter().filter(|(_, it)| is_only_owner(it, name)).map(|(name, _)| name.as_str()).collect();
    if !owned.is_empty() {
        return Err(Reply::message(format!("{name} stays: it is the only admin for {}", owned.join(", "))));
    }
    state.remove_namespace(name);
    Ok(Reply::gone())
}

/// Whether the only member of its teams of admins, robots aside, is this one. Memberships are counted, not members.
fn is_only_owner(organization: &Organization, name: &str) -> bool {
    let admins = organization.teams.values().filter(|team| team.role == TeamRole::Admin);
    let members: Vec<&String> = admins.flat_map(|team| &team.members).filter(|member| !member.contains('+')).collect();
    members.len() == 1 && members[0] == name
}

/// Takes the login of another service from the caller, also one that it does not have.
fn detach(state: &mut State, call: &Call) -> Outcome {
    call.require(Access::new(state, &call.caller).user_admin())?;
    let user = state.users.get_mut(call.caller.name()).ok_or_else(Reply::unauthenticated_user)?;
    user.logins.retain(|service| service != call.parameter("service_id"));
    Ok(Reply::ok(json!({"success": true})))
}

/// Whether this is somebody's password. Nobody's is empty.
fn is_password(state: &State, name: &str, password: &str) -> bool {
    !password.is_empty() && state.users.get(name).is_some_and(|user| user.password == password)
}

/// What a client may send to Docker in place of the password.
fn client_key(state: &mut State, call: &Call) -> Outcome {
    call.require(Access::new(state, &call.caller).user_admin())?;
    let body = call.body(&texts("The verification password", &["password"]))?;
    if state.setting("AUTHENTICATION_TYPE") == "OIDC" {
        return Err(Reply::not_found());
    }
    let password = body["password"].as_str().unwrap_or_default();
    match is_password(state, call.caller.name(), password) {
        true => Ok(Reply::ok(json!({"key": encrypted(password)}))),
        false => Err(Reply::invalid(WRONG)),
    }
}

fn verify(state: &mut State, call: &Call) -> Outcome {
    call.require(Access::new(state, &call.caller).user_admin())?;
    let body = call.body(&texts("Information required to verify the signed in user.", &["password"]))?;
    match is_password(state, call.caller.name(), body["password"].as_str().unwrap_or_default()) {
        true => Ok(Reply::ok(json!({"success": true}))),
        false => Err(Reply::json(403, json!({"message": WRONG, "invalidCredentials": true}))),
    }
}

/// Opens a session of the web pages, of which nothing is known here. Without a token nobody comes this far.
fn sign_in(state: &mut State, call: &Call) -> Outcome {
    let body = call.body(&texts("Information required to sign in a user.", &["username", "password"]))?;
    let text = |member: &str| body[member].as_str().unwrap_or_default();
    match is_password(state, text("username"), text("password")) {
        true => Ok(Reply::ok(json!({"success": true}))),
        false => {
            let refusal = json!({"needsEmailVerification": false, "invalidCredentials": true, "message": WRONG});
            Err(Reply::json(403, refusal))
        }
    }
}

/// Ends all sessions of the caller on the web pages, whatever the token's scopes are. Tokens go on.
fn sign_out(state: &mut State, call: &Call) -> Outcome {
    if let Some(user) = state.users.get_mut(call.caller.name()) {
        user.sign_outs += 1;
    }
    Ok(Reply::ok(json!({"success": true})))
}

/// Makes the caller an organization, which somebody else owns.
fn convert(state: &mut State, call: &Call) -> Outcome {
    call.require(Access::new(state, &call.caller).user_admin())?;
    let what = "Information required to convert a user to an organization.";
    let body = call.body(&texts(what, &["adminUser", "adminPassword"]))?;
    let (name, owner) = (call.caller.name(), body["adminUser"].as_str().unwrap_or_default());
    if !is_password(state, owner, body["adminPassword"].as_str().unwrap_or_default()) {
        return Err(Reply::invalid("The admin user credentials are not valid"));
    }
    if owner == name {
        return Err(Reply::invalid("The admin user is not valid"));
    }
    state.repositories.values_mut().for_each(|repository| repository.users.retain(|user, _| user != name));
    let number = state.number();
    let owners = Team {
        number,
        role: TeamRole::Admin,
        description: String::new(),
        members: vec![owner.to_owned()],
        invites: Vec::new(),
        sync: None,
    };
    let user = state.users.remove(name).ok_or_else(Reply::unauthenticated_user)?;
    let organization = Organization::new(user.namespace, [("owners".to_owned(), owners)].into());
    state.organizations.insert(name.to_owned(), organization);
    Ok(Reply::ok(json!({"success": true})))
}

/// Sends the owner of an address an e-mail with which to choose another password. It does not say whether there is one, but of an address
/// that only organizations have.
fn recover(state: &mut State, call: &Call) -> Outcome {
    let body = call.body(&texts("Information required to sign in a user.", &["email"]))?;
    let email = body["email"].as_str();
    if let Some(user) = state.users.values_mut().find(|user| user.namespace.email.as_deref() == email) {
        user.recovery_emails += 1;
        return Ok(Reply::ok(json!({"status": "sent"})));
    }
    let mut organizations = state.organizations.iter();
    Ok(Reply::ok(match organizations.find(|(_, organization)| organization.namespace.email.as_deref() == email) {
        Some((name, _)) => json!({"status": "org", "orgemail": email, "orgname": redacted(name)}),
        None => json!({"status": "sent"}),
    }))
}

/// The middle of a name in dots.
fn redacted(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let shown = (letters.len() as f64 / 3.0 - 1.0).max(1.0);
    let is_shown = |at: usize| (at as f64) < shown || at as f64 >= letters.len() as f64 - shown;
    letters.iter().enumerate().map(|(at, letter)| if is_shown(at) { *letter } else { '\u{2022}' }).collect()
}
