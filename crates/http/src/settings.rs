//! What a user may set about the connection. Field names are the arguments' names in the provider block, so that errors can name them.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use ::http::{HeaderMap, HeaderName, HeaderValue};
use url::{Host, Url};

use super::error::Error;

/// The longest of all times and pauses: a hundred years, which mean "for ever". The clock cannot count on from now by the longest that there
/// is.
pub(crate) const LONGEST: Duration = Duration::from_secs(876_000 * 60 * 60);

/// All settings of a connection, as plain data.
#[derive(Clone)]
pub struct Settings {
    /// Address of the server: `http` or `https`, host, optional port and path prefix.
    pub url: String,
    /// Longest time to establish a connection, TLS included. Default 10 s.
    pub connect_timeout: Duration,
    /// Longest time for one request, from sending it to the last byte of its answer. Default 60 s.
    pub request_timeout: Duration,
    /// How often a failed request is repeated. Default 4.
    pub max_retries: usize,
    /// Pause before the first repetition; each further one is twice as long, plus a random part. Default 500 ms.
    pub retry_wait_min: Duration,
    /// Longest pause between repetitions, unless the server asks for a longer one. Default 30 s.
    pub retry_wait_max: Duration,
    /// Most requests in flight at a time. Default 10, which is Terraform's own default for resources at a time.
    pub max_concurrent_requests: usize,
    /// Most requests begun per second; 0 sets no limit. Default 0.
    pub requests_per_second: u32,
    /// Largest answer that is read, in bytes. Default 32 MiB.
    pub max_response_size: usize,
    /// How long a list answers reads of single objects; zero turns coalescing off. Default 5 minutes.
    pub coalesce_max_age: Duration,
    /// Address of the proxy. Without it the usual environment variables count (`HTTPS_PROXY`, ...); `""` means no proxy at all.
    pub proxy_url: Option<String>,
    /// Hosts that are reached without proxy, separated by commas. Without it the environment's `NO_PROXY` counts.
    pub no_proxy: Option<String>,
    /// Certificates of the authorities to trust. If given, only those are trusted.
    pub ca_certificate: Option<Pem>,
    /// The client's certificate chain.
    pub client_certificate: Option<Pem>,
    /// The client's private key; may also stand in the certificate's file.
    pub client_key: Option<Pem>,
    /// The name that the server's certificate must carry, where it is not the host of `url`.
    pub tls_server_name: Option<String>,
    /// Accepts any certificate of the server. Default false.
    pub insecure: bool,
    /// More headers for every request.
    pub headers: Vec<(String, String)>,
    /// What the requests say about their sender.
    pub user_agent: UserAgent,
}

/// The parts of the `User-Agent` header: `product/version Terraform/1.15.5 suffix`.
#[derive(Debug, Clone)]
pub struct UserAgent {
    /// `terraform-provider-quay`.
    pub product: String,
    /// The provider's version.
    pub version: String,
    /// Terraform's version, as it tells on configuration.
    pub terraform: Option<String>,
    /// What the user adds.
    pub suffix: Option<String>,
}

/// PEM text, or the file that holds it. Text never shows in `Debug`: it may be a private key.
#[derive(Clone)]
pub enum Pem {
    /// The text itself.
    Text(String),
    /// A file's path.
    File(PathBuf),
}

impl fmt::Debug for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => f.write_str("Text(..)"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
        }
    }
}

impl Pem {
    /// A text that holds a PEM block is taken as such, anything else as a path.
    pub fn text_or_file(value: &str) -> Self {
        if value.contains("-----BEGIN") { Self::Text(value.to_owned()) } else { Self::File(PathBuf::from(value)) }
    }

    pub(crate) fn read(&self, setting: &str) -> Result<Vec<u8>, Error> {
        match self {
            Self::Text(text) => Ok(text.clone().into_bytes()),
            Self::File(path) => std::fs::read(path).map_err(|error| {
                Error::setting(setting, format!("names the file {}, which cannot be read: {error}", path.display()))
            }),
        }
    }
}

impl Default for UserAgent {
    fn default() -> Self {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Self { product: "terraform-provider".to_owned(), version, terraform: None, suffix: None }
    }
}

impl UserAgent {
    fn header(&self) -> Result<HeaderValue, Error> {
        let mut text = format!("{}/{}", self.product, self.version);
        if let Some(version) = &self.terraform {
            text.push_str(&format!(" Terraform/{version}"));
        }
        if let Some(suffix) = self.suffix.as_deref().map(str::trim).filter(|suffix| !suffix.is_empty()) {
            text.push(' ');
            text.push_str(suffix);
        }
        HeaderValue::from_str(&text)
            .map_err(|_| Error::setting("user_agent_suffix", "holds a character that cannot be sent in a header"))
    }
}

impl Settings {
    /// The defaults for a server at `url`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(60),
            max_retries: 4,
            retry_wait_min: Duration::from_millis(500),
            retry_wait_max: Duration::from_secs(30),
            max_concurrent_requests: 10,
            requests_per_second: 0,
            max_response_size: 32 << 20,
            coalesce_max_age: Duration::from_secs(300),
            proxy_url: None,
            no_proxy: None,
            ca_certificate: None,
            client_certificate: None,
            client_key: None,
            tls_server_name: None,
            insecure: false,
            headers: Vec::new(),
            user_agent: UserAgent::default(),
        }
    }

    /// What is allowed but should be known: arguments, and sentences.
    pub fn warnings(&self) -> Vec<(&'static str, String)> {
        let mut warnings = Vec::new();
        if self.insecure {
            let why = "`insecure` is true: the server's certificate is not checked, so anybody on the way can read the credentials. \
                       Prefer `ca_certificate`.";
            warnings.push(("insecure", why.to_owned()));
        }
        if let Ok(url) = self.base()
            && url.scheme() == "http"
            && !is_loopback(&url)
        {
            warnings.push(("url", "`url` begins with http: credentials and tokens travel unencrypted.".to_owned()));
        }
        warnings
    }

    /// The base address, ending with a slash.
    pub(crate) fn base(&self) -> Result<Url, Error> {
        let bad = |why: &str| Error::setting("url", format!("{why}. It should look like https://registry.example.com"));
        let mut url = Url::parse(self.url.trim()).map_err(|error| bad(&format!("is not an address: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(bad("must begin with https:// or http://"));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(bad("has no host"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(bad("must not hold a user name or password; there are arguments for credentials"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(bad("must not have a query or fragment"));
        }
        if !url.path().ends_with('/') {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }
        Ok(url)
    }

    /// The headers of every request.
    pub(crate) fn common_headers(&self) -> Result<HeaderMap, Error> {
        let mut headers = HeaderMap::new();
        headers.insert(::http::header::USER_AGENT, self.user_agent.header()?);
        headers.insert(::http::header::ACCEPT, HeaderValue::from_static("application/json"));
        for (name, value) in &self.headers {
            let refused = |what: &str| Error::setting("headers", format!("has an invalid {what} for `{name}`"));
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused("name"))?;
            if matches!(
                name.as_str(),
                "authorization" | "host" | "content-length" | "content-type" | "transfer-encoding" | "cookie"
            ) {
                return Err(Error::setting("headers", format!("must not set {name}: the provider does that itself")));
            }
            let mut value = HeaderValue::from_str(value).map_err(|_| refused("value"))?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        Ok(headers)
    }

    /// Checks all that can be checked without a connection.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.base()?;
        self.common_headers()?;
        for (setting, value, may_be_zero) in [
            ("connect_timeout", self.connect_timeout, false),
            ("request_timeout", self.request_timeout, false),
            ("retry_wait_min", self.retry_wait_min, true),
            ("retry_wait_max", self.retry_wait_max, true),
            ("coalesce_max_age", self.coalesce_max_age, true),
        ] {
            if value.is_zero() && !may_be_zero {
                return Err(Error::setting(setting, "must be longer than zero"));
            }
            if value > LONGEST {
                return Err(Error::setting(setting, "must not be longer than 876000 hours (a hundred years)"));
            }
        }
        if self.retry_wait_max < self.retry_wait_min {
            return Err(Error::setting("retry_wait_max", "must not be shorter than retry_wait_min"));
        }
        if self.max_concurrent_requests == 0 {
            return Err(Error::setting("max_concurrent_requests", "must be at least 1"));
        }
        if self.max_response_size == 0 {
            return Err(Error::setting("max_response_mib", "must be at least 1"));
        }
        super::tls::check(self)?;
        super::wire::check_proxy(self)
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").finish_non_exhaustive()
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
