//! Test support: a wire without sockets, whose answers a closure gives, on tokio's clock.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use super::wire::{Transport, TransportError, TransportRequest};
use super::{
    Answer, Classified, Client, Credentials, ErrorModel, RequestInfo, Settings, kind_of_status, route_missing,
};
use crate::Kind;

#[cfg(target_os = "linux")]
pub mod dns;

/// What the fake server does with one request.
#[derive(Clone)]
pub struct Reply {
    after: Duration,
    result: Result<Answer, TransportError>,
}

impl Reply {
    /// An answer with a JSON body.
    pub fn json(status: u16, body: Value) -> Self {
        Self::of(Answer::new(status, "application/json", body.to_string()))
    }

    /// This answer.
    pub fn of(answer: Answer) -> Self {
        Self { after: Duration::ZERO, result: Ok(answer) }
    }

    /// The request does not leave the machine.
    pub fn never_sent() -> Self {
        Self {
            after: Duration::ZERO,
            result: Err(TransportError::NeverSent { why: "connection refused".to_owned(), lasting: false }),
        }
    }

    /// The connection ends before an answer.
    pub fn cut() -> Self {
        Self {
            after: Duration::ZERO,
            result: Err(TransportError::NoAnswer { why: "connection closed".to_owned(), under_way: false }),
        }
    }

    /// No answer comes in time.
    pub fn timed_out() -> Self {
        Self {
            after: Duration::ZERO,
            result: Err(TransportError::NoAnswer { why: "no answer within 60 s".to_owned(), under_way: true }),
        }
    }

    /// The same, that long after the request.
    pub fn after(self, after: Duration) -> Self {
        Self { after, ..self }
    }
}

/// A request as the fake server saw it.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET /api/things/a?page=2`.
    pub line: String,
    /// The header.
    pub authorization: Option<String>,
    /// The body, which is JSON.
    pub body: Option<Value>,
    /// How long the client waits for the answer.
    pub timeout: Option<Duration>,
}

type Handler = Box<dyn Fn(&Request) -> Reply + Send + Sync>;

/// The fake server. It handles a request when it comes in, and answers after the reply's delay.
pub struct Server {
    handler: Handler,
    log: Mutex<Vec<String>>,
}

impl Server {
    /// A server that answers each request with what `handler` says.
    pub fn new(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { handler: Box::new(handler), log: Mutex::default() })
    }

    /// Answers with each reply in turn, and then with 599.
    pub fn script(replies: Vec<Reply>) -> Arc<Self> {
        let replies = Mutex::new(replies.into_iter());
        Self::new(move |_| replies.lock().unwrap().next().unwrap_or_else(|| Reply::json(599, Value::Null)))
    }

    /// The requests so far, as method, path and query.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// How many requests began so: `POST /api/things`.
    pub fn count(&self, prefix: &str) -> usize {
        self.log().iter().filter(|line| line.starts_with(prefix)).count()
    }

    /// A client of this server, without credentials.
    pub fn client(self: &Arc<Self>) -> Client {
        self.client_with(settings(), Credentials::None)
    }

    /// A client of this server.
    pub fn client_with(self: &Arc<Self>, settings: Settings, credentials: Credentials) -> Client {
        Client::over(settings, credentials, Plain, Arc::clone(self) as Arc<dyn Transport>)
    }
}

/// The settings of tests: no environment, no proxies.
pub fn settings() -> Settings {
    Settings { proxy_url: Some(String::new()), ..Settings::new("http://127.0.0.1:1") }
}

#[async_trait]
impl Transport for Server {
    async fn call(&self, outgoing: TransportRequest) -> Result<Answer, TransportError> {
        let query = outgoing.url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let request = Request {
            line: format!("{} {}{query}", outgoing.method, outgoing.url.path()),
            authorization: outgoing.headers.get("authorization").map(|value| value.to_str().unwrap().to_owned()),
            timeout: outgoing.timeout,
            body: outgoing.body.map(|body| serde_json::from_slice(&body).unwrap()),
        };
        self.log.lock().unwrap().push(request.line.clone());
        let reply = (self.handler)(&request);
        // Even an immediate answer takes a turn of the scheduler, as on a network.
        tokio::task::yield_now().await;
        if !reply.after.is_zero() {
            tokio::time::sleep(reply.after).await;
        }
        reply.result
    }
}

/// A service with plain JSON messages.
pub struct Plain;

impl ErrorModel for Plain {
    fn service(&self) -> &'static str {
        "Plain"
    }

    fn root(&self) -> &'static str {
        "/api/"
    }

    fn judge(&self, asked: &RequestInfo<'_>, answer: &Answer) -> Classified {
        if answer.status() < 300 {
            return Classified::Fine;
        }
        let message = answer.json().and_then(|json| Some(json.get("message")?.as_str()?.to_owned()));
        let kind = if route_missing(asked, answer) {
            Kind::Unsupported
        } else if message.as_deref().is_some_and(|message| message.contains("read-only")) {
            Kind::ReadOnly
        } else if answer.status() == 404 && message.is_some() {
            Kind::NotFound
        } else {
            kind_of_status(answer.status())
        };
        Classified::failed(kind, message)
    }
}
