//! Where the arguments of a provider's block come from: the block itself, or the environment.

use std::ops::RangeInclusive;
use std::time::Duration;

use registry_http::Pem;
use terraform_framework::author::{Error, Result, Variables};
use terraform_framework::{Connection, Secret, check};

/// Arguments of one provider, and the environment variables that stand for those that its block leaves out: `QUAY_URL` for `url`.
pub struct Source {
    /// `quay`.
    pub(super) service: &'static str,
    pub(super) terraform_version: String,
    variables: Variables,
}

impl Source {
    /// The sources of a provider.
    pub fn new(service: &'static str, connection: &Connection) -> Self {
        let (terraform_version, variables) = (connection.terraform_version.clone(), connection.variables.clone());
        Self { service, terraform_version, variables }
    }

    /// The name of the environment variable of an argument.
    pub fn name(&self, argument: &str) -> String {
        format!("{}_{}", self.service, argument).to_uppercase()
    }

    /// The environment variable of an argument, as it is set.
    pub(super) fn variable(&self, argument: &str) -> Option<String> {
        self.variables.get(&self.name(argument))
    }

    /// A text from its argument, or from the environment, where empty is unset.
    pub fn text(&self, name: &str, argument: Option<&String>) -> Option<String> {
        argument.cloned().or_else(|| self.variable(name).filter(|text| !text.is_empty()))
    }

    /// The same, where it must be there.
    ///
    /// # Errors
    /// When it is neither in the block nor in the environment; the error names both.
    pub fn required(&self, what: &str, name: &str, argument: Option<&String>) -> Result<String> {
        self.text(name, argument).ok_or_else(|| self.missing(what, name))
    }

    /// A secret from its argument, or from the environment.
    pub fn secret(&self, name: &str, argument: Option<&Secret>) -> Option<Secret> {
        argument.cloned().or_else(|| self.text(name, None).map(Secret::from))
    }

    /// That an argument is needed.
    pub fn missing(&self, what: &str, name: &str) -> Error {
        let detail = format!("Set `{name}` in the provider block, or the environment variable {}.", self.name(name));
        Error::new(format!("{what} is missing"), detail).at(name)
    }

    /// A text that means something else. It is shown in the error, so it must not be a secret.
    ///
    /// # Errors
    /// When `parse` gives nothing.
    pub(super) fn parsed<T>(
        &self,
        name: &str,
        argument: Option<&String>,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>> {
        let Some(text) = self.text(name, argument) else { return Ok(None) };
        let bad = || {
            let detail = format!(
                "`{name}`, or the environment variable {}, is {text:?}, which cannot be right.",
                self.name(name)
            );
            Error::new("Invalid provider configuration", detail).at(name)
        };
        parse(&text).map(Some).ok_or_else(bad)
    }

    /// A length of time.
    ///
    /// # Errors
    /// When it is none, such as `10 seconds`, or zero.
    pub fn duration(&self, name: &str, argument: &Option<String>, default: Duration) -> Result<Duration> {
        Ok(self.parsed(name, argument.as_ref(), check::parse_duration)?.unwrap_or(default))
    }

    pub(super) fn number<T: TryFrom<i64>>(
        &self,
        name: &str,
        argument: Option<i64>,
        range: RangeInclusive<i64>,
    ) -> Result<Option<T>> {
        let text = argument.map(|n| n.to_string());
        let parse = |t: &str| t.trim().parse().ok().filter(|n| range.contains(n)).and_then(|n| T::try_from(n).ok());
        self.parsed(name, text.as_ref(), parse)
    }

    pub(super) fn pem(&self, name: &str, argument: Option<&str>) -> Option<Pem> {
        argument.map(ToOwned::to_owned).or_else(|| self.text(name, None)).map(|text| Pem::text_or_file(&text))
    }
}

/// A file's content, for a secret that is kept in a file.
///
/// # Errors
/// When the file cannot be read.
pub fn secret_file(name: &str, path: &str) -> Result<Secret> {
    let text = std::fs::read_to_string(path).map_err(|e| {
        Error::new("Secret cannot be read", format!("The file {path:?} of `{name}` cannot be read: {e}.")).at(name)
    })?;
    Ok(Secret::from(text.trim().to_owned()))
}
