//! The Harbor half of the simulator: the part of the REST API v2.0 that manages projects and robots, as releases 2.8 to
//! 2.16 answer it. All that it holds is one value, which tests dump, edit and put back.
//!
//! One folder per area holds its operations beside their handlers (`projects`, `robots`, ...); `AREAS` joins them. Beneath them stand what is
//! held (`records`, one file for each area, and `state`, which joins them), who calls and what they may (`caller`, `access`), requests and
//! answers (`call`, `wire`, `gojson`, `failure`), lists (`query`), and routing (`router`).

mod access;
mod call;
mod caller;
mod clock;
mod configuration_keys;
mod cron;
mod failure;
mod gojson;
mod labels;
mod project_ref;
mod projects;
mod query;
mod quotas;
mod records;
mod registries;
mod repositories;
mod retention;
mod robots;
mod router;
mod search;
mod secrets;
mod state;
mod system;
mod table;
mod users;
mod version;
mod wire;

pub use state::Options;
pub use version::Version;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State as Extract;
use axum::http::Response;
use axum::routing::any;
use call::Call;
use caller::Caller;
use failure::Failure;
use records::ADMIN;
use router::Areas;
use serde_json::Value;
use state::State;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use uuid::Uuid;
use wire::{BASE, Reply, Request};

/// All operations, area by area.
static AREAS: &Areas = &[
    projects::ROUTES,
    robots::ROUTES,
    users::ROUTES,
    labels::ROUTES,
    registries::ROUTES,
    repositories::ROUTES,
    quotas::ROUTES,
    retention::ROUTES,
    search::ROUTES,
    system::ROUTES,
];

/// Largest request body that is read, in bytes.
const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// A simulated Harbor server.
pub struct Harbor {
    state: Mutex<State>,
    request_number: AtomicU64,
}

impl Harbor {
    /// A fresh server: the user `admin` and the public project `library`.
    pub fn new(options: Options) -> Arc<Self> {
        Arc::new(Self { state: Mutex::new(State::new(options)), request_number: AtomicU64::new(0) })
    }

    /// The routes under `/api/v2.0`, and those by which browsers log in. A doubled slash in front is answered too, as
    /// Harbor does.
    pub fn router(self: Arc<Self>) -> Router {
        let paths = [BASE.to_owned(), format!("{BASE}/{{*rest}}"), format!("/{BASE}/{{*rest}}")];
        let others =
            users::sessions::PATHS.iter().map(|path| (*path).to_owned()).chain([system::info::VERSION_PATH.to_owned()]);
        let routes =
            paths.into_iter().chain(others).fold(Router::new(), |router, path| router.route(&path, any(answer)));
        routes.with_state(self)
    }

    /// Whether a path is one of this server's.
    pub(crate) fn owns(path: &str) -> bool {
        let path = format!("/{}", path.trim_start_matches('/'));
        path.starts_with(BASE) || path == system::info::VERSION_PATH || users::sessions::is_path(&path)
    }

    /// Whether the process has ended and was not started again, so that no request is answered. A deleted project with
    /// a retention policy without a cron ends it; see [`Harbor::restart`].
    pub fn is_down(&self) -> bool {
        let state = self.lock();
        state.down_until.is_some_and(|until| state.now() < until)
    }

    /// Starts the process again where it has ended, as its keeper does by itself some seconds later (of the clock that
    /// the state has).
    pub fn restart(&self) {
        self.lock().down_until = None;
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
        router::pattern_of(AREAS, path.strip_prefix(BASE)?).map(|pattern| format!("{BASE}{pattern}"))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers one request under the lock: requests are handled one after the other.
    fn serve(&self, request: &Request) -> Reply {
        let mut state = self.lock();
        let caller = caller::identify(&mut state, request);
        let request_number = self.request_number.fetch_add(1, Ordering::Relaxed);
        if is_refused_by_read_only(&state, request) {
            // This is found before a session begins.
            return Failure::denied("The system is in read only mode. Any modification is prohibited.").into();
        }
        let reply = handle(&mut state, caller, request, request_number).unwrap_or_else(Reply::from);
        let reply = if state.settings.omit_empty_lists { reply.without_empty_lists() } else { reply };
        users::sessions::add_cookies(reply, &state, request)
    }
}

fn is_read(request: &Request) -> bool {
    matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS")
}

fn is_refused_by_read_only(state: &State, request: &Request) -> bool {
    let is_settings = request.method == "PUT" && request.path.strip_prefix(BASE) == Some("/configurations");
    state.flag_setting("read_only") && !is_read(request) && !is_settings && !users::sessions::is_path(&request.path)
}

/// Runs the checks that come before every operation, then the operation. A write works on a copy of the state, which is
/// kept only when it succeeds: each is one transaction. Ids that it took are not given back.
fn handle(state: &mut State, caller: Caller, request: &Request, request_number: u64) -> Result<Reply, Failure> {
    if !is_read(request) {
        users::sessions::check_csrf(request)?;
    }
    if users::sessions::is_path(&request.path) {
        return users::sessions::answer(state, request);
    }
    if request.path == system::info::VERSION_PATH {
        return Ok(system::info::api_version());
    }
    let path = request.path.strip_prefix(BASE).unwrap_or_default();
    let (route, parameters) = router::find(AREAS, request, path, state.version())?;
    if is_read(request) {
        return (route.handler)(&mut Call { state, caller, request, path: parameters, request_number });
    }
    let mut changed = state.clone();
    match (route.handler)(&mut Call { state: &mut changed, caller, request, path: parameters, request_number }) {
        Ok(reply) => {
            *state = changed;
            Ok(reply)
        }
        Err(failure) => {
            state.skip_ids_of(&changed);
            Err(failure)
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A path without parameters must not be taken for one with a parameter of another operation.
    #[test]
    fn every_operation_is_found_at_its_own_path() {
        for route in router::routes(AREAS) {
            let shadowing = router::routes(AREAS).find(|other| other.matches(route.pattern).is_some());
            assert_eq!(shadowing.map(|other| other.pattern), Some(route.pattern));
        }
    }
}
