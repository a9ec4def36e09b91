//! What was asked and answered, and what is done at an answer: for tests that go through a step of a client's request by request.

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::header;
use axum::response::Response;

/// One request and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Method of the request.
    pub method: String,
    /// Path and query, as sent.
    pub path: String,
    /// Body of the request, as text.
    pub request: String,
    /// Status of the answer; `None` where the connection was cut instead.
    pub status: Option<u16>,
    /// `Content-Type` of the answer, or nothing.
    pub content_type: String,
    /// `Location` of the answer, or nothing.
    pub location: String,
    /// Body of the answer, as text.
    pub body: String,
}

/// Marks an answer that never reaches the client.
#[derive(Clone, Copy)]
pub(crate) struct Unsent;

/// What is done at an answer.
type Task = Box<dyn FnOnce() + Send>;

/// Keeps exchanges while somebody wants them.
#[derive(Default)]
pub(crate) struct Journal {
    kept: Mutex<Option<Vec<Exchange>>>,
    /// What is done before the answer goes out that comes after so many others.
    waiting: Mutex<Option<(u64, Task)>>,
}

impl Journal {
    /// From now on exchanges are kept; those of before are forgotten.
    pub(crate) fn begin(&self) {
        *lock(&self.kept) = Some(Vec::new());
    }

    /// What was kept since then; no more is kept.
    pub(crate) fn end(&self) -> Vec<Exchange> {
        lock(&self.kept).take().unwrap_or_default()
    }

    /// Does this before the answer goes out that comes after so many others.
    pub(crate) fn at_answer(&self, after: u64, task: Task) {
        *lock(&self.waiting) = Some((after, task));
    }

    /// Does nothing at any answer.
    pub(crate) fn forget(&self) {
        *lock(&self.waiting) = None;
    }

    /// The request's part of an exchange, where exchanges are kept.
    pub(crate) async fn asked(&self, request: Request) -> (Request, Option<Exchange>) {
        if lock(&self.kept).is_none() {
            return (request, None);
        }
        let (parts, body) = request.into_parts();
        let body = whole(body).await;
        let path = parts.uri.path_and_query().map_or_else(|| parts.uri.path().to_owned(), ToString::to_string);
        let exchange = Exchange {
            method: parts.method.to_string(),
            path,
            request: String::from_utf8_lossy(&body).into_owned(),
            status: None,
            content_type: String::new(),
            location: String::new(),
            body: String::new(),
        };
        (Request::from_parts(parts, Body::from(body)), Some(exchange))
    }

    /// Notes the answer, and does what is to be done at it.
    pub(crate) async fn answered(&self, exchange: Option<Exchange>, response: Response) -> Response {
        let response = match exchange {
            Some(exchange) => self.note(exchange, response).await,
            None => response,
        };
        self.at_this_answer();
        response
    }

    async fn note(&self, mut exchange: Exchange, response: Response) -> Response {
        let (parts, body) = response.into_parts();
        let body = whole(body).await;
        if parts.extensions.get::<Unsent>().is_none() {
            let text =
                |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
            exchange.status = Some(parts.status.as_u16());
            exchange.content_type = text(header::CONTENT_TYPE);
            exchange.location = text(header::LOCATION);
            exchange.body = String::from_utf8_lossy(&body).into_owned();
        }
        if let Some(kept) = lock(&self.kept).as_mut() {
            kept.push(exchange);
        }
        Response::from_parts(parts, Body::from(body))
    }

    fn at_this_answer(&self) {
        let due = {
            let mut waiting = lock(&self.waiting);
            match waiting.take() {
                Some((0, task)) => Some(task),
                Some((after, task)) => {
                    *waiting = Some((after - 1, task));
                    None
                }
                None => None,
            }
        };
        if let Some(task) = due {
            task();
        }
    }
}

async fn whole(body: Body) -> Bytes {
    to_bytes(body, usize::MAX).await.unwrap_or_default()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
