//! One request over the network, with reqwest: no retries, no meaning.

use std::error::Error as _;
use std::time::Duration;

use ::http::{HeaderMap, Method};
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use reqwest::{NoProxy, Proxy, redirect};
use url::Url;

use super::answer::Answer;
use super::error::Error;
use super::settings::Settings;

/// What is sent.
pub(crate) struct TransportRequest {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Bytes>,
    /// Longest time for it, where that is not the usual one.
    pub(crate) timeout: Option<Duration>,
}

/// Why no whole answer came.
#[derive(Debug, Clone)]
pub(crate) enum TransportError {
    /// The connection was never made. `lasting`: another attempt would fail the same way.
    NeverSent { why: String, lasting: bool },
    /// The request was sent, at least in part. `under_way`: it was waited for in vain, so the server may still be at work on it.
    NoAnswer { why: String, under_way: bool },
    /// The answer is larger than the limit, in bytes.
    TooLarge(usize),
    /// It cannot be sent as it is.
    Invalid(String),
}

/// Sends one request. A trait, so that the rules above it are tested without sockets.
#[async_trait]
pub(crate) trait Transport: Send + Sync {
    async fn call(&self, outgoing: TransportRequest) -> Result<Answer, TransportError>;
}

pub(crate) struct ReqwestTransport {
    client: reqwest::Client,
    largest: usize,
    timeout: Duration,
}

impl ReqwestTransport {
    /// Builds the pooled client. Takes long (the system's roots): to be called on the first request. What goes `elsewhere` than to the
    /// server itself carries nothing that is meant for that.
    pub(crate) fn new(settings: &Settings, elsewhere: bool) -> Result<Self, Error> {
        let (tls, headers) = match elsewhere {
            true => {
                let known = Settings { headers: Vec::new(), ..settings.clone() };
                (super::tls::config_elsewhere(settings)?, known.common_headers()?)
            }
            false => (super::tls::config(settings)?, settings.common_headers()?),
        };
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .default_headers(headers)
            .redirect(redirect::Policy::none())
            .referer(false)
            .connect_timeout(settings.connect_timeout);
        #[cfg(target_os = "linux")]
        {
            builder = builder.dns_resolver(super::names::Names::system(settings.connect_timeout));
        }
        for proxy in proxies(settings)? {
            builder = builder.proxy(proxy);
        }
        if settings.proxy_url.is_some() || settings.no_proxy.is_some() {
            builder = without_system_proxy(builder, settings);
        }
        let client =
            builder.build().map_err(|error| Error::setting("url", format!("cannot be used: {}", causes(&error))))?;
        Ok(Self { client, largest: settings.max_response_size, timeout: settings.request_timeout })
    }

    async fn body(&self, mut response: reqwest::Response, timeout: Duration) -> Result<Bytes, TransportError> {
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| lost(error, timeout))? {
            if body.len() + chunk.len() > self.largest {
                return Err(TransportError::TooLarge(self.largest));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }
}

fn lost(error: reqwest::Error, timeout: Duration) -> TransportError {
    let error = error.without_url();
    let why = causes(&error);
    if error.is_connect() {
        TransportError::NeverSent { lasting: is_certificate(&error) || is_unresolvable(&error), why }
    } else if error.is_builder() {
        TransportError::Invalid(why)
    } else if error.is_timeout() {
        TransportError::NoAnswer { why: format!("no answer within {} s", timeout.as_secs_f32()), under_way: true }
    } else {
        TransportError::NoAnswer { why, under_way: false }
    }
}

#[async_trait]
impl Transport for ReqwestTransport {
    async fn call(&self, outgoing: TransportRequest) -> Result<Answer, TransportError> {
        let timeout = outgoing.timeout.unwrap_or(self.timeout);
        let mut request = self.client.request(outgoing.method, outgoing.url).headers(outgoing.headers).timeout(timeout);
        if let Some(body) = outgoing.body {
            request = request.body(body);
        }
        let mut response = request.send().await.map_err(|error| lost(error, timeout))?;
        if response.content_length().is_some_and(|length| length > self.largest as u64) {
            return Err(TransportError::TooLarge(self.largest));
        }
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        Ok(Answer::from_parts(status, headers, self.body(response, timeout).await?))
    }
}

/// The proxies of the arguments. With only `no_proxy` given, those of the environment, under the given exceptions.
fn proxies(settings: &Settings) -> Result<Vec<Proxy>, Error> {
    let no_proxy = settings.no_proxy.clone().or_else(|| variable(&["NO_PROXY", "no_proxy"]));
    let except = || no_proxy.as_deref().and_then(NoProxy::from_string);
    match (settings.proxy_url.as_deref(), &settings.no_proxy) {
        (Some(""), _) => Ok(Vec::new()),
        // reqwest reads the environment, and on some systems more than that.
        (None, None) if !is_hidden_by_empty_variables() => Ok(Vec::new()),
        (Some(url), _) => {
            // The parser's error repeats the address, which may hold a password.
            let proxy = Proxy::all(url)
                .map_err(|_| Error::setting("proxy_url", "is not an address like http://proxy.example.com:3128"))?;
            Ok(vec![proxy.no_proxy(except())])
        }
        (None, _) => {
            let https = variable(&["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]);
            let http = variable(&["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]);
            let bad =
                |_| Error::setting("proxy_url", "is not given, and the proxy in the environment is not an address");
            let https = https.map(Proxy::https).transpose().map_err(bad)?;
            let http = http.map(Proxy::http).transpose().map_err(bad)?;
            Ok(https.into_iter().chain(http).map(|proxy| proxy.no_proxy(except())).collect())
        }
    }
}

/// The first of the variables that says something: an empty one counts as unset, as it does in Go.
fn variable(names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
}

/// Whether a variable about proxies is set in small letters, and reqwest does not see it: to reqwest an empty one in capitals counts.
fn is_hidden_by_empty_variables() -> bool {
    let names = [
        ["HTTPS_PROXY", "https_proxy"],
        ["HTTP_PROXY", "http_proxy"],
        ["ALL_PROXY", "all_proxy"],
        ["NO_PROXY", "no_proxy"],
    ];
    let is_empty = |name| std::env::var_os(name).is_some_and(|value| value.is_empty());
    names.iter().any(|[capitals, small]| is_empty(capitals) && variable(&[small]).is_some())
}

/// A builder with a proxy of its own takes no notice of the system's; one without has to be told.
fn without_system_proxy(builder: reqwest::ClientBuilder, settings: &Settings) -> reqwest::ClientBuilder {
    if settings.proxy_url.as_deref() == Some("") { builder.no_proxy() } else { builder }
}

pub(crate) fn check_proxy(settings: &Settings) -> Result<(), Error> {
    if let Some(url) = settings.proxy_url.as_deref().filter(|url| !url.is_empty()) {
        let known = Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !known {
            return Err(Error::setting("proxy_url", "is not an address like http://proxy.example.com:3128"));
        }
    }
    proxies(settings).map(drop)
}

/// The causes of an error from the second on, which says what really happened, in one line.
fn causes(error: &reqwest::Error) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        // Wrappers repeat the text of what they wrap.
        let repeated = words.last().is_some_and(|last| last.contains(&text));
        if !repeated && !text.starts_with("client error (") {
            words.push(text);
        }
        cause = error.source();
    }
    if words.is_empty() { error.to_string() } else { words.join(": ") }
}

/// Whether TLS failed on certificates or the protocol, not on the connection.
fn is_certificate(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<rustls::Error>() || error.downcast_ref().is_some_and(wraps_rustls) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Whether the name of the host will not be resolved the next time either.
#[cfg(target_os = "linux")]
fn is_unresolvable(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.downcast_ref::<super::names::Unresolved>().is_some_and(|unresolved| unresolved.lasting) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// The system's own resolver does not tell.
#[cfg(not(target_os = "linux"))]
fn is_unresolvable(_: &reqwest::Error) -> bool {
    false
}

/// An I/O error does not name what it wraps as its source, and may be wrapped in another one.
fn wraps_rustls(error: &std::io::Error) -> bool {
    let Some(inner) = error.get_ref() else { return false };
    inner.is::<rustls::Error>() || inner.downcast_ref().is_some_and(wraps_rustls)
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
