//! Sessions of browsers: their cookies, the tokens against forged requests, and the form that logs in.
//!
//! Observed on Harbor 2.15.2: every answer to a request without a `sid` gives one. A request that has one, whatever it is,
//! gets a token with its answer, and may write only with that token.

use crate::harbor::caller;
use crate::harbor::failure::Failure;
use crate::harbor::state::State;
use crate::harbor::wire::{Reply, Request, decode_form};
use uuid::Uuid;

const LOG_IN: &str = "/c/login";
const LOG_OUT: &str = "/c/log_out";
/// Where sessions begin and end.
pub(crate) const PATHS: &[&str] = &[LOG_IN, LOG_OUT];

/// The cookie that names a session.
const SESSION: &str = "sid";
/// The cookie that the token is checked against.
const CSRF: &str = "_gorilla_csrf";

pub(crate) fn is_path(path: &str) -> bool {
    PATHS.contains(&path)
}

/// A write that carries a session's cookie, or begins a session, must carry the token that goes with it.
///
/// # Errors
/// 403 when it does not.
pub(crate) fn check_csrf(request: &Request) -> Result<(), Failure> {
    if request.cookie(SESSION).is_none() && !is_path(&request.path) {
        return Ok(());
    }
    match (request.header("x-harbor-csrf-token"), request.cookie(CSRF)) {
        (Some(header), Some(cookie)) if header == cookie => Ok(()),
        (Some(_), _) => Err(Failure::forbidden_saying("CSRF token invalid")),
        (None, _) => Err(Failure::forbidden_saying("CSRF token not found in request")),
    }
}

/// Adds what belongs to a session: its cookie, and for a request that has one, the token and its cookie.
pub(crate) fn add_cookies(mut reply: Reply, state: &State, request: &Request) -> Reply {
    let session = request.cookie(SESSION);
    let is_form = request.path == LOG_IN;
    if session.is_some() || is_form {
        let known = request.cookie(CSRF).map(str::to_owned);
        let token = known.clone().unwrap_or_else(|| Uuid::new_v4().simple().to_string());
        if known.is_none() {
            let cookie = format!("{CSRF}={token}; Path=/; HttpOnly; SameSite=Strict");
            reply = reply.header("set-cookie", cookie);
        }
        reply = reply.header("x-harbor-csrf-token", token);
    }
    let is_new = session.is_none_or(|session| state.ended_sessions.contains(session));
    if is_new && state.settings.session_cookie && !reply.has("set-cookie", SESSION) {
        reply = reply.header("set-cookie", cookie(&new_id()));
    }
    reply
}

fn new_id() -> String {
    Uuid::new_v4().simple().to_string()
}

fn cookie(session: &str) -> String {
    format!("{SESSION}={session}; Path=/; HttpOnly")
}

/// Logs in and out.
///
/// # Errors
/// 405 for another method.
pub(crate) fn answer(state: &mut State, request: &Request) -> Result<Reply, Failure> {
    match (request.path.as_str(), request.method.as_str()) {
        (LOG_IN, "POST") => Ok(log_in(state, request)),
        (LOG_OUT, "GET") => {
            if let Some(session) = request.cookie(SESSION) {
                state.sessions.remove(session);
                state.ended_sessions.insert(session.to_owned());
            }
            Ok(Reply::empty().header("set-cookie", cookie("")))
        }
        (LOG_IN, method) => Err(Failure::no_such_method(method, &["POST"])),
        (_, method) => Err(Failure::no_such_method(method, &["GET"])),
    }
}

/// A session that is logged in gets another name.
fn log_in(state: &mut State, request: &Request) -> Reply {
    let form = String::from_utf8_lossy(&request.body).into_owned();
    let field = |name: &str| {
        let mut pairs = form.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| decode_form(value)).unwrap_or_default()
    };
    match caller::user_of(state, &field("principal"), &field("password")) {
        None => Reply::status(401),
        Some(user) => {
            let session = new_id();
            state.sessions.insert(session.clone(), user);
            Reply::empty().header("set-cookie", cookie(&session))
        }
    }
}
