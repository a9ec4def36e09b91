//! What a resource's code fails with.

use crate::framework::model::{Mismatch, NotYet};
use crate::framework::path::Path;
use crate::framework::{Diagnostic, Diagnostics};

/// The result of everything that talks to a server.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure, ready to be shown. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    summary: String,
    detail: String,
    path: Option<Path>,
}

/// An error of another layer that can explain itself to a user.
pub trait Explain {
    /// One line: what failed.
    fn summary(&self) -> String;
    /// Why, and what to do.
    fn detail(&self) -> String;
}

impl Error {
    /// What failed in one line; why, and what to do.
    pub fn new(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { summary: summary.into(), detail: detail.into(), path: None }
    }

    /// A bug of ours.
    pub fn bug(what: impl std::fmt::Display) -> Self {
        Self::new("Bug in the provider", format!("{what}. Please report this to the provider's developers."))
    }

    /// The same, pinned to an attribute.
    #[must_use]
    pub fn at(mut self, path: impl Into<Path>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// The same with more to say at the end.
    #[must_use]
    pub fn with_hint(mut self, hint: impl AsRef<str>) -> Self {
        self.detail = format!("{}\n\n{}", self.detail.trim_end(), hint.as_ref());
        self
    }

    /// One line: what failed.
    pub fn summary(&self) -> &str {
        &self.summary
    }

    /// Why, and what to do.
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl<E: Explain> From<E> for Error {
    fn from(error: E) -> Self {
        Self::new(error.summary(), error.detail())
    }
}

impl Explain for NotYet {
    fn summary(&self) -> String {
        "Bug in the provider".to_owned()
    }

    fn detail(&self) -> String {
        self.to_string()
    }
}

impl Explain for Mismatch {
    fn summary(&self) -> String {
        "Bug in the provider".to_owned()
    }

    fn detail(&self) -> String {
        format!(
            "A value does not have the type of its attribute. {self}. Please report this to the provider's developers."
        )
    }
}

impl From<Error> for Diagnostic {
    fn from(error: Error) -> Self {
        let mut diagnostic = Diagnostic::error(error.summary, error.detail);
        diagnostic.path = error.path;
        diagnostic
    }
}

impl From<Error> for Diagnostics {
    fn from(error: Error) -> Self {
        Diagnostic::from(error).into()
    }
}
