//! The client: one per provider configuration, cheap to clone.

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::sync::OnceCell;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::auth::{Auth, Credentials};
use super::coalesce::ListCache;
use super::counts::{Counts, RouteCount};
use super::dialect::ErrorModel;
use super::endpoint::Endpoint;
use super::error::{Error, Kind};
use super::limits::Limits;
use super::settings::Settings;
use super::wire::{ReqwestTransport, Transport};

/// Sends endpoints to one server. A clone is a handle on the same connections, limits, login and lists.
#[derive(Clone)]
pub struct Client {
    pub(crate) shared: Arc<Shared>,
    pub(crate) cancel: CancellationToken,
    pub(crate) deadline: Option<Instant>,
    pub(crate) scope: Arc<Scope>,
    /// Whether the service may be asked what an answer means.
    pub(crate) asks: bool,
}

/// What is known of the work that one `cancel` stops.
#[derive(Default)]
pub(crate) struct Scope {
    /// Whether it has sent a write.
    pub(crate) wrote: AtomicBool,
    /// When reads end after a stop, noted when the stop is first noticed; `None` where the clock does not reach that far.
    pub(crate) end: OnceLock<Option<Instant>>,
}

pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) base: Url,
    pub(crate) dialect: Box<dyn ErrorModel>,
    pub(crate) auth: Auth,
    pub(crate) limits: Limits,
    pub(crate) counts: Counts,
    pub(crate) slots: ListCache,
    wire: OnceCell<Arc<dyn Transport>>,
    /// To other servers, whose addresses the server gave.
    elsewhere: OnceCell<Arc<dyn Transport>>,
    locks: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

impl Client {
    /// A client for the server that `settings` names. Checks all settings; connects to nothing.
    ///
    /// # Errors
    /// [`Kind::Configuration`], naming the argument.
    pub fn new(settings: Settings, credentials: Credentials, dialect: impl ErrorModel) -> Result<Self, Error> {
        settings.check()?;
        let auth = Auth::new(credentials);
        auth.check()?;
        let shared = Shared {
            base: settings.base()?,
            dialect: Box::new(dialect),
            auth,
            limits: Limits::new(&settings),
            counts: Counts::default(),
            slots: ListCache::default(),
            wire: OnceCell::new(),
            elsewhere: OnceCell::new(),
            locks: Mutex::default(),
            settings,
        };
        Ok(Self {
            shared: Arc::new(shared),
            cancel: CancellationToken::new(),
            deadline: None,
            scope: Arc::default(),
            asks: true,
        })
    }

    /// A client that sends through `wire`.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn over(
        settings: Settings,
        credentials: Credentials,
        dialect: impl ErrorModel,
        wire: Arc<dyn Transport>,
    ) -> Self {
        let client = Self::new(settings, credentials, dialect).unwrap_or_else(|error| panic!("{error}"));
        assert!(client.shared.wire.set(Arc::clone(&wire)).is_ok() && client.shared.elsewhere.set(wire).is_ok());
        client
    }

    /// The same client for work that `cancel` stops: waits, pauses and unanswered reads end with [`Kind::Cancelled`]; a write that was
    /// sent runs to its answer, and what is read after it goes on for at most `request_timeout`.
    #[must_use]
    pub fn cancelled_by(&self, cancel: CancellationToken) -> Self {
        Self { cancel, scope: Arc::default(), ..self.clone() }
    }

    /// The same client for what a service asks to understand an answer: it is not asked about its own questions.
    #[must_use]
    pub fn asking(&self) -> Self {
        Self { asks: false, ..self.clone() }
    }

    /// The same client for work that must end by `deadline`: what is not sent by then is not sent, and reads end with
    /// [`Kind::TimedOut`]; a write that was sent runs to its answer.
    #[must_use]
    pub fn until(&self, deadline: Instant) -> Self {
        Self { deadline: Some(deadline), ..self.clone() }
    }

    /// The token that is sent, for tests of where it comes from.
    #[cfg(any(test, feature = "testing"))]
    pub fn token(&self) -> Option<String> {
        use secrecy::ExposeSecret;
        self.shared.auth.credentials.secrets().first().map(|token| token.expose_secret().to_owned())
    }

    /// The service's name for people.
    pub fn service(&self) -> &'static str {
        self.shared.dialect.service()
    }

    /// The server's address without a trailing slash.
    pub fn url(&self) -> &str {
        self.shared.base.as_str().trim_end_matches('/')
    }

    /// What is allowed in the settings but should be known, each with its argument.
    pub fn warnings(&self) -> Vec<(&'static str, String)> {
        self.shared.settings.warnings()
    }

    /// How many requests were sent.
    pub fn requests(&self) -> u64 {
        self.shared.counts.total()
    }

    /// How many requests were sent, by method and route.
    pub fn requests_by_route(&self) -> Vec<RouteCount> {
        self.shared.counts.by_route()
    }

    /// Sends a request and decodes its answer. Failed attempts are repeated where that is safe.
    ///
    /// # Errors
    /// Any kind; [`Kind::UnknownOutcome`] when a write may or may not have been carried out.
    pub async fn send<T: Send + 'static>(&self, endpoint: Endpoint<T>) -> Result<T, Error> {
        let _touching = self.shared.slots.touch(&endpoint.call.touches);
        self.send_safely(endpoint).await
    }

    /// Like [`send`](Self::send); `None` when the object is not there.
    ///
    /// # Errors
    /// Any kind but [`Kind::NotFound`].
    pub async fn find<T: Send + 'static>(&self, endpoint: Endpoint<T>) -> Result<Option<T>, Error> {
        match self.send(endpoint).await {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Deletes; an object that is not there is a success. Tells whether something was deleted, as far as the
    /// server tells: an attempt of which no answer came may have done it.
    ///
    /// # Errors
    /// Any kind but [`Kind::NotFound`].
    pub async fn delete<T: Send + 'static>(&self, endpoint: Endpoint<T>) -> Result<bool, Error> {
        match self.send(endpoint).await {
            Ok(_) => Ok(true),
            // What was there when the attempt was sent of which no answer came.
            Err(error) if error.is_not_found() => Ok(error.is_after_a_lost_attempt()),
            Err(error) => Err(error),
        }
    }

    /// The wire to the server, or that to others.
    pub(crate) async fn wire(&self, elsewhere: bool) -> Result<Arc<dyn Transport>, Error> {
        let build = || async {
            let settings = self.shared.settings.clone();
            // Off the runtime's threads: reading the system's certificates takes long.
            let built = tokio::task::spawn_blocking(move || ReqwestTransport::new(&settings, elsewhere)).await;
            let network = built.map_err(|_| Error::new(Kind::Configuration, "build the HTTP client"))??;
            Ok(Arc::new(network) as Arc<dyn Transport>)
        };
        let wire = if elsewhere { &self.shared.elsewhere } else { &self.shared.wire };
        wire.get_or_try_init(build).await.map(Arc::clone)
    }

    /// The lock of one collection's writes.
    pub fn lock(&self, name: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.shared.locks.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(locks.entry(name.to_owned()).or_default())
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("url", &self.url()).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "outcome_tests.rs"]
mod outcome_tests;
