//! Who calls.

use super::records::{ADMIN, Robot, User};
use super::state::State;
use super::wire::{BASE, Request};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// How long a failed login locks a user's name, in milliseconds.
const LOCK_MILLIS: i64 = 1500;

/// Who sent a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// Nobody known: no credentials, or wrong ones.
    Anonymous,
    /// A user, by id.
    User(i64),
    /// A robot, by id.
    Robot(i64),
}

/// Finds the caller by basic authentication, robots first, then users; else by the session. Wrong credentials make an
/// anonymous caller, who is refused only where not everybody may.
pub(super) fn identify(state: &mut State, request: &Request) -> Caller {
    let by_session = |state: &State| {
        let user = request.cookie("sid").and_then(|session| state.sessions.get(session).copied());
        user.map_or(Caller::Anonymous, Caller::User)
    };
    let Some((name, password)) = credentials(request) else { return by_session(state) };
    if let Some(id) = robot_of(state, &name, &password) {
        return Caller::Robot(id);
    }
    let now = state.now();
    if state.settings.lock_failed_logins && state.locked.get(&name).is_some_and(|until| *until > now) {
        return Caller::Anonymous;
    }
    let user = user_of(state, &name, &password);
    let is_local = name == ADMIN || state.text_setting("auth_mode") != "oidc_auth";
    let user = user.filter(|_| is_local || opens_by_cli_secret(request));
    if user.is_none() && state.settings.lock_failed_logins {
        state.locked.insert(name, now.plus_millis(LOCK_MILLIS));
    }
    user.map_or_else(|| by_session(state), Caller::User)
}

/// The user with a name and a password.
pub(super) fn user_of(state: &State, name: &str, password: &str) -> Option<i64> {
    let is_meant = |user: &User| !user.deleted && user.username == name && user.password == password;
    state.users.iter().find(|(_, user)| is_meant(user)).map(|(id, _)| id)
}

/// Where logins are by OIDC, what a user has beside that is a secret for the command line, here the password. It opens these addresses only;
/// elsewhere it makes nobody known.
fn opens_by_cli_secret(request: &Request) -> bool {
    let path: Vec<&str> = request.path.strip_prefix(BASE).unwrap_or_default().split('/').skip(1).collect();
    matches!(
        (request.method.as_str(), path.as_slice()),
        ("POST" | "GET", ["projects"])
            | ("GET", ["systeminfo" | "labels"] | ["projects", _, "repositories"])
            | ("GET", ["projects", _, "repositories", _, "artifacts"])
            | ("DELETE", ["projects", _, "repositories", _, "artifacts", _, "tags", _])
    )
}

fn credentials(request: &Request) -> Option<(String, String)> {
    let (scheme, encoded) = request.header("authorization")?.split_once(' ')?;
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (name, password) = text.split_once(':')?;
    scheme.eq_ignore_ascii_case("basic").then(|| (name.to_owned(), password.to_owned()))
}

/// The robot that logs in with its full name and secret, unless it is disabled or has expired.
fn robot_of(state: &State, full_name: &str, secret: &str) -> Option<i64> {
    let prefix = state.text_setting("robot_name_prefix");
    let name = full_name.strip_prefix(&prefix)?;
    let now = state.now().seconds();
    let usable = |robot: &Robot| {
        robot.editable()
            && robot.secret == secret
            && !robot.disabled
            && (robot.expires_at == -1 || robot.expires_at > now)
    };
    state.robots.iter().find(|(_, robot)| robot.name == name && usable(robot)).map(|(id, _)| id)
}
