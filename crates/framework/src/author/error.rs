//! What a resource's code fails with.

use crate::model::{Mismatch, UnknownValue};
use crate::path::Path;
use crate::{Diagnostic, Diagnostics};

/// The result of everything that talks to a server.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure, ready to be shown. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    summary: String,
    detail: String,
    path: Option<Path>,
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

/// Errors of other crates: the first paragraph of what they display is the summary. The others are the detail, with what their sources
/// display.
impl<E: std::error::Error> From<E> for Error {
    fn from(error: E) -> Self {
        let text = error.to_string();
        let (summary, detail) = text.split_once("\n\n").unwrap_or((&text, ""));
        let sources = std::iter::successors(error.source(), |source| source.source());
        let paragraphs: Vec<String> = Some(detail.to_owned())
            .into_iter()
            .chain(sources.map(ToString::to_string))
            .filter(|p| !p.is_empty())
            .collect();
        Self::new(summary, paragraphs.join("\n\n"))
    }
}

impl From<UnknownValue> for Error {
    fn from(error: UnknownValue) -> Self {
        Self::new("Bug in the provider", error.to_string())
    }
}

impl From<Mismatch> for Error {
    fn from(error: Mismatch) -> Self {
        Self::bug(format!("A value does not have the type of its attribute. {error}"))
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

#[cfg(test)]
mod tests {
    use std::{error, fmt};

    use super::*;

    #[derive(Debug)]
    struct Told(&'static str, Option<Box<Told>>);

    impl fmt::Display for Told {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl error::Error for Told {
        fn source(&self) -> Option<&(dyn error::Error + 'static)> {
            self.1.as_ref().map(|source| source.as_ref() as _)
        }
    }

    #[test]
    fn an_error_of_another_crate_is_told_in_paragraphs() {
        let told = Error::from(Told("Cannot read it: no answer\n\nGET /it got none.\n\nTry again.", None));
        assert_eq!((told.summary(), told.detail()), ("Cannot read it: no answer", "GET /it got none.\n\nTry again."));

        let told = Error::from(Told("no room", Some(Box::new(Told("the disk is full", None)))));
        assert_eq!((told.summary(), told.detail()), ("no room", "the disk is full"));
    }
}
