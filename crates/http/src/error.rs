//! Errors: what a resource can act upon, and the words that a user sees.

use std::fmt;

use ::http::Method;

use super::dialect::{Advice, FailureContext};

/// What kind of failure it was. Resources act upon this; the words are for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The object is not there, and the server's API itself says so.
    NotFound,
    /// This server has no such route: a feature is off, the server is too old, or it is not the expected service.
    Unsupported,
    /// Something else answered in the service's place, such as a proxy or load balancer: the answer says nothing about the object.
    Foreign,
    /// The credentials are missing, wrong or expired.
    Unauthenticated,
    /// The credentials are good, but may not do this.
    Forbidden,
    /// The server answered as it does to an anonymous reader: it took no notice of the credentials.
    AnonymousView,
    /// The object exists already, or something stands against the change.
    Conflict,
    /// The server understood and refused.
    Rejected,
    /// The server or the object takes no changes at present (read-only or mirror mode).
    ReadOnly,
    /// The server failed (500).
    ServerError,
    /// The server, or a proxy before it or a service behind it, was overloaded or down (429, 502, 503, 504) until the attempts were used up.
    Unavailable,
    /// No connection: the request was never sent.
    Unreachable,
    /// A read that was sent and never answered.
    NoAnswer,
    /// A write was sent, and it is not known whether it was carried out.
    UnknownOutcome,
    /// An answer came that is not this API's: HTML, empty, cut off, too large, or of an unexpected shape.
    Undecodable,
    /// The work was stopped (Ctrl-C).
    Cancelled,
    /// The time that was given is over.
    TimedOut,
    /// A setting or a name is not valid: nothing was sent.
    Configuration,
}

impl Kind {
    /// What happened, as the end of a sentence that begins with "Cannot create robot acme+ci: ".
    fn words(self) -> &'static str {
        match self {
            Self::NotFound => "it does not exist",
            Self::Unsupported => "the server does not offer this",
            Self::Foreign => "the answer did not come from the service",
            Self::Unauthenticated => "the server does not accept the credentials",
            Self::Forbidden => "the credentials do not allow it",
            Self::AnonymousView => "the server treated the request as anonymous",
            Self::Conflict => "it conflicts with what exists",
            Self::Rejected => "the server refused the request",
            Self::ReadOnly => "the server takes no changes at present",
            Self::ServerError => "the server failed",
            Self::Unavailable => "the server is not available",
            Self::Unreachable => "the server cannot be reached",
            Self::NoAnswer => "no answer came",
            Self::UnknownOutcome => "it is not known whether it was done",
            Self::Undecodable => "the answer cannot be understood",
            Self::Cancelled => "it was stopped",
            Self::TimedOut => "the time is over",
            Self::Configuration => "the settings are not valid",
        }
    }
}

/// A failure with all that a user needs to know. It holds no secrets.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: Kind,
    action: String,
    request: Option<(Method, String)>,
    status: Option<(u16, String)>,
    message: Option<String>,
    notes: Vec<String>,
    advice: Advice,
    under_way: bool,
    after_a_lost_attempt: bool,
}

impl Error {
    /// A failure while doing `action` ("create robot acme+ci").
    pub fn new(kind: Kind, action: impl Into<String>) -> Self {
        let action = action.into();
        let advice = Advice::default();
        Self(Box::new(Inner {
            kind,
            action,
            request: None,
            status: None,
            message: None,
            notes: Vec::new(),
            advice,
            under_way: false,
            after_a_lost_attempt: false,
        }))
    }

    /// A setting that is not valid. `setting` is the argument's name in the provider block.
    pub fn setting(setting: &str, why: impl fmt::Display) -> Self {
        let advice = Advice::remedy(format!("Correct `{setting}` in the provider block or its environment variable."));
        Self::new(Kind::Configuration, "use the provider's settings")
            .with_message(format!("`{setting}` {why}"))
            .with_advice(advice)
    }

    pub(crate) fn with_request(mut self, method: &Method, path: &str) -> Self {
        self.0.request = Some((method.clone(), path.to_owned()));
        self
    }

    pub(crate) fn with_status(mut self, status: u16, text: String) -> Self {
        self.0.status = Some((status, text));
        self
    }

    /// With what the server says.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.0.message = Some(message.into());
        self
    }

    /// With the likely cause, and what to do.
    #[must_use]
    pub fn with_advice(mut self, advice: Advice) -> Self {
        self.0.advice = advice;
        self
    }

    /// Tells that the server may still be at work on the request.
    pub(crate) fn under_way(mut self, under_way: bool) -> Self {
        self.0.under_way = under_way;
        self
    }

    pub(crate) fn is_under_way(&self) -> bool {
        self.0.under_way
    }

    /// Tells that an earlier attempt of the request may have been carried out.
    pub(crate) fn after_a_lost_attempt(mut self) -> Self {
        self.0.after_a_lost_attempt = true;
        self
    }

    pub(crate) fn is_after_a_lost_attempt(&self) -> bool {
        self.0.after_a_lost_attempt
    }

    /// Adds a sentence on what happened meanwhile.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.0.notes.push(note.into());
        self
    }

    pub(crate) fn with_kind(mut self, kind: Kind, facts: &FailureContext<'_>, service: &str) -> Self {
        self.0.kind = kind;
        self.0.advice = Advice::usual(facts, service);
        self
    }

    /// The same failure as one of another kind.
    pub(crate) fn of_kind(mut self, kind: Kind) -> Self {
        self.0.kind = kind;
        self
    }

    /// What kind of failure it was.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Whether the object is not there.
    pub fn is_not_found(&self) -> bool {
        self.0.kind == Kind::NotFound
    }

    /// The status of the answer, if one came.
    pub fn status(&self) -> Option<u16> {
        self.0.status.as_ref().map(|(code, _)| *code)
    }

    /// The server's own message, or what went wrong on the way.
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// One line: what could not be done, and why.
    pub fn summary(&self) -> String {
        format!("Cannot {}: {}", self.0.action, self.0.kind.words())
    }

    /// The request, the status, the server's message, the likely cause and what to do, one paragraph each.
    pub fn detail(&self) -> String {
        let mut parts = vec![self.what_happened()];
        parts.extend(self.0.notes.iter().cloned());
        parts.extend(self.0.advice.cause.iter().map(|cause| format!("Likely cause: {cause}")));
        parts.extend(self.0.advice.remedy.iter().map(|remedy| format!("What to do: {remedy}")));
        parts.retain(|part| !part.is_empty());
        parts.join("\n\n")
    }

    fn what_happened(&self) -> String {
        let message = self.0.message.as_deref().unwrap_or_default();
        let colon = if message.is_empty() { "." } else { ": " };
        match (&self.0.request, &self.0.status) {
            (Some((method, path)), Some((_, status))) => {
                format!("{method} {path} was answered with {status}{colon}{message}")
            }
            (Some((method, path)), None) => format!("{method} {path} got no answer{colon}{message}"),
            (None, _) => message.to_owned(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n\n{}", self.summary(), self.detail())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.0.kind)
    }
}

impl std::error::Error for Error {}
