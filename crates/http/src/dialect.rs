//! How one service words its failures. Each service implements [`ErrorModel`] in its own module.

use ::http::Method;
use futures::future::{BoxFuture, FutureExt, ready};

use super::ability::Ability;
use super::answer::Answer;
use super::client::Client;
use super::error::{Error, Kind};

/// Tells what an answer of one service means.
pub trait ErrorModel: Send + Sync + 'static {
    /// The service's name for people: `Quay`.
    fn service(&self) -> &'static str;

    /// What stands before every route that does not begin with a slash: `/api/v1/`.
    fn root(&self) -> &'static str;

    /// Whether an answer is a failure, and of which kind, with the server's own message. It is asked for every answer, those with status
    /// 200 too. The message must not repeat what the client sent: that may hold secrets.
    fn judge(&self, asked: &RequestInfo<'_>, answer: &Answer) -> Classified;

    /// What most likely caused a failure and what to do, where this service knows better than [`Advice::usual`].
    fn advice(&self, facts: &FailureContext<'_>) -> Advice {
        Advice::usual(facts, self.service())
    }

    /// Whether an answer may be another route's, because the server lacks the ability that the request names. `failure` is the kind of
    /// failure that it seems to be, if it seems to be one.
    fn may_lack(&self, _ability: &Ability, _asked: &RequestInfo<'_>, _status: u16, _failure: Option<Kind>) -> bool {
        false
    }

    /// Whether an object is gone because its holder is: asked where a failure leaves that open.
    fn is_gone_with<'a>(
        &'a self,
        _holder: &'a str,
        _facts: &'a FailureContext<'a>,
        _client: &'a Client,
    ) -> BoxFuture<'a, Result<bool, Error>> {
        ready(Ok(false)).boxed()
    }

    /// Whether the server is known to lack an ability: asked where it may.
    fn lacks<'a>(&'a self, _ability: &'a Ability, _client: &'a Client) -> BoxFuture<'a, Result<bool, Error>> {
        ready(Ok(false)).boxed()
    }
}

/// The request that was answered.
#[derive(Debug, Clone, Copy)]
pub struct RequestInfo<'a> {
    /// The method.
    pub method: &'a Method,
    /// The path as it was sent, without the query.
    pub path: &'a str,
}

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Classified {
    /// Not a failure, as far as the service can tell.
    Fine,
    /// A failure.
    Failed {
        /// Its kind.
        kind: Kind,
        /// The server's own words.
        message: Option<String>,
    },
}

impl Classified {
    /// A failure of `kind` with the server's `message`.
    pub fn failed(kind: Kind, message: Option<String>) -> Self {
        Self::Failed { kind, message }
    }

    pub(crate) fn message(&self) -> Option<&str> {
        match self {
            Self::Fine => None,
            Self::Failed { message, .. } => message.as_deref(),
        }
    }
}

/// What is known of a failure when advice is asked for.
#[derive(Debug, Clone, Copy)]
pub struct FailureContext<'a> {
    /// Its kind.
    pub kind: Kind,
    /// The status, if an answer came.
    pub status: Option<u16>,
    /// The server's own message.
    pub message: Option<&'a str>,
    /// The scope or permission that the request needs.
    pub needs: Option<&'a str>,
    /// What the server must be able to do.
    pub ability: Option<&'static Ability>,
}

/// Why it probably happened and what to do, in sentences for a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Advice {
    /// The likely cause.
    pub cause: Option<String>,
    /// What to do.
    pub remedy: Option<String>,
}

impl Advice {
    /// A cause and what to do.
    pub fn new(cause: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { cause: Some(cause.into()), remedy: Some(remedy.into()) }
    }

    /// Only what to do.
    pub fn remedy(remedy: impl Into<String>) -> Self {
        Self { cause: None, remedy: Some(remedy.into()) }
    }

    /// What holds for another server, whose address the service gave.
    pub(crate) fn elsewhere(kind: Kind, service: &str) -> Self {
        match kind {
            Kind::Unreachable => Self::new(
                format!(
                    "{service} gave this address, of another server. A firewall, a proxy or a certificate stands in the way."
                ),
                "Let this machine reach that server; check the proxy settings. Its certificate must be one that the system or `ca_certificate` trusts.",
            ),
            _ => Self::new(
                format!(
                    "{service} gave this address, of another server, which has rules of its own. It holds for some minutes only."
                ),
                "Look at what that server says, and try again.",
            ),
        }
    }

    /// What holds for every service.
    pub fn usual(facts: &FailureContext<'_>, service: &str) -> Self {
        match facts.kind {
            Kind::Unsupported => not_offered(facts, service),
            Kind::Forbidden => forbidden(facts),
            Kind::Foreign => Self::new(
                format!(
                    "the answer did not come from a {service}: a proxy or load balancer in front of it answered, or `url` is not the \
                     address of a {service}. Nothing was removed from the state."
                ),
                "Check `url`, its path prefix, and that the server behind the proxy is up.",
            ),
            Kind::Unauthenticated | Kind::AnonymousView => Self::new(
                "the token or password is wrong, has expired or was revoked.",
                "Check the credentials in the provider block or the environment. Nothing was removed from the state.",
            ),
            Kind::Undecodable => Self::new(
                format!("`url` is not the address of a {service}, or a proxy or login page answers in its place."),
                "Open the address in a browser; check `url`, its path prefix, and proxies on the way.",
            ),
            Kind::ReadOnly => Self::new(
                "the server, or this object, is in read-only or mirror mode.",
                "Apply again when an administrator has ended that mode.",
            ),
            Kind::ServerError => Self::new(
                format!("an error inside {service}."),
                "Look into the server's log for the time of this request, then apply again.",
            ),
            Kind::Unavailable => Self::new(
                "the server is overloaded or restarting, or limits the rate of requests.",
                "Apply again later; `max_retries`, `requests_per_second` and `max_concurrent_requests` adapt the provider to the server.",
            ),
            Kind::Unreachable => Self::new(
                "the address is wrong, the server is down, or a firewall, proxy or certificate stands in the way.",
                "Check `url`, the proxy settings and the CA certificate.",
            ),
            Kind::NoAnswer => Self::remedy("Apply again; a longer `request_timeout` helps where the server is slow."),
            Kind::UnknownOutcome if facts.status.is_some_and(|status| status < 300) => Self::new(
                format!(
                    "a proxy or a login page answered in the place of the {service}, or its answer was cut or mixed up with another."
                ),
                LOOK_BEFORE_APPLYING,
            ),
            Kind::UnknownOutcome => Self::new(
                "the connection was cut, or a proxy gave up, after the request was sent.",
                LOOK_BEFORE_APPLYING,
            ),
            Kind::TimedOut => Self::remedy("Apply again, or allow more time in `timeouts`."),
            Kind::NotFound | Kind::Conflict | Kind::Rejected | Kind::Cancelled | Kind::Configuration => Self::default(),
        }
    }
}

const LOOK_BEFORE_APPLYING: &str =
    "Look on the server whether it was carried out. If so, import the object or remove it; then apply again.";

fn not_offered(facts: &FailureContext<'_>, service: &str) -> Advice {
    let url = format!("`url` is not the address of a {service}");
    match facts.ability {
        Some(ability) => Advice::new(format!("{}; or {url}.", ability.missing(service)), ability.remedy(service)),
        None => {
            Advice::new(format!("{url}, or the server is too old or restricted."), "Check `url` and its path prefix.")
        }
    }
}

fn forbidden(facts: &FailureContext<'_>) -> Advice {
    match facts.needs {
        Some(needs) => Advice::new(
            format!("the credentials lack {needs}, or their owner has no rights on the object."),
            format!("Use credentials that have {needs}, of an account that may administer the object."),
        ),
        None => Advice::new(
            "the owner of the credentials has no rights on the object.",
            "Use credentials of an account that may do this.",
        ),
    }
}

/// Whether an answer means "this server does not have that route": a redirect to the same path plus a slash, an HTML page with 404, or 405.
pub fn route_missing(asked: &RequestInfo<'_>, answer: &Answer) -> bool {
    match answer.status() {
        301 | 307 | 308 => {
            let location = answer.header("location").unwrap_or_default();
            let path = location.split(['?', '#']).next().unwrap_or_default();
            path.strip_suffix('/').is_some_and(|path| path.ends_with(asked.path))
        }
        404 => answer.is_html() || answer.is_blank(),
        405 => true,
        _ => false,
    }
}

/// What a status means where a service says nothing special. That an object is not there is never among it: only the service's own words
/// say that, and a proxy, a gateway or another server answers 404 and 410 as well.
pub fn kind_of_status(status: u16) -> Kind {
    match status {
        401 => Kind::Unauthenticated,
        403 => Kind::Forbidden,
        404 | 410 => Kind::Foreign,
        405 => Kind::Unsupported,
        409 => Kind::Conflict,
        429 | 502..=504 => Kind::Unavailable,
        500.. => Kind::ServerError,
        300..=399 => Kind::Undecodable,
        _ => Kind::Rejected,
    }
}
