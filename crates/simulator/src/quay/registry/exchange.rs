//! A request to the registry.

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, header};

use crate::quay::call::parse_query;

/// A request to the registry.
pub(super) struct Exchange<'a> {
    pub(super) method: &'a Method,
    /// Below `/v2/`, decoded.
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) headers: &'a HeaderMap,
    pub(super) content: Bytes,
    /// The host that the client asked, with its port.
    pub(super) host: &'a str,
}

impl Exchange<'_> {
    pub(super) fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(super) fn query(&self, name: &str) -> Option<String> {
        parse_query(self.query).into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    pub(super) fn origin(&self) -> String {
        format!("http://{}", self.host)
    }

    pub(super) fn reads(&self) -> bool {
        *self.method == Method::GET || *self.method == Method::HEAD
    }
}

/// A repository without a namespace is one of the library.
pub(super) fn full(repository: &str) -> String {
    if repository.contains('/') { repository.to_owned() } else { format!("library/{repository}") }
}
