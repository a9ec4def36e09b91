//! The arguments of every provider block that say how to reach the server.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::framework::author::{Error, Result};
use crate::framework::{Connection, Nested, Secret, check};
use crate::http::{Pem, Settings, UserAgent};

/// How to reach the server: the same for every service. Each has an environment variable, named after the provider.
#[derive(Debug, Clone, Nested)]
pub struct ConnectionArgs {
    /// Longest time to establish a connection, such as `10s` (the default). Environment: `$PREFIX_CONNECT_TIMEOUT`.
    #[arg(optional, check = check::duration())]
    connect_timeout: Option<String>,
    /// Longest time for one request and its answer, such as `60s` (the default). Environment: `$PREFIX_REQUEST_TIMEOUT`.
    #[arg(optional, check = check::duration())]
    request_timeout: Option<String>,
    /// How often a request that failed for a passing reason is repeated; 4 by default. Environment: `$PREFIX_MAX_RETRIES`.
    #[arg(optional, check = check::between(0, 100))]
    max_retries: Option<i64>,
    /// Pause before the first repetition, such as `500ms` (the default); each further one is twice as long. Environment:
    /// `$PREFIX_RETRY_WAIT_MIN`.
    #[arg(optional, check = check::duration())]
    retry_wait_min: Option<String>,
    /// Longest pause between repetitions, unless the server asks for a longer one; `30s` by default. Environment:
    /// `$PREFIX_RETRY_WAIT_MAX`.
    #[arg(optional, check = check::duration())]
    retry_wait_max: Option<String>,
    /// Most requests in flight at a time; 10 by default. Environment: `$PREFIX_MAX_CONCURRENT_REQUESTS`.
    #[arg(optional, check = check::between(1, 1000))]
    max_concurrent_requests: Option<i64>,
    /// Most requests begun per second; 0 (the default) sets no limit. Environment: `$PREFIX_REQUESTS_PER_SECOND`.
    #[arg(optional, check = check::between(0, 100_000))]
    requests_per_second: Option<i64>,
    /// Largest answer that is read, in MiB; 32 by default. Environment: `$PREFIX_MAX_RESPONSE_MIB`.
    #[arg(optional, check = check::between(1, 1024))]
    max_response_mib: Option<i64>,
    /// How long one list request answers the reads of single objects, such as `30s` (the default); `0s` turns that off, and every
    /// object is read by a request of its own. Environment: `$PREFIX_COALESCE_MAX_AGE`.
    #[arg(optional, check = check::duration_or_zero())]
    coalesce_max_age: Option<String>,
    /// Address of an HTTP proxy; `""` means no proxy. Without it, `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` of the environment count.
    /// Environment: `$PREFIX_PROXY_URL`.
    #[arg(optional)]
    proxy_url: Option<Secret>,
    /// Hosts that are reached without the proxy, separated by commas. Environment: `$PREFIX_NO_PROXY`.
    #[arg(optional)]
    no_proxy: Option<String>,
    /// Certificates (PEM text, or a file's path) of the authorities to trust, instead of the system's. Environment:
    /// `$PREFIX_CA_CERTIFICATE`.
    #[arg(optional)]
    ca_certificate: Option<String>,
    /// Certificate (PEM text, or a file's path) that the client presents. Environment: `$PREFIX_CLIENT_CERTIFICATE`.
    #[arg(optional)]
    client_certificate: Option<String>,
    /// Private key (PEM text, or a file's path) of the client's certificate. Environment: `$PREFIX_CLIENT_KEY`.
    #[arg(optional)]
    client_key: Option<Secret>,
    /// The name that the server's certificate must carry, where it is not the host of `url`. Environment: `$PREFIX_TLS_SERVER_NAME`.
    #[arg(optional)]
    tls_server_name: Option<String>,
    /// Accepts any certificate of the server, with a warning. Environment: `$PREFIX_INSECURE`.
    #[arg(optional)]
    insecure: Option<bool>,
    /// More headers for every request. Environment: `$PREFIX_HEADERS`, as a JSON object.
    #[arg(optional, sensitive)]
    headers: Option<BTreeMap<String, String>>,
    /// Text at the end of the `User-Agent` header. Environment: `$PREFIX_USER_AGENT_SUFFIX`.
    #[arg(optional)]
    user_agent_suffix: Option<String>,
}

/// A secret argument, or its environment variable.
pub type Credential = Option<Secret>;

/// An environment variable of a provider, such as `QUAY_URL` of `QUAY` and `url`. Empty is unset.
pub fn from_env(prefix: &str, argument: &str) -> Option<String> {
    let name = format!("{prefix}_{}", argument.to_uppercase());
    std::env::var(name).ok().filter(|v| !v.is_empty())
}

/// Arguments and environment of one provider.
struct Source<'a>(&'a str);

impl Source<'_> {
    fn text(&self, name: &str, argument: Option<&String>) -> Option<String> {
        argument.cloned().or_else(|| from_env(self.0, name))
    }

    fn parsed<T>(&self, name: &str, argument: Option<&String>, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
        let Some(text) = self.text(name, argument) else { return Ok(None) };
        let bad = || {
            let variable = format!("{}_{}", self.0, name.to_uppercase());
            let detail =
                format!("`{name}`, or the environment variable {variable}, is {text:?}, which cannot be right.");
            Error::new("Invalid provider configuration", detail).at(name)
        };
        parse(&text).map(Some).ok_or_else(bad)
    }

    fn duration(&self, name: &str, argument: Option<&String>, default: Duration) -> Result<Duration> {
        Ok(self.parsed(name, argument, check::parse_duration)?.unwrap_or(default))
    }

    fn number<T: TryFrom<i64>>(&self, name: &str, argument: Option<i64>, default: T) -> Result<T> {
        let text = argument.map(|n| n.to_string());
        let parse = |t: &str| t.trim().parse::<i64>().ok().and_then(|n| T::try_from(n).ok());
        Ok(self.parsed(name, text.as_ref(), parse)?.unwrap_or(default))
    }

    fn pem(&self, name: &str, argument: Option<&str>) -> Option<Pem> {
        argument.map(ToOwned::to_owned).or_else(|| from_env(self.0, name)).map(|text| Pem::text_or_file(&text))
    }
}

/// Headers out of a JSON object of texts.
fn headers(json: &str) -> Option<Vec<(String, String)>> {
    serde_json::from_str::<BTreeMap<String, String>>(json).ok().map(|all| all.into_iter().collect())
}

impl ConnectionArgs {
    /// The settings of a connection to `url`, given as argument `url` or in the environment.
    ///
    /// # Errors
    /// When there is no address, or a value cannot be right; the error names the argument.
    pub fn settings(&self, service: &str, url: Option<&String>, connection: &Connection) -> Result<Settings> {
        let prefix = service.to_uppercase();
        let source = Source(&prefix);
        let url = source.text("url", url).ok_or_else(|| {
            let detail = format!("Set `url` in the provider block, or the environment variable {prefix}_URL.");
            Error::new("Address of the server is missing", detail).at("url")
        })?;
        let defaults = Settings::new(url);
        let zero = |text: &str| check::parse_duration_or_zero(text);
        Ok(Settings {
            connect_timeout: source.duration(
                "connect_timeout",
                self.connect_timeout.as_ref(),
                defaults.connect_timeout,
            )?,
            request_timeout: source.duration(
                "request_timeout",
                self.request_timeout.as_ref(),
                defaults.request_timeout,
            )?,
            max_retries: source.number("max_retries", self.max_retries, defaults.max_retries)?,
            retry_wait_min: source.duration("retry_wait_min", self.retry_wait_min.as_ref(), defaults.retry_wait_min)?,
            retry_wait_max: source.duration("retry_wait_max", self.retry_wait_max.as_ref(), defaults.retry_wait_max)?,
            max_concurrent_requests: source.number(
                "max_concurrent_requests",
                self.max_concurrent_requests,
                defaults.max_concurrent_requests,
            )?,
            requests_per_second: source.number(
                "requests_per_second",
                self.requests_per_second,
                defaults.requests_per_second,
            )?,
            max_response_size: source.number(
                "max_response_mib",
                self.max_response_mib,
                defaults.max_response_size >> 20,
            )? << 20,
            coalesce_max_age: source
                .parsed("coalesce_max_age", self.coalesce_max_age.as_ref(), zero)?
                .unwrap_or(defaults.coalesce_max_age),
            proxy_url: self
                .proxy_url
                .as_ref()
                .map(|p| p.expose().to_owned())
                .or_else(|| from_env(&prefix, "proxy_url")),
            no_proxy: source.text("no_proxy", self.no_proxy.as_ref()),
            ca_certificate: source.pem("ca_certificate", self.ca_certificate.as_deref()),
            client_certificate: source.pem("client_certificate", self.client_certificate.as_deref()),
            client_key: source.pem("client_key", self.client_key.as_ref().map(Secret::expose)),
            tls_server_name: source.text("tls_server_name", self.tls_server_name.as_ref()),
            insecure: source
                .parsed("insecure", self.insecure.map(|b| b.to_string()).as_ref(), |t| match t {
                    "true" | "1" => Some(true),
                    "false" | "0" => Some(false),
                    _ => None,
                })?
                .unwrap_or(false),
            headers: match &self.headers {
                Some(headers) => headers.clone().into_iter().collect(),
                None => source.parsed("headers", None, headers)?.unwrap_or_default(),
            },
            user_agent: UserAgent {
                product: format!("terraform-provider-{service}"),
                terraform: Some(connection.terraform_version.clone()).filter(|v| !v.is_empty()),
                suffix: source.text("user_agent_suffix", self.user_agent_suffix.as_ref()),
                ..UserAgent::default()
            },
            ..defaults
        })
    }

    /// A secret from its argument, or from the environment.
    pub fn secret(service: &str, name: &str, argument: Option<&Secret>) -> Credential {
        argument.cloned().or_else(|| from_env(&service.to_uppercase(), name).map(Secret::from))
    }

    /// A file's content, for a secret that is kept in a file.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn secret_file(name: &str, path: &str) -> Result<Secret> {
        let text = std::fs::read_to_string(PathBuf::from(path)).map_err(|e| {
            Error::new("Secret cannot be read", format!("The file {path:?} of `{name}` cannot be read: {e}.")).at(name)
        })?;
        Ok(Secret::from(text.trim().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::headers;

    #[test]
    fn headers_are_a_json_object_of_texts() {
        assert_eq!(headers(r#"{"X-Team":"a"}"#), Some(vec![("X-Team".to_owned(), "a".to_owned())]));
        assert_eq!(headers("X-Team: a"), None);
        assert_eq!(headers(r#"{"X-Team":1}"#), None);
    }
}
