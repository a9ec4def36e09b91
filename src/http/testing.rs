//! Test support: a wire without sockets, whose answers a closure gives, on tokio's clock.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use super::wire::{Lost, Outgoing, Wire};
use super::{Answer, Asked, Client, Credentials, Dialect, Settings, Verdict, kind_of_status, route_missing};
use crate::http::Kind;

/// What the fake server does with one request.
#[derive(Clone)]
pub(crate) struct Reply {
    after: Duration,
    result: Result<Answer, Lost>,
}

impl Reply {
    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self::of(Answer::new(status, "application/json", body.to_string()))
    }

    pub(crate) fn of(answer: Answer) -> Self {
        Self { after: Duration::ZERO, result: Ok(answer) }
    }

    pub(crate) fn never_sent() -> Self {
        Self {
            after: Duration::ZERO,
            result: Err(Lost::NeverSent { why: "connection refused".to_owned(), lasting: false }),
        }
    }

    pub(crate) fn cut() -> Self {
        Self {
            after: Duration::ZERO,
            result: Err(Lost::NoAnswer { why: "connection closed".to_owned(), under_way: false }),
        }
    }

    pub(crate) fn timed_out() -> Self {
        Self {
            after: Duration::ZERO,
            result: Err(Lost::NoAnswer { why: "no answer within 60 s".to_owned(), under_way: true }),
        }
    }

    pub(crate) fn after(self, after: Duration) -> Self {
        Self { after, ..self }
    }
}

/// A request as the fake server saw it.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// `GET /api/things/a?page=2`.
    pub(crate) line: String,
    pub(crate) authorization: Option<String>,
    pub(crate) body: Option<Value>,
    pub(crate) timeout: Option<Duration>,
}

type Handler = Box<dyn Fn(&Request) -> Reply + Send + Sync>;

/// The fake server. It handles a request when it comes in, and answers after the reply's delay.
pub(crate) struct Server {
    handler: Handler,
    log: Mutex<Vec<String>>,
}

impl Server {
    pub(crate) fn new(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { handler: Box::new(handler), log: Mutex::default() })
    }

    /// Answers with each reply in turn, and then with 599.
    pub(crate) fn script(replies: Vec<Reply>) -> Arc<Self> {
        let replies = Mutex::new(replies.into_iter());
        Self::new(move |_| replies.lock().unwrap().next().unwrap_or_else(|| Reply::json(599, Value::Null)))
    }

    /// The requests so far, as method, path and query.
    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    pub(crate) fn count(&self, prefix: &str) -> usize {
        self.log().iter().filter(|line| line.starts_with(prefix)).count()
    }

    pub(crate) fn client(self: &Arc<Self>) -> Client {
        self.client_with(settings(), Credentials::None)
    }

    pub(crate) fn client_with(self: &Arc<Self>, settings: Settings, credentials: Credentials) -> Client {
        Client::over(settings, credentials, Plain, Arc::clone(self) as Arc<dyn Wire>)
    }
}

/// The settings of tests: no environment, no proxies.
pub(crate) fn settings() -> Settings {
    Settings { proxy_url: Some(String::new()), ..Settings::new("http://127.0.0.1:1") }
}

#[async_trait]
impl Wire for Server {
    async fn call(&self, outgoing: Outgoing) -> Result<Answer, Lost> {
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
pub(crate) struct Plain;

impl Dialect for Plain {
    fn service(&self) -> &'static str {
        "Plain"
    }

    fn root(&self) -> &'static str {
        "/api/"
    }

    fn judge(&self, asked: &Asked<'_>, answer: &Answer) -> Verdict {
        if answer.status() < 300 {
            return Verdict::Fine;
        }
        let message = answer.json().and_then(|json| Some(json.get("message")?.as_str()?.to_owned()));
        let kind = if route_missing(asked, answer) {
            Kind::NotOffered
        } else if message.as_deref().is_some_and(|message| message.contains("read-only")) {
            Kind::ReadOnly
        } else if answer.status() == 404 && message.is_some() {
            Kind::Gone
        } else {
            kind_of_status(answer.status())
        };
        Verdict::failed(kind, message)
    }
}
