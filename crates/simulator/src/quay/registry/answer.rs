//! What the registry answers: headers and bytes, and errors as the protocol of registries wants them.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

use super::exchange::Exchange;

const HTML: &str = "text/html; charset=utf-8";

/// An answer, or one that ends a handler early.
pub(super) type Outcome = Result<Answer, Error>;

/// An answer.
pub(super) struct Answer {
    status: u16,
    headers: Vec<(HeaderName, String)>,
    body: Vec<u8>,
}

impl Answer {
    fn new(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        Self { status, headers: vec![(header::CONTENT_TYPE, content_type.to_owned())], body }
    }

    /// No body.
    pub(super) fn empty(status: u16) -> Self {
        Self::new(status, HTML, Vec::new())
    }

    /// A text.
    pub(super) fn text(status: u16, text: &str) -> Self {
        Self::new(status, HTML, text.as_bytes().to_vec())
    }

    /// JSON.
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", body.to_string().into_bytes())
    }

    /// Bytes of some type.
    pub(super) fn bytes(content_type: &str, body: Vec<u8>) -> Self {
        Self::new(200, content_type, body)
    }

    /// What is there belongs to the web pages.
    pub(super) fn no_such_page() -> Self {
        Self::text(404, "<!DOCTYPE html>\n<html ng-app=\"quay\" class=\"onprem\">\n</html>\n")
    }

    /// 405.
    pub(super) fn method_not_allowed() -> Self {
        Self::text(405, "<!doctype html>\n<html lang=en>\n<title>405 Method Not Allowed</title>\n")
    }

    /// The same with another header.
    pub(super) fn with(mut self, name: HeaderName, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The same with the digest of what it is about.
    pub(super) fn about(self, digest: &str) -> Self {
        self.with(HeaderName::from_static("docker-content-digest"), digest.to_owned())
    }

    /// The same about an upload.
    pub(super) fn of_upload(self, id: &str) -> Self {
        self.with(HeaderName::from_static("docker-upload-uuid"), id.to_owned())
    }

    pub(super) fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::try_from(value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// Where tokens are to be had, and for what one is needed.
pub(super) fn challenge(exchange: &Exchange<'_>, scope: Option<&str>) -> String {
    let (origin, host) = (exchange.origin(), exchange.host);
    let scope = scope.map(|scope| format!(",scope=\"{scope}\"")).unwrap_or_default();
    format!("Bearer realm=\"{origin}/v2/auth\",service=\"{host}\"{scope}")
}

/// An error.
#[derive(Debug)]
pub(super) struct Error {
    status: u16,
    body: Value,
    scope: Option<String>,
}

impl Error {
    /// An error with its code, as the protocol has them.
    pub(super) fn new(status: u16, code: &str, message: &str) -> Self {
        let error = json!({"code": code, "message": message, "detail": {}});
        Self { status, body: json!({"errors": [error]}), scope: None }
    }

    /// The same with what is the matter in particular.
    pub(super) fn because(mut self, detail: Value) -> Self {
        self.body["errors"][0]["detail"] = detail;
        self
    }

    /// The same, from somebody who needs a token with this scope.
    pub(super) fn for_scope(self, scope: &str) -> Self {
        Self { scope: Some(scope.to_owned()), ..self }
    }

    /// 401: no token, or not one for this.
    pub(super) fn unauthorized() -> Self {
        Self::new(401, "UNAUTHORIZED", "access to the requested resource is not authorized")
    }

    /// 401: a token that is none. It is not worded as the protocol wants it.
    pub(super) fn bad_token(why: &str) -> Self {
        Self { status: 401, body: json!({"error": why}), scope: None }
    }

    /// 404.
    pub(super) fn no_repository() -> Self {
        Self::new(404, "NAME_UNKNOWN", "repository not found")
    }

    /// 405.
    pub(super) fn read_only() -> Self {
        let message =
            "System is currently read-only. Pulls will succeed but all write operations are currently suspended.";
        let mut error = Self::new(405, "DENIED", message);
        error.body["errors"][0]["is_readonly"] = json!(true);
        error
    }

    /// 403.
    pub(super) fn quota() -> Self {
        Self::new(403, "DENIED", "Quota has been exceeded on namespace")
    }

    pub(super) fn into_answer(self, exchange: &Exchange<'_>) -> Answer {
        let answer = Answer::json(self.status, &self.body);
        match self.status {
            401 => answer.with(header::WWW_AUTHENTICATE, challenge(exchange, self.scope.as_deref())),
            _ => answer,
        }
    }
}
