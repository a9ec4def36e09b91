//! The arguments of every provider block that say how to reach the server.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use registry_http::{Client, Settings, UserAgent};
use terraform_framework::author::{Error, Result};
use terraform_framework::{Connection, Nested, Secret, check};

use super::source::Source;

/// What numbers may be, in the block and in the environment.
const RETRIES: RangeInclusive<i64> = 0..=100;
const CONCURRENT: RangeInclusive<i64> = 1..=1000;
const PER_SECOND: RangeInclusive<i64> = 0..=100_000;
const RESPONSE_MIB: RangeInclusive<i64> = 1..=1024;

/// How to reach the server: the same for every service. Each has an environment variable, named after the provider.
#[derive(Debug, Clone, Nested)]
pub struct ConnectionArgs {
    /// Longest time to establish a connection, such as `10s` (the default). Environment: `$PREFIX_CONNECT_TIMEOUT`.
    #[attribute(optional, check = check::duration())]
    connect_timeout: Option<String>,
    /// Longest time for one request and its answer, such as `60s` (the default). Environment: `$PREFIX_REQUEST_TIMEOUT`.
    #[attribute(optional, check = check::duration())]
    request_timeout: Option<String>,
    /// How often a request that failed for a passing reason is repeated; 4 by default. Environment: `$PREFIX_MAX_RETRIES`.
    #[attribute(optional, check = check::within(&RETRIES))]
    max_retries: Option<i64>,
    /// Pause before the first repetition, such as `500ms` (the default); each further one is twice as long. Environment:
    /// `$PREFIX_RETRY_WAIT_MIN`.
    #[attribute(optional, check = check::duration())]
    retry_wait_min: Option<String>,
    /// Longest pause between repetitions, unless the server asks for a longer one (of up to 300 s: beyond that the request fails at
    /// once); `30s` by default. Environment: `$PREFIX_RETRY_WAIT_MAX`.
    #[attribute(optional, check = check::duration())]
    retry_wait_max: Option<String>,
    /// Most requests in flight at a time; 10 by default. Environment: `$PREFIX_MAX_CONCURRENT_REQUESTS`.
    #[attribute(optional, check = check::within(&CONCURRENT))]
    max_concurrent_requests: Option<i64>,
    /// Most requests begun per second; 0 (the default) sets no limit. Environment: `$PREFIX_REQUESTS_PER_SECOND`.
    #[attribute(optional, check = check::within(&PER_SECOND))]
    requests_per_second: Option<i64>,
    /// Largest answer that is read, in MiB; 32 by default. Environment: `$PREFIX_MAX_RESPONSE_MIB`.
    #[attribute(optional, check = check::within(&RESPONSE_MIB))]
    max_response_mib: Option<i64>,
    /// How long one list request answers the reads of single objects, such as `5m` (the default); `0s` turns that off, and every
    /// object is read by a request of its own. Lists of more than 5,000 objects are not used. Environment: `$PREFIX_COALESCE_MAX_AGE`.
    #[attribute(optional, check = check::duration_or_zero())]
    coalesce_max_age: Option<String>,
    /// Address of an HTTP proxy; `""` means no proxy. Without it, `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` of the environment count.
    /// Environment: `$PREFIX_PROXY_URL`.
    #[attribute(optional)]
    proxy_url: Option<Secret>,
    /// Hosts that are reached without the proxy, separated by commas. Environment: `$PREFIX_NO_PROXY`.
    #[attribute(optional)]
    no_proxy: Option<String>,
    /// Certificates (PEM text, or a file's path) of the authorities to trust, or the server's own, instead of the system's. Environment:
    /// `$PREFIX_CA_CERTIFICATE`.
    #[attribute(optional)]
    ca_certificate: Option<String>,
    /// Certificate (PEM text, or a file's path) that the client presents. Environment: `$PREFIX_CLIENT_CERTIFICATE`.
    #[attribute(optional)]
    client_certificate: Option<String>,
    /// Private key (PEM text, or a file's path) of the client's certificate. Environment: `$PREFIX_CLIENT_KEY`.
    #[attribute(optional)]
    client_key: Option<Secret>,
    /// The name that the server's certificate must carry, where it is not the host of `url`. Environment: `$PREFIX_TLS_SERVER_NAME`.
    #[attribute(optional)]
    tls_server_name: Option<String>,
    /// Accepts any certificate of the server, with a warning. Environment: `$PREFIX_INSECURE`.
    #[attribute(optional)]
    insecure: Option<bool>,
    /// More headers for every request. Environment: `$PREFIX_HEADERS`, as a JSON object.
    #[attribute(optional, sensitive)]
    headers: Option<BTreeMap<String, String>>,
    /// Text at the end of the `User-Agent` header. Environment: `$PREFIX_USER_AGENT_SUFFIX`.
    #[attribute(optional)]
    user_agent_suffix: Option<String>,
}

impl ConnectionArgs {
    /// The settings of a connection to `url`, given as argument `url` or in the environment.
    ///
    /// # Errors
    /// When there is no address, or a value cannot be right; the error names the argument.
    pub fn settings(&self, url: Option<&String>, from: &Source) -> Result<Settings> {
        let url = from.text("url", url).ok_or_else(|| from.missing("Address of the server", "url"))?;
        let usual = Settings::new(url);
        let zero = |text: &str| check::parse_duration_or_zero(text);
        let mib = from.number("max_response_mib", self.max_response_mib, RESPONSE_MIB)?;
        Ok(Settings {
            url: usual.url,
            connect_timeout: from.duration("connect_timeout", &self.connect_timeout, usual.connect_timeout)?,
            request_timeout: from.duration("request_timeout", &self.request_timeout, usual.request_timeout)?,
            max_retries: from.number("max_retries", self.max_retries, RETRIES)?.unwrap_or(usual.max_retries),
            retry_wait_min: from.duration("retry_wait_min", &self.retry_wait_min, usual.retry_wait_min)?,
            retry_wait_max: from.duration("retry_wait_max", &self.retry_wait_max, usual.retry_wait_max)?,
            max_concurrent_requests: from
                .number("max_concurrent_requests", self.max_concurrent_requests, CONCURRENT)?
                .unwrap_or(usual.max_concurrent_requests),
            requests_per_second: from
                .number("requests_per_second", self.requests_per_second, PER_SECOND)?
                .unwrap_or(usual.requests_per_second),
            max_response_size: mib.map_or(usual.max_response_size, |mib: usize| mib << 20),
            coalesce_max_age: from
                .parsed("coalesce_max_age", self.coalesce_max_age.as_ref(), zero)?
                .unwrap_or(usual.coalesce_max_age),
            // An empty address says something: no proxy.
            proxy_url: self.proxy_url.as_ref().map(|p| p.expose().to_owned()).or_else(|| from.variable("proxy_url")),
            no_proxy: from.text("no_proxy", self.no_proxy.as_ref()),
            ca_certificate: from.pem("ca_certificate", self.ca_certificate.as_deref()),
            client_certificate: from.pem("client_certificate", self.client_certificate.as_deref()),
            client_key: from.pem("client_key", self.client_key.as_ref().map(Secret::expose)),
            tls_server_name: from.text("tls_server_name", self.tls_server_name.as_ref()),
            insecure: from
                .parsed("insecure", self.insecure.map(|b| b.to_string()).as_ref(), truth)?
                .unwrap_or(usual.insecure),
            headers: self.headers(from)?,
            user_agent: UserAgent {
                product: format!("terraform-provider-{}", from.service),
                terraform: Some(from.terraform_version.clone()).filter(|v| !v.is_empty()),
                suffix: from.text("user_agent_suffix", self.user_agent_suffix.as_ref()),
                ..UserAgent::default()
            },
        })
    }

    fn headers(&self, from: &Source) -> Result<Vec<(String, String)>> {
        if let Some(headers) = &self.headers {
            return Ok(headers.clone().into_iter().collect());
        }
        let Some(text) = from.text("headers", None) else { return Ok(Vec::new()) };
        // Never shown: headers hold secrets.
        parse_headers(&text).ok_or_else(|| {
            let detail = format!("The environment variable {} is not a JSON object of texts.", from.name("headers"));
            Error::new("Invalid provider configuration", detail).at("headers")
        })
    }
}

/// Says what is allowed in a connection's settings but should be known.
pub fn warn_of(http: &Client, connection: &mut Connection) {
    for (argument, why) in http.warnings() {
        connection.warn(argument, "Connection is not safe", why);
    }
}

fn truth(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// Headers out of a JSON object of texts.
fn parse_headers(json: &str) -> Option<Vec<(String, String)>> {
    serde_json::from_str::<BTreeMap<String, String>>(json).ok().map(|all| all.into_iter().collect())
}

#[cfg(test)]
#[path = "connection_tests.rs"]
mod tests;
