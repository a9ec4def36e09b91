//! `POST /api/v1/user/initialize`: the first user of an empty server, with a token on request.
//!
//! From Quay's source: it belongs to the web pages, so it is in no description of the API, wants no token, and is there only with
//! FEATURE_USER_INITIALIZE. Organizations and robots are users too: a server that has one is not empty.

use axum::body::to_bytes;
use axum::extract::{Request, State as Shared};
use axum::response::Response;
use serde_json::{Value, json};

use super::account::check_password;
use super::superuser::encrypted;
use crate::quay::access::SCOPES;
use crate::quay::names;
use crate::quay::random::random_text;
use crate::quay::records::{Namespace, Token, User};
use crate::quay::reply::{Outcome, Reply};
use crate::quay::state::{SharedState, State};

pub(crate) const PATH: &str = "/api/v1/user/initialize";

pub(crate) async fn serve(Shared(state): Shared<SharedState>, request: Request) -> Response {
    let content = to_bytes(request.into_body(), usize::MAX).await.unwrap_or_default();
    let body: Value = serde_json::from_slice(&content).unwrap_or_default();
    let mut state = state.lock();
    state.requests += 1;
    state.collect_garbage(false);
    initialize(&mut state, &body).unwrap_or_else(|reply| reply).into_response("")
}

fn initialize(state: &mut State, body: &Value) -> Outcome {
    if !state.feature("FEATURE_USER_INITIALIZE") {
        return Err(Reply::no_such_page());
    }
    if !state.keeps_users() {
        return Err(Reply::message("Cannot initialize user in a non-database auth system"));
    }
    if !(state.users.is_empty() && state.organizations.is_empty() && state.robots.is_empty()) {
        return Err(Reply::message("Cannot initialize user in a non-empty database"));
    }
    let text = |name: &str| body[name].as_str();
    // What the body lacks makes the server fail.
    let (Some(name), Some(password)) = (text("username"), text("password")) else { return Err(Reply::crash()) };
    let email = text("email").filter(|email| !email.is_empty());
    if let Some(why) = objection(state, name, password, email) {
        return Err(Reply::message(format!("Failed to initialize user: {why}")));
    }
    let stored = email.map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_owned);
    let prompts: &[&str] = if state.feature("FEATURE_USER_METADATA") { &["enter_name", "enter_company"] } else { &[] };
    let user = User {
        namespace: Namespace::new(state.number(), Some(stored)),
        enabled: true,
        verified: true,
        profile: Default::default(),
        prompts: prompts.iter().map(|prompt| (*prompt).to_owned()).collect(),
        password: password.to_owned(),
        logins: Vec::new(),
        directory_name: None,
        sign_outs: 0,
        recovery_emails: 0,
        notifications: Vec::new(),
    };
    state.users.insert(name.to_owned(), user);
    let mut answer = json!({"username": name, "email": body["email"], "encrypted_password": encrypted(password)});
    if body["access_token"] == json!(true) {
        let text = random_text(40);
        let scopes = SCOPES.iter().map(|scope| (*scope).to_owned()).collect();
        let token = Token { label: "initialized".to_owned(), user: name.to_owned(), scopes, expired: false };
        state.tokens.insert(text.clone(), token);
        answer["access_token"] = json!(text);
    }
    Ok(Reply::ok(answer))
}

fn objection(state: &State, name: &str, password: &str, email: Option<&str>) -> Option<String> {
    if check_password(password).is_err() {
        return Some("Invalid password, password must be at least 8 characters and contain no whitespace.".to_owned());
    }
    if state.feature("FEATURE_MAILING") && !email.is_some_and(names::is_email) {
        return Some(format!("Invalid email address: {}", email.unwrap_or("None")));
    }
    names::objection(name, "Namespace").map(|why| format!("Invalid namespace {name}: {why}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::quay::seed;

    fn empty() -> State {
        let mut state = seed::seed(None, "token");
        state.users.clear();
        state.tokens.clear();
        state
    }

    #[test]
    fn the_first_user_gets_a_token_and_there_is_no_second() {
        let mut state = empty();
        let body =
            json!({"username": "first", "password": "long-enough", "email": "f@example.com", "access_token": true});
        let reply = initialize(&mut state, &body).unwrap();
        assert!(reply.is_success());
        let (_, token) = state.tokens.first_key_value().unwrap();
        assert_eq!((token.user.as_str(), token.scopes.len()), ("first", 8));
        assert!(state.users["first"].verified);
        assert!(initialize(&mut state, &body).is_err());
    }

    #[test]
    fn nothing_is_made_of_what_is_refused() {
        let mut state = empty();
        for body in [
            json!({"username": "first", "password": "short", "email": "f@example.com"}),
            json!({"username": "first", "password": "long-enough", "email": "none"}),
            json!({"username": "F!", "password": "long-enough", "email": "f@example.com"}),
            json!({"password": "long-enough"}),
        ] {
            assert!(initialize(&mut state, &body).is_err(), "{body}");
        }
        assert!(state.users.is_empty());
        state.config.remove("FEATURE_USER_INITIALIZE");
        let good = json!({"username": "first", "password": "long-enough", "email": "f@example.com"});
        assert!(initialize(&mut state, &good).is_err());
    }
}
