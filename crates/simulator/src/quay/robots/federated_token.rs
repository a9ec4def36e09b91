//! Exchanging an issuer's identity token for a short-lived one of a robot: `GET /oauth2/federation/robot/token`, which is not part of
//! the API below `/api/v1/`.
//!
//! The simulator has no issuers to ask, so it believes whatever an identity token says of itself; an issuer in
//! `unreachable_issuers` stands for one that a real server cannot ask.

use axum::extract::State as Shared;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::quay::registry::token::robot_token;
use crate::quay::releases;
use crate::quay::reply::{Outcome, Reply};
use crate::quay::state::{SharedState, State};

/// The route.
pub(crate) const PATH: &str = "/oauth2/federation/robot/token";

/// Whether the release exchanges tokens.
fn is_there(state: &State) -> bool {
    releases::release(&state.release) >= (3, 13)
}

/// Seconds for which an identity token is taken after its end. (A real server took one ten seconds later.)
const LEEWAY: i64 = 30;

/// Exchanges an identity token for a robot's.
pub(crate) async fn serve(Shared(state): Shared<SharedState>, headers: HeaderMap) -> Response {
    let header = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let host = header(header::HOST).unwrap_or("localhost");
    let state = state.lock();
    if !is_there(&state) {
        // From Quay's source: such a path may be a repository's page, which has a slash at its end.
        return Reply::redirect(&format!("http://{host}{PATH}/")).into_response(&format!("http://{host}"));
    }
    let answer = exchange(&state, header(header::AUTHORIZATION), host);
    answer.unwrap_or_else(|reply| reply).into_response(&format!("http://{host}"))
}

/// Answers a request with this `Authorization` header, to a client that asked for `host`.
fn exchange(state: &State, authorization: Option<&str>, host: &str) -> Outcome {
    let refuse = |why: &str| Reply::json(401, json!({"error": why}));
    let header = authorization.ok_or_else(|| refuse("No auth header"))?;
    let pair = header.strip_prefix("Basic ").and_then(|text| STANDARD.decode(text).ok());
    let pair = pair.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| refuse("Invalid auth header"))?;
    let (name, identity) = pair.split_once(':').unwrap_or((&pair, ""));
    if !name.contains('+') {
        return Err(refuse("Invalid robot"));
    }
    let robot = state.robots.get(name);
    let robot = robot.ok_or_else(|| Reply::message("Could not find robot with specified username"))?;
    let claims = claims(identity).ok_or_else(Reply::crash)?;
    if robot.federation.is_empty() {
        return Err(Reply::message("Robot does not have federated login configured"));
    }
    let issuer = claims["iss"].as_str().unwrap_or_default();
    let mut configured = robot.federation.iter().filter(|known| known.issuer == issuer).peekable();
    if configured.peek().is_none() {
        return Err(Reply::message(format!("issuer {issuer} not configured for this robot")));
    }
    // Its discovery document must be had, by https, and what it says of the token must be good.
    let reachable = issuer.starts_with("https://") && !state.unreachable_issuers.iter().any(|known| known == issuer);
    let expired = claims["exp"].as_i64().is_some_and(|end| end + LEEWAY < Timestamp::now().as_second());
    if !reachable || expired {
        return Err(Reply::crash());
    }
    if !configured.any(|known| claims["sub"] == known.subject) {
        return Err(Reply::message("Token does not match robot"));
    }
    Ok(Reply::ok(json!({"token": robot_token(state, name, host)})))
}

/// What a JSON web token says, whoever signed it.
fn claims(token: &str) -> Option<Value> {
    let [_, claims, _] = token.split('.').collect::<Vec<_>>()[..] else { return None };
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
}
