//! What every request passes on its way to a service: the count, the latency, the faults.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderValue, StatusCode, header, response};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::connection::Cut;
use crate::credentials::Credentials;
use crate::faults::{Action, Faults};
use crate::foreign;
use crate::harbor::Harbor;
use crate::journal::{Journal, Unsent};
use crate::options::Options;
use crate::patch;
use crate::quay::Quay;
use crate::request_counts::RequestCounts;
use crate::saagie::Saagie;
use crate::service::Service;

/// All services, and what stands before them.
pub struct Gateway {
    /// What goes wrong on demand.
    pub faults: Faults,
    /// Counts of requests.
    pub request_counts: RequestCounts,
    /// What was asked and answered.
    pub(crate) journal: Journal,
    latency: AtomicU64,
    first_latency: Duration,
    credentials: Credentials,
    quay: Arc<Quay>,
    harbor: Arc<Harbor>,
    services: Vec<Arc<dyn Service>>,
    /// What every service held at the start.
    seed: Value,
    /// The last answers to requests that a fault wants to know, by URL and token.
    remembered: Mutex<HashMap<String, Remembered>>,
    /// Requests that are still worked on, though they were answered: after how many others they are done.
    late: Mutex<Vec<(u32, Request, Next)>>,
}

impl Gateway {
    /// Makes the services of a simulator that listens at `url`.
    pub(crate) fn new(options: Options, url: String) -> Self {
        let latency = options.latency;
        let quay = Quay::new(options.quay);
        let harbor = Harbor::new(options.harbor);
        let saagie = Saagie::new(options.saagie);
        let credentials = Credentials {
            url,
            quay_token: quay.token("admin").unwrap_or_default(),
            harbor_username: harbor.admin_username(),
            harbor_password: harbor.admin_password(),
            saagie_username: saagie.username(),
            saagie_password: saagie.password(),
            saagie_realm: saagie.realm(),
            saagie_platform_id: saagie.platform_id().to_string(),
            saagie_project_id: saagie.project_id(),
        };
        let services: Vec<Arc<dyn Service>> = vec![quay.clone(), harbor.clone(), saagie];
        let gateway = Self {
            faults: Faults::default(),
            request_counts: RequestCounts::default(),
            journal: Journal::default(),
            latency: AtomicU64::default(),
            first_latency: latency,
            credentials,
            quay,
            harbor,
            seed: dump(&services),
            services,
            remembered: Mutex::default(),
            late: Mutex::default(),
        };
        gateway.set_latency(latency);
        gateway
    }

    /// All services' routes behind the faults.
    pub(crate) fn router(self: Arc<Self>) -> Router {
        let services =
            self.services.iter().fold(Router::new(), |router, service| router.merge(service.clone().router()));
        services.fallback(|| async { StatusCode::NOT_FOUND }).layer(from_fn_with_state(self, intercept))
    }

    /// The routes of the storage behind Quay, behind the same faults.
    pub(crate) fn storage(self: Arc<Self>) -> Router {
        self.quay.clone().storage().layer(from_fn_with_state(self, intercept))
    }

    /// What logs in.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// The Quay service.
    pub fn quay(&self) -> &Quay {
        &self.quay
    }

    /// The Harbor service.
    pub fn harbor(&self) -> &Harbor {
        &self.harbor
    }

    /// An object with a member per service.
    pub fn dump(&self) -> Value {
        dump(&self.services)
    }

    /// Applies a patch to the dump and puts the result in place.
    ///
    /// # Errors
    /// See [`Simulator::edit`](crate::Simulator::edit).
    pub fn edit(&self, change: &Value) -> Result<(), String> {
        let before = self.dump();
        let mut after = before.clone();
        patch::apply(&mut after, change)?;
        let put = self.put(&after).and_then(|()| match lost(&after, &self.dump()) {
            Some(path) => Err(format!("nothing knows {path:?}")),
            None => Ok(()),
        });
        put.inspect_err(|_| {
            // Some services may have taken their part.
            let _ = self.put(&before);
        })
    }

    fn put(&self, dump: &Value) -> Result<(), String> {
        self.services.iter().try_for_each(|service| {
            let state = dump.get(service.name()).cloned().unwrap_or_default();
            service.replace(state).map_err(|error| format!("{}: {error}", service.name()))
        })
    }

    /// Takes all faults back, with the answers that they remembered.
    pub fn clear_faults(&self) {
        self.faults.clear();
        self.journal.forget();
        self.late.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Back to how it was at the start.
    pub fn reset(&self) {
        self.clear_faults();
        self.request_counts.reset();
        self.set_latency(self.first_latency);
        // A service reads what it dumped itself.
        let _ = self.put(&self.seed);
    }

    fn remembered(&self, key: &str) -> Option<Response> {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.get(key).map(|(parts, body)| Response::from_parts(parts.clone(), Body::from(body.clone())))
    }

    async fn remember(&self, key: String, response: Response) -> Response {
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.insert(key, (parts.clone(), body.clone()));
        Response::from_parts(parts, Body::from(body))
    }

    /// Counts a request. Gives its method and route.
    fn count(&self, request: &Request) -> (String, String) {
        let path = request.uri().path();
        let known = self.services.iter().find_map(|service| service.route(path));
        let matched = || request.extensions().get::<MatchedPath>().map(|matched| matched.as_str().to_owned());
        let route = known.or_else(matched).unwrap_or_else(|| path.to_owned());
        self.request_counts.count(request.method().as_str(), &route);
        (request.method().to_string(), route)
    }

    /// Finishes what is due.
    async fn catch_up(&self) {
        let due: Vec<_> = {
            let mut late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
            late.iter_mut().for_each(|(left, ..)| *left = left.saturating_sub(1));
            late.extract_if(.., |(left, ..)| *left == 0).collect()
        };
        for (_, request, next) in due {
            next.run(request).await;
        }
    }

    async fn wait(&self) {
        let latency = Duration::from_micros(self.latency.load(Ordering::Relaxed));
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
    }

    /// Waits this long before each request is handled.
    pub fn set_latency(&self, latency: Duration) {
        self.latency.store(u64::try_from(latency.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

fn dump(services: &[Arc<dyn Service>]) -> Value {
    services.iter().map(|service| (service.name().to_owned(), service.dump())).collect()
}

/// A path to a member of `wanted` that is not in `got`: misspelt, as a rule.
fn lost(wanted: &Value, got: &Value) -> Option<String> {
    match (wanted, got) {
        (Value::Object(wanted), Value::Object(got)) => wanted.iter().find_map(|(name, wanted)| match got.get(name) {
            Some(got) => lost(wanted, got).map(|path| format!("/{name}{path}")),
            None => Some(format!("/{name}")),
        }),
        (Value::Array(wanted), Value::Array(got)) => {
            let mut pairs = wanted.iter().zip(got).enumerate();
            pairs.find_map(|(at, (wanted, got))| lost(wanted, got).map(|path| format!("/{at}{path}")))
        }
        _ => None,
    }
}

/// An answer that may be given once more.
type Remembered = (response::Parts, Bytes);

/// Notes a request and its answer.
async fn intercept(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request,
    next: Next,
) -> Response {
    let (request, asked) = gateway.journal.asked(request).await;
    let response = answered(&gateway, &cut, request, next).await;
    gateway.journal.answered(asked, response).await
}

/// Counts a request, lets it wait, and lets go wrong with it what shall.
async fn answered(gateway: &Gateway, cut: &Cut, request: Request, next: Next) -> Response {
    let (counted, route) = gateway.count(&request);
    gateway.catch_up().await;
    gateway.wait().await;
    let (method, path) = (request.method().as_str(), request.uri().path());
    if gateway.services.iter().any(|service| service.is_down(path)) {
        return cut_off(cut);
    }
    let wanted = method == "GET" && gateway.faults.wants_answer(method, path);
    let key = format!("{} {:?}", request.uri(), request.headers().get(header::AUTHORIZATION));
    let mut after = None;
    for action in gateway.faults.meet(method, path) {
        match action {
            Action::Delay { milliseconds } => tokio::time::sleep(Duration::from_millis(milliseconds)).await,
            Action::Answer { status, content_type, body, headers } => {
                return answer(status, &content_type, body, &headers);
            }
            Action::Late { status, after } => {
                let (parts, body) = request.into_parts();
                let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
                let request = Request::from_parts(parts, Body::from(body));
                gateway.late.lock().unwrap_or_else(PoisonError::into_inner).push((after, request, next));
                return answer(status, "text/html", "<html><body>The server does not answer</body></html>".into(), &[]);
            }
            Action::CutBefore => return cut_off(cut),
            Action::Stale => match gateway.remembered(&key) {
                Some(stale) => return stale,
                None => continue,
            },
            Action::CutAfter
            | Action::Truncate
            | Action::ReplaceAfter { .. }
            | Action::HalveAfter { .. }
            | Action::AnotherAfter { .. } => after = Some(action),
        }
    }
    let response = next.run(request).await;
    if response.status().is_server_error() {
        gateway.request_counts.count_failure(&counted, &route);
    }
    let response = if wanted { gateway.remember(key, response).await } else { response };
    match after {
        None => response,
        Some(Action::Truncate) => truncate(cut, response).await,
        Some(Action::ReplaceAfter { status, content_type, body }) => {
            answer(status.unwrap_or(response.status().as_u16()), &content_type, body, &[])
        }
        Some(Action::HalveAfter { status }) => rewritten(response, status, |_, body| foreign::half(&body)).await,
        Some(Action::AnotherAfter { status, members }) => {
            rewritten(response, status, |parts, body| {
                foreign::elsewhere(parts);
                foreign::another(&body, &members).unwrap_or(body)
            })
            .await
        }
        Some(_) => cut_off(cut),
    }
}

/// An answer with another body, of the length that it has, and perhaps another status.
async fn rewritten(
    response: Response,
    status: Option<u16>,
    rewrite: impl FnOnce(&mut response::Parts, String) -> String,
) -> Response {
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let body = rewrite(&mut parts, String::from_utf8_lossy(&body).into_owned());
    parts.headers.remove(header::CONTENT_LENGTH);
    if let Some(status) = status.and_then(|status| StatusCode::from_u16(status).ok()) {
        parts.status = status;
    }
    Response::from_parts(parts, Body::from(body))
}

/// Ends the connection; what is returned never reaches the client.
fn cut_off(cut: &Cut) -> Response {
    cut.now();
    let mut response = StatusCode::SERVICE_UNAVAILABLE.into_response();
    response.extensions_mut().insert(Unsent);
    response
}

fn answer(status: u16, content_type: &str, body: String, headers: &[(String, String)]) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let content_type = [(header::CONTENT_TYPE.as_str(), content_type)];
    let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in content_type.into_iter().chain(headers) {
        if let (Ok(name), Ok(value)) = (header::HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// Announces the whole body and sends half of it.
async fn truncate(cut: &Cut, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    match body.len() / 2 {
        0 => cut.now(),
        half => cut.after_body(half),
    }
    Response::from_parts(parts, Body::from(body))
}
