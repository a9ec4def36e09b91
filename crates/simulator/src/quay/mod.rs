//! The simulated Quay: `/api/v1/` as a real server answers it, bad sides included.
//!
//! One folder per area holds its routes beside their handlers (`organizations`, `robots`, ...); `AREAS` joins them. `registry` is what images
//! are pushed to and pulled from. Beneath them stand what is held (`records`, one file for each area, and `state`, which joins them), rights
//! (`access`), requests and answers (`call`, `reply`), routing (`router`), and what older releases lack (`releases`).

mod access;
mod builds;
mod call;
mod images;
mod logs;
mod mirrors;
mod names;
mod notifications;
mod oauth;
mod organizations;
mod permissions;
mod policies;
mod python;
mod quotas;
mod random;
pub mod records;
mod registry;
mod releases;
mod reply;
mod repositories;
mod robots;
mod router;
mod schema;
mod search;
mod seed;
mod server;
pub mod state;
mod superusers;
mod teams;
mod time;
mod upstreams;
mod users;
mod views;

use std::sync::{Arc, MutexGuard};

use axum::body::to_bytes;
use axum::extract::{FromRef, Request, State as Shared};
use axum::http::{HeaderMap, Method, header};
use axum::response::Response;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use access::Caller;
use call::{Call, PREFIX};
pub use images::samples::NewImage;
pub(crate) use reply::CRASH_PAGE;
use reply::Reply;
use router::{Route, Router, Target};
use state::{SharedState, State};

/// The routes of all areas.
const AREAS: &[&[&[Route]]] = &[
    robots::ROUTES,
    organizations::ROUTES,
    teams::ROUTES,
    permissions::ROUTES,
    repositories::ROUTES,
    images::ROUTES,
    mirrors::ROUTES,
    quotas::ROUTES,
    policies::ROUTES,
    notifications::ROUTES,
    oauth::ROUTES,
    users::ROUTES,
    builds::ROUTES,
    logs::ROUTES,
    search::ROUTES,
    server::ROUTES,
];

/// Where the description of the API is, which knows all routes and so is none of them.
const DESCRIPTION: &str = "discovery";

/// How the simulated Quay starts.
#[derive(Clone)]
pub struct Options {
    /// The name of a deleted organization or user is free again after so many further requests; `None` keeps it until
    /// [`Simulator::collect_garbage`](crate::Simulator::collect_garbage).
    pub collect_garbage_after: Option<u64>,
    /// The superuser's token with all scopes; generated when absent.
    pub admin_token: Option<String>,
    /// The release that it behaves as, `3.9` to `3.18`; what older ones lack is taken away.
    pub release: String,
}

impl Default for Options {
    fn default() -> Self {
        Self { collect_garbage_after: Some(10), admin_token: None, release: releases::NEWEST.to_owned() }
    }
}

/// The simulated Quay.
pub struct Quay {
    state: SharedState,
    router: Router,
}

impl Quay {
    /// A fresh server: a superuser, three users, and tokens of all kinds.
    pub fn new(options: Options) -> Arc<Self> {
        let admin_token = options.admin_token.unwrap_or_else(|| random::random_text(40));
        let mut state = seed::seed(options.collect_garbage_after, &admin_token);
        state.release = options.release;
        Arc::new(Self { state: SharedState::new(state), router: Router::new(AREAS) })
    }

    /// The token that has this label in the state; `admin` is the superuser's with all scopes.
    pub fn token(&self, label: &str) -> Option<String> {
        let state = self.state();
        let found = state.tokens.iter().find(|(_, token)| token.label == label);
        found.map(|(text, _)| text.clone())
    }

    /// The routes below `/api/v1/`, the registry below `/v2/`, the first user, the exchange of tokens, and what the web pages are told of the
    /// configuration.
    pub fn router(self: Arc<Self>) -> axum::Router {
        axum::Router::new()
            .route("/api/v1/{*path}", axum::routing::any(serve))
            .route(users::first_user::PATH, axum::routing::any(serve).post(users::first_user::serve))
            .route(robots::federated_token::PATH, axum::routing::get(robots::federated_token::serve))
            .route("/api/v2/{*path}", axum::routing::get(no_api))
            .route("/config", axum::routing::get(server::web_config::serve))
            .route("/v2/", axum::routing::any(registry::serve))
            .route("/v2/{*path}", axum::routing::any(registry::serve))
            .route(builds::userfiles::PATH, axum::routing::put(builds::userfiles::put).get(builds::userfiles::get))
            .with_state(self)
    }

    /// The routes of the storage that takes files itself.
    pub fn storage(self: Arc<Self>) -> axum::Router {
        axum::Router::new()
            .route(builds::userfiles::STORED, axum::routing::put(builds::userfiles::store))
            .with_state(self)
    }

    /// The whole state ([`State`]), secrets included.
    pub fn dump(&self) -> Value {
        serde_json::to_value(&*self.state()).unwrap_or_default()
    }

    /// Puts another state in place.
    ///
    /// # Errors
    /// What makes it no state.
    pub fn replace(&self, state: Value) -> Result<(), String> {
        *self.state() = serde_json::from_value(state).map_err(|error| error.to_string())?;
        Ok(())
    }

    /// The route that a path belongs to, for counting.
    pub fn route(&self, path: &str) -> Option<String> {
        if let Some(below) = path.strip_prefix(registry::PREFIX) {
            return registry::template(&percent_decode_str(below).decode_utf8_lossy());
        }
        let path = percent_decode_str(path.strip_prefix(PREFIX)?).decode_utf8_lossy();
        if path == DESCRIPTION {
            return Some(format!("{PREFIX}{DESCRIPTION}"));
        }
        self.router.template(&path).map(|template| format!("{PREFIX}{template}"))
    }

    /// Frees the names of deleted namespaces, and forgets what nothing refers to any more.
    pub fn collect_garbage(&self) {
        let mut state = self.state();
        state.collect_garbage(true);
        images::tagging::collect_garbage(&mut state);
    }

    /// Puts an image into a repository, as somebody would who may push; a repository that is not there is made. Gives the digest of
    /// its manifest.
    ///
    /// # Errors
    /// Why it cannot be put there.
    pub fn push(&self, image: &NewImage) -> Result<String, String> {
        images::samples::push(&mut self.state(), image)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Answers a request whose body is `content`.
    fn answer(&self, request: &Parts<'_>, content: axum::body::Bytes) -> Reply {
        let mut state = self.state();
        state.requests += 1;
        state.collect_garbage(false);
        let path = percent_decode_str(request.path).decode_utf8_lossy();
        let below = path.strip_prefix(PREFIX).unwrap_or_default();
        let url = format!("{}{path}", request.origin);
        if below == DESCRIPTION && request.method == "GET" {
            return self.describe(&state, request.query);
        }
        let (route, handler, parameters) = match self.router.target(&state, request.method, below, &url) {
            Target::Handler(route, handler, parameters) => (route, handler, parameters),
            Target::Reply(reply) => return reply,
        };
        let header = |name: header::HeaderName| request.headers.get(name).and_then(|value| value.to_str().ok());
        let caller = Caller::of(&state, call::bearer(header(header::AUTHORIZATION)));
        let is_get = request.method == "GET";
        if let Some(refusal) = refusal(&state, &caller, is_get) {
            return refusal;
        }
        let declared_as_json = header(header::CONTENT_TYPE).is_some_and(|value| value.contains("json"));
        let query = call::parse_query(request.query);
        let release = releases::release(&state.release);
        let content = match releases::read_body(release, request.method, route, &content) {
            Ok(older) => older.map_or(content, Into::into),
            Err(crash) => return crash,
        };
        let origin = request.origin.to_owned();
        let call = Call { caller, origin, is_get, parameters, query, declared_as_json, content };
        let reply = handler(&mut state, &call).unwrap_or_else(|reply| reply);
        if !is_get && reply.is_success() {
            logs::notes::note(&mut state, &call, request.method, route);
        }
        reply.without(&releases::unknown_members(release, route))
    }

    /// The server's own description of its API.
    fn describe(&self, state: &State, query: &str) -> Reply {
        let internal = call::parse_query(query).iter().any(|(name, value)| name == "internal" && value == "true");
        let itself = std::iter::once((DESCRIPTION, vec!["GET"]));
        let routes = self.router.routes(state).chain(itself);
        Reply::ok(releases::describe(releases::release(&state.release), internal, routes))
    }
}

impl FromRef<Arc<Quay>> for SharedState {
    fn from_ref(quay: &Arc<Quay>) -> Self {
        quay.state.clone()
    }
}

/// What every route refuses before it looks at the request.
fn refusal(state: &State, caller: &Caller, is_get: bool) -> Option<Reply> {
    match &caller.user {
        None if !is_get => Some(Reply::no_csrf_token()),
        None if !state.feature("FEATURE_ANONYMOUS_ACCESS") => Some(Reply::no_anonymous_access()),
        _ if !is_get && state.setting("REGISTRY_STATE") == "readonly" => Some(Reply::read_only()),
        _ => None,
    }
}

/// The parts of a request that decide about the answer.
struct Parts<'a> {
    method: &'a str,
    origin: &'a str,
    path: &'a str,
    query: &'a str,
    headers: &'a HeaderMap,
}

/// There is no other version of the API: its paths belong to the web pages.
async fn no_api(request: Request) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let origin = format!("http://{host}");
    let path = request.uri().path();
    let reply = if path.ends_with('/') { Reply::no_such_page() } else { Reply::redirect(&format!("{origin}{path}/")) };
    reply.into_response(&origin)
}

async fn serve(Shared(quay): Shared<Arc<Quay>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let content = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let origin = format!("http://{host}");
    let request = Parts {
        // A HEAD is a GET whose body the HTTP layer leaves out.
        method: if parts.method == Method::HEAD { "GET" } else { parts.method.as_str() },
        origin: &origin,
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or_default(),
        headers: &parts.headers,
    };
    quay.answer(&request, content).into_response(&origin)
}
