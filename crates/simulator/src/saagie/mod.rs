//! The Saagie half of the simulator: logging in, and the Docker credentials of a project over GraphQL, with the names,
//! types and nullability of the platform's own schema. What the public material leaves open can be chosen.

mod schema;
mod state;

pub use state::{Options, Unknown};

use async_graphql::Request as GraphQlRequest;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State as Extract};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use axum::routing::post;
use schema::Schema;
use serde::Deserialize;
use serde_json::Value;
use state::State;
use std::sync::{Arc, Mutex, MutexGuard};
use uuid::Uuid;

/// A simulated Saagie platform.
pub struct Saagie {
    state: Arc<Mutex<State>>,
    schema: Schema,
}

#[derive(Deserialize)]
struct Login {
    login: String,
    password: String,
}

impl Saagie {
    /// A platform with one user and one empty project.
    pub fn new(options: Options) -> Arc<Self> {
        let state = Arc::new(Mutex::new(State::new(options)));
        Arc::new(Self { schema: schema::build(state.clone()), state })
    }

    /// The login endpoint and the GraphQL endpoint of the projects API.
    pub fn router(self: Arc<Self>) -> Router {
        Router::new()
            .route("/authentication/api/open/authenticate", post(authenticate))
            .route("/projects/api/platform/{platform_id}/graphql", post(graphql))
            .with_state(self)
    }

    /// All that the platform holds, passwords included.
    pub fn dump(&self) -> Value {
        serde_json::to_value(&*self.lock()).unwrap_or_default()
    }

    /// Replaces all that the platform holds by an edited [`Saagie::dump`].
    ///
    /// # Errors
    /// When the value has not the shape of a dump; nothing is changed then.
    pub fn replace(&self, state: Value) -> Result<(), String> {
        *self.lock() = serde_json::from_value(state).map_err(|error| error.to_string())?;
        Ok(())
    }

    /// Name of the user who can log in.
    pub fn username(&self) -> String {
        self.lock().username.clone()
    }

    /// Password of the user who can log in.
    pub fn password(&self) -> String {
        self.lock().password.clone()
    }

    /// Realm that a login must name.
    pub fn realm(&self) -> String {
        self.lock().realm.clone()
    }

    /// Number of the platform in the path of the projects API.
    pub fn platform_id(&self) -> u32 {
        self.lock().platform_id
    }

    /// Id of the project that exists from the start.
    pub fn project_id(&self) -> String {
        self.lock().first_project.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        state::lock(&self.state)
    }

    /// Gives a token for a right login in the right realm.
    ///
    /// # Errors
    /// The status of the refusal.
    fn log_in(&self, headers: &HeaderMap, body: &[u8]) -> Result<String, StatusCode> {
        let login: Login = serde_json::from_slice(body).map_err(|_| StatusCode::BAD_REQUEST)?;
        let mut state = self.lock();
        let realm = headers.get("saagie-realm").and_then(|value| value.to_str().ok());
        if login.login != state.username || login.password != state.password || realm != Some(state.realm.as_str()) {
            return Err(StatusCode::from_u16(state.settings.refused_login_status).unwrap_or(StatusCode::UNAUTHORIZED));
        }
        let token = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        state.tokens.push(token.clone());
        Ok(token)
    }

    /// Checks platform and token.
    ///
    /// # Errors
    /// 404 for another platform, 401 for a missing or expired token.
    fn admit(&self, platform_id: &str, headers: &HeaderMap) -> Result<(), StatusCode> {
        let state = self.lock();
        if platform_id != state.platform_id.to_string() {
            return Err(StatusCode::NOT_FOUND);
        }
        let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let token = header.strip_prefix("Bearer ").unwrap_or_default();
        if state.tokens.iter().any(|known| known == token) { Ok(()) } else { Err(StatusCode::UNAUTHORIZED) }
    }
}

fn respond(status: StatusCode, content_type: Option<&'static str>, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    if let Some(content_type) = content_type {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    response
}

/// Answers a login with the token as plain text, not JSON.
async fn authenticate(Extract(saagie): Extract<Arc<Saagie>>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    match saagie.log_in(&headers, &body) {
        Ok(token) => respond(StatusCode::OK, Some("text/plain;charset=utf-8"), token),
        Err(status) => respond(status, None, Body::empty()),
    }
}

/// Answers every query that can be read with 200, also one that fails.
async fn graphql(
    Extract(saagie): Extract<Arc<Saagie>>,
    Path(platform_id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    if let Err(status) = saagie.admit(&platform_id, &headers) {
        return respond(status, None, Body::empty());
    }
    let Ok(request) = serde_json::from_slice::<GraphQlRequest>(&body) else {
        return respond(StatusCode::BAD_REQUEST, None, Body::empty());
    };
    let answer = saagie.schema.execute(request).await;
    respond(StatusCode::OK, Some("application/json"), serde_json::to_vec(&answer).unwrap_or_default())
}
