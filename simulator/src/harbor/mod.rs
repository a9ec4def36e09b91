//! The Harbor half of the simulator: the part of the REST API v2.0 that manages projects and robots, as releases 2.8 to
//! 2.16 answer it. All that it holds is one value, which tests dump, edit and put back.

mod access;
mod allowlist;
mod call;
mod clock;
mod configuration;
mod failure;
mod members;
mod metadata;
mod project_list;
mod project_new;
mod projects;
mod query;
mod quotas;
mod records;
mod registries;
mod repositories;
mod retention;
mod robot_rules;
mod robot_view;
mod robots;
mod robots_v1;
mod state;
mod system;
mod table;
mod version;
mod wire;

pub use state::Options;
pub use version::Version;

use access::Caller;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State as Extract;
use axum::http::Response;
use axum::routing::any;
use call::Call;
use failure::Failure;
use serde_json::Value;
use state::State;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use uuid::Uuid;
use wire::{Reply, Request};

/// Where the API is.
const BASE: &str = "/api/v2.0";
/// Name of the user who administers the system.
const ADMIN: &str = "admin";
/// Largest request body that is read, in bytes.
const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// A simulated Harbor server.
pub struct Harbor {
    state: Mutex<State>,
    turn: AtomicU64,
}

impl Harbor {
    /// A fresh server: the user `admin` and the public project `library`.
    pub fn new(options: Options) -> Arc<Self> {
        Arc::new(Self { state: Mutex::new(State::new(options)), turn: AtomicU64::new(0) })
    }

    /// The routes under `/api/v2.0`. A doubled slash in front is answered too, as Harbor does.
    pub fn router(self: Arc<Self>) -> Router {
        let paths = [BASE.to_owned(), format!("{BASE}/{{*rest}}"), format!("/{BASE}/{{*rest}}")];
        let routes = paths.iter().fold(Router::new(), |router, path| router.route(path, any(answer)));
        routes.with_state(self)
    }

    /// All that the server holds, secrets included.
    pub fn dump(&self) -> Value {
        serde_json::to_value(&*self.lock()).unwrap_or_default()
    }

    /// Replaces all that the server holds by an edited [`Harbor::dump`].
    ///
    /// # Errors
    /// When the value has not the shape of a dump; nothing is changed then.
    pub fn replace(&self, state: Value) -> Result<(), String> {
        *self.lock() = serde_json::from_value(state).map_err(|error| error.to_string())?;
        Ok(())
    }

    /// Name of the user who administers the system.
    pub fn admin_username(&self) -> String {
        ADMIN.into()
    }

    /// Password of the user who administers the system, as the state has it now.
    pub fn admin_password(&self) -> String {
        let state = self.lock();
        let admin = state.users.iter().find(|(_, user)| user.username == ADMIN);
        admin.map(|(_, user)| user.password.clone()).unwrap_or_default()
    }

    /// The pattern of a path, such as `/api/v2.0/robots/{robot_id}`, to count requests by; none for an unknown path.
    pub fn pattern_of(path: &str) -> Option<String> {
        call::pattern_of(path.strip_prefix(BASE)?).map(|pattern| format!("{BASE}{pattern}"))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers one request under the lock: requests are handled one after the other.
    fn serve(&self, request: &Request) -> Reply {
        let mut state = self.lock();
        let caller = access::identify(&mut state, request);
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let reply = handle(&mut state, caller, request, turn).unwrap_or_else(Reply::from);
        let reply = if state.settings.omit_empty_lists { reply.without_empty_lists() } else { reply };
        add_cookies(reply, &state, request)
    }
}

/// Runs the checks that come before every operation, then the operation. A write works on a copy of the state, which is
/// kept only when it succeeds: each is one transaction.
fn handle(state: &mut State, caller: Caller, request: &Request, turn: u64) -> Result<Reply, Failure> {
    let reads = matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS");
    let path = request.path.strip_prefix(BASE).unwrap_or_default();
    if !reads {
        check_csrf(request)?;
        if state.flag_setting("read_only") && !(request.method == "PUT" && path == "/configurations") {
            return Err(Failure::denied("The system is in read only mode. Any modification is prohibited."));
        }
    }
    let (route, parameters) = call::find(request, path, state.version())?;
    if reads {
        return (route.handler)(&mut Call { state, caller, request, path: parameters, turn });
    }
    let mut changed = state.clone();
    let reply = (route.handler)(&mut Call { state: &mut changed, caller, request, path: parameters, turn })?;
    *state = changed;
    Ok(reply)
}

/// A request that carries the session's cookie must carry the token that goes with it.
fn check_csrf(request: &Request) -> Result<(), Failure> {
    if request.cookie("sid").is_none() {
        return Ok(());
    }
    match (request.header("x-harbor-csrf-token"), request.cookie("_gorilla_csrf")) {
        (Some(header), Some(cookie)) if header == cookie => Ok(()),
        (Some(_), _) => Err(Failure::forbidden_saying("CSRF token invalid")),
        (None, _) => Err(Failure::forbidden_saying("CSRF token not found in request")),
    }
}

/// Adds what belongs to a session: its cookie, and for a request that has one, a fresh CSRF token.
fn add_cookies(reply: Reply, state: &State, request: &Request) -> Reply {
    if request.cookie("sid").is_some() {
        let token = Uuid::new_v4().simple().to_string();
        let cookie = format!("_gorilla_csrf={token}; Path=/; HttpOnly; SameSite=Strict");
        return reply.header("x-harbor-csrf-token", token).header("set-cookie", cookie);
    }
    if state.settings.session_cookie {
        return reply.header("set-cookie", format!("sid={}; Path=/; HttpOnly", Uuid::new_v4().simple()));
    }
    reply
}

async fn answer(Extract(harbor): Extract<Arc<Harbor>>, request: axum::extract::Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let request_id = parts.headers.get("x-request-id").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let request_id = request_id.unwrap_or_else(|| Uuid::new_v4().to_string());
    let reply = match to_bytes(body, BODY_LIMIT).await {
        Ok(body) => harbor.serve(&Request::new(parts.method.as_str(), &parts.uri, parts.headers, body)),
        Err(_) => Failure::invalid("the body could not be read").into(),
    };
    reply.header("x-request-id", request_id).into_response()
}
