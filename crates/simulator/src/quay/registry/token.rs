//! `GET /v2/auth`: credentials are exchanged for a token that says what may be done with which repositories, and `Authorization`
//! headers are read again.
//!
//! Tokens look like JSON web tokens. They are signed with a key of the simulator's own, and nobody else can check them.

use axum::http::header;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::{Answer, Error, Outcome};
use super::exchange::{Exchange, full};
use crate::quay::access::{Access, Caller};
use crate::quay::call::parse_query;
use crate::quay::names;
use crate::quay::random::random_text;
use crate::quay::records::images::{array, digest};
use crate::quay::records::{Repository, RepositoryState};
use crate::quay::repositories::repository;
use crate::quay::state::State;
use crate::quay::time::now;

/// Seconds that a token lives.
const LIFETIME: i64 = 3600;

/// Names that stand for a kind of token, with which the token is sent as password.
const OAUTH_TOKEN: &str = "$oauthtoken";
const APP_TOKEN: &str = "$app";

/// A token of these claims for `subject`.
fn signed(state: &State, host: &str, subject: &str, access: Value, context: Value) -> String {
    let now = Timestamp::now().as_second();
    let encoded = |part: Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let header = encoded(json!({"alg": "RS256", "kid": random_text(43), "typ": "JWT"}));
    let claims = encoded(json!({
        "iss": "quay",
        "aud": host,
        "nbf": now,
        "iat": now,
        "exp": now + LIFETIME,
        "sub": subject,
        "access": access,
        "context": context,
    }));
    let content = format!("{header}.{claims}");
    let signature = signature(state, &content);
    format!("{content}.{signature}")
}

/// As long as one of RSA.
fn signature(state: &State, content: &str) -> String {
    let part = |at: usize| digest(format!("{at} {} {content}", state.registry_key).as_bytes());
    URL_SAFE_NO_PAD.encode((0..4).map(part).collect::<String>().as_bytes().get(..256).unwrap_or_default())
}

/// Who somebody is, as tokens tell it; `roots` is about signatures of images, which nobody makes any more.
fn context(who: Option<&str>, roots: Value) -> Value {
    let Some(who) = who else {
        return json!({"version": 2, "kind": "anonymous", "com.apostille.roots": roots, "com.apostille.root": "$disabled"});
    };
    json!({
        "version": 2,
        "entity_kind": if who.contains('+') { "robot" } else { "user" },
        "entity_reference": who,
        "kind": "user",
        "user": who,
        "com.apostille.roots": roots,
        "com.apostille.root": "$disabled",
    })
}

/// A short-lived token of a robot that came with an identity of somewhere else. It is the robot's password to the registry.
pub(crate) fn robot_token(state: &State, robot: &str, host: &str) -> String {
    let context = context(Some(robot), Value::Null);
    signed(state, host, robot, json!({}), context)
}

/// What a token says, if it is one of ours and not over.
fn verified(state: &State, token: &str) -> Result<Value, Error> {
    let (content, given) = token.rsplit_once('.').ok_or_else(|| Error::bad_token("Not enough segments"))?;
    if given != signature(state, content) {
        return Err(Error::bad_token("Signature verification failed"));
    }
    let claims = content.split_once('.').and_then(|(_, claims)| URL_SAFE_NO_PAD.decode(claims).ok());
    let claims: Option<Value> = claims.and_then(|claims| serde_json::from_slice(&claims).ok());
    let claims = claims.ok_or_else(|| Error::bad_token("Invalid payload padding"))?;
    match claims["exp"].as_i64() {
        Some(end) if end > Timestamp::now().as_second() => Ok(claims),
        _ => Err(Error::bad_token("Signature has expired")),
    }
}

/// What the request's token says; nothing without one.
pub(super) fn claims(state: &State, exchange: &Exchange<'_>) -> Result<Option<Value>, Error> {
    let Some(header) = exchange.header(header::AUTHORIZATION) else { return Ok(None) };
    let token = header.strip_prefix("Bearer ").ok_or_else(|| Error::bad_token("Invalid bearer token format"))?;
    let claims = verified(state, token.trim())?;
    // That of a robot which came with an identity is no token for repositories.
    Ok(Some(claims))
}

/// Whether a token is for this.
pub(super) fn grants(claims: &Value, repository: &str, push: bool) -> bool {
    let of_repository = |grant: &&Value| grant["name"].as_str().is_some_and(|name| full(name) == repository);
    let enough: &[&str] = if push { &["push", "*"] } else { &["pull", "push", "*"] };
    array(&claims["access"]).iter().filter(of_repository).any(|grant| {
        let actions = array(&grant["actions"]).iter().filter_map(Value::as_str);
        actions.into_iter().any(|action| enough.contains(&action))
    })
}

/// Whoever the claims are about: a user, a robot, or nobody.
pub(super) fn subject(claims: Option<&Value>) -> Option<String> {
    claims?["context"]["user"].as_str().map(str::to_owned)
}

/// Who proves to be whom with a name and a password.
fn caller(state: &State, name: &str, password: &str) -> Result<Caller, Error> {
    let refuse = |why: &str| Error::new(401, "UNAUTHORIZED", why);
    match name {
        OAUTH_TOKEN => {
            let caller = Caller::of(state, Some(password));
            if caller.user.is_some() { Ok(caller) } else { Err(refuse("Could not find OAuth token")) }
        }
        APP_TOKEN if state.feature("FEATURE_APP_SPECIFIC_TOKENS") => {
            let token = state.app_tokens.iter().find(|token| token.token_code == password);
            let token = token.ok_or_else(|| refuse("Invalid token"))?;
            let enabled = state.users.get(&token.user).is_some_and(|user| user.enabled);
            let disabled = "This user has been disabled. Please contact your administrator.";
            if enabled { Ok(Caller::in_person(&token.user)) } else { Err(refuse(disabled)) }
        }
        _ if name.contains('+') => {
            let robot = state.robots.get(name);
            let is_its_own = robot.is_some_and(|robot| robot.token == password);
            let exchanged = || {
                let federated = robot.is_some_and(|robot| !robot.federation.is_empty());
                federated && verified(state, password).is_ok_and(|claims| claims["sub"] == name)
            };
            let why = format!("Could not find robot with username: {name} and supplied password.");
            if is_its_own || exchanged() { Ok(Caller::in_person(name)) } else { Err(refuse(&why)) }
        }
        _ => {
            let user = state.users.get(name).filter(|user| !user.password.is_empty() && user.password == password);
            let user = user.ok_or_else(|| refuse("Invalid Username or Password"))?;
            let disabled = "This user has been disabled. Please contact your administrator.";
            if user.enabled { Ok(Caller::in_person(name)) } else { Err(refuse(disabled)) }
        }
    }
}

/// Notes that somebody logged in.
fn used(state: &mut State, name: &str, password: &str) {
    if let Some(robot) = state.robots.get_mut(name) {
        robot.last_accessed = Some(now());
    }
    let mut app_tokens = state.app_tokens.iter_mut().filter(|token| name == APP_TOKEN && token.token_code == password);
    if let Some(token) = app_tokens.next() {
        token.last_accessed = Some(now());
    }
}

/// A scope: `repository:acme/app:pull,push`.
fn parse(scope: &str) -> Option<(&str, Vec<&str>)> {
    let (name, actions) = scope.strip_prefix("repository:")?.rsplit_once(':')?;
    let actions: Vec<&str> = actions.split(',').collect();
    let known = actions.iter().all(|action| ["pull", "push", "*"].contains(action));
    let letter = |character: char| character.is_ascii_alphanumeric() || "._-/".contains(character);
    (known && !name.is_empty() && name.chars().all(letter)).then_some((name, actions))
}

/// Answers with a token for as much of what was asked for as the caller may do. Who may push to a repository that is not there has it
/// made.
pub(super) fn exchange(state: &mut State, exchange: &Exchange<'_>) -> Outcome {
    let header = exchange.header(header::AUTHORIZATION);
    let caller = match header {
        None => Caller::default(),
        Some(header) => {
            let refuse = || Error::new(401, "UNAUTHORIZED", "Specified credentials are invalid");
            let pair = header.strip_prefix("Basic ").and_then(|text| STANDARD.decode(text.trim()).ok());
            let pair = pair.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(refuse)?;
            let (name, password) = pair.split_once(':').ok_or_else(refuse)?;
            let caller = caller(state, name, password)?;
            used(state, name, password);
            caller
        }
    };
    let query = parse_query(exchange.query);
    let scopes: Vec<&str> = query.iter().filter(|(name, _)| name == "scope").map(|(_, value)| value.as_str()).collect();
    if caller.user.is_none() && scopes.iter().all(|scope| scope.is_empty()) {
        return Err(Error::unauthorized());
    }
    let mut access = Vec::new();
    for scope in scopes.into_iter().filter(|scope| !scope.is_empty()) {
        let bad = || {
            let why = format!("Unable to decode repository and actions: {scope}");
            Error::new(400, "INVALID_REQUEST", &why)
        };
        let (name, asked) = parse(scope).ok_or_else(bad)?;
        let actions = allowed(state, &caller, &full(name), &asked)?;
        access.push(json!({"type": "repository", "name": name, "actions": actions}));
    }
    let audience = exchange.query("service").unwrap_or_default();
    let subject = caller.user.clone().unwrap_or_else(|| "(anonymous)".to_owned());
    let roots =
        access.iter().filter_map(|grant| Some((grant["name"].as_str()?.to_owned(), json!("$disabled")))).collect();
    let context = context(caller.user.as_deref(), roots);
    let token = signed(state, &audience, &subject, Value::Array(access), context);
    Ok(Answer::json(200, &json!({"token": token})))
}

/// Which of some actions a caller may do with a repository.
fn allowed(state: &mut State, caller: &Caller, full: &str, asked: &[&str]) -> Result<Vec<&'static str>, Error> {
    let Some((namespace, name)) = full.split_once('/') else { return Ok(Vec::new()) };
    if !names::is_repository(name) {
        return Err(Error::new(400, "NAME_INVALID", &format!("Invalid repository name: {full}")));
    }
    if state.users.get(namespace).is_some_and(|user| !user.enabled) {
        let why = format!("Namespace {namespace} has been disabled. Please contact a system administrator.");
        return Err(Error::new(405, "DENIED", &why));
    }
    let mut actions = Vec::new();
    if state.namespace(namespace).is_none() {
        return Ok(actions);
    }
    if asked.contains(&"push") && caller.user.is_some() && may_push(state, caller, namespace, name) {
        actions.push("push");
    }
    let access = Access::new(state, caller);
    if asked.contains(&"pull") && access.repo_pull(namespace, name) {
        actions.push("pull");
    }
    let is_normal = state.repositories.get(full).is_some_and(|found| takes_pushes(found, ""));
    if asked.contains(&"*") && is_normal && access.repo_admin(namespace, name) {
        actions.push("*");
    }
    Ok(actions)
}

fn may_push(state: &mut State, caller: &Caller, namespace: &str, name: &str) -> bool {
    let access = Access::new(state, caller);
    if let Some(repository) = state.repositories.get(&format!("{namespace}/{name}")) {
        return access.repo_write(namespace, name) && takes_pushes(repository, caller.name());
    }
    let mirrored = state.organizations.get(namespace).is_some_and(|organization| organization.mirror.is_some());
    if mirrored || !access.creates(namespace) {
        return false;
    }
    let is_public = state.setting("CREATE_PRIVATE_REPO_ON_PUSH").as_bool() == Some(false);
    repository::make(state, namespace, name, caller.name(), is_public, "");
    true
}

/// Whether somebody with the right to push may, as far as the repository's state goes: a mirror is its robot's.
fn takes_pushes(repository: &Repository, who: &str) -> bool {
    match repository.state {
        RepositoryState::Normal => true,
        RepositoryState::ReadOnly => false,
        RepositoryState::Mirror => repository.mirror.as_ref().is_some_and(|mirror| mirror.robot == who),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::quay::seed;

    #[test]
    fn a_token_is_good_until_it_ends_and_with_its_own_signature_only() {
        let state = seed::seed(None, "token");
        let token = robot_token(&state, "acme+ci", "localhost");
        assert_eq!(verified(&state, &token).unwrap()["sub"], "acme+ci");
        assert!(verified(&seed::seed(None, "token"), &token).is_err(), "another server");
        let (header, _) = token.split_once('.').unwrap();
        let claims = json!({"sub": "acme+ci", "exp": Timestamp::now().as_second() - 1}).to_string();
        let content = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
        let over = format!("{content}.{}", signature(&state, &content));
        assert!(verified(&state, &over).is_err(), "it is over");
    }
}
