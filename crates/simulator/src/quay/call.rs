//! A request, as handlers see it.

use axum::body::Bytes;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::access::Caller;
use super::reply::Reply;

use super::schema;

/// Where the API is.
pub(super) const PREFIX: &str = "/api/v1/";

/// Bodies of robots above this size crash the server.
const LARGE: usize = 1024 * 1024;

/// A request to a route.
pub(super) struct Call {
    /// Who sends it.
    pub(super) caller: Caller,
    /// The server as the client names it, such as `http://localhost:8080`.
    pub(super) origin: String,
    /// Whether it only reads.
    pub(super) is_get: bool,
    /// From the path.
    pub(super) parameters: Parameters,
    /// From the query.
    pub(super) query: Vec<(String, String)>,
    /// Whether the body is declared as JSON.
    pub(super) declared_as_json: bool,
    /// The body.
    pub(super) content: Bytes,
}

impl Call {
    /// A parameter of the path; empty if the route has none of that name.
    pub(super) fn parameter(&self, name: &str) -> &str {
        self.parameters.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// The namespace and the name of the route's `{repository}`.
    pub(super) fn repository(&self) -> (&str, &str) {
        self.parameter("repository").split_once('/').unwrap_or_default()
    }

    /// A parameter of the query.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A parameter of the query that is true or false; every text but `false` and `0` is true.
    pub(super) fn flag(&self, name: &str, default: bool) -> bool {
        self.query(name).map_or(default, |text| !matches!(text.to_ascii_lowercase().as_str(), "false" | "0"))
    }

    /// The body, valid under the schema.
    ///
    /// # Errors
    /// The answer to a body that is not.
    pub(super) fn body(&self, schema: &Value) -> Result<Value, Reply> {
        if !self.declared_as_json {
            return Err(Reply::not_declared_as_json());
        }
        let body: Value = serde_json::from_slice(&self.content).map_err(|_| Reply::bad_json())?;
        if body.is_null() {
            return Err(Reply::invalid("Missing JSON body"));
        }
        checked(body, schema)
    }

    /// The body where it may be left out: whatever is no JSON is taken for an empty object.
    ///
    /// # Errors
    /// The answer to JSON that is not valid under the schema, or is too large.
    pub(super) fn optional_body(&self, schema: &Value) -> Result<Value, Reply> {
        if self.content.len() > LARGE {
            return Err(Reply::crash());
        }
        match serde_json::from_slice(&self.content) {
            Ok(Value::Null) | Err(_) => Ok(Value::Object(Default::default())),
            Ok(body) => checked(body, schema),
        }
    }

    /// Goes on only if the caller may.
    ///
    /// # Errors
    /// 401 for nobody, 403 for somebody who may not.
    pub(super) fn require(&self, allowed: bool) -> Result<(), Reply> {
        match (allowed, &self.caller.user) {
            (true, _) => Ok(()),
            (false, Some(_)) => Err(Reply::unauthorized()),
            (false, None) => Err(Reply::unauthenticated()),
        }
    }
}

fn checked(body: Value, schema: &Value) -> Result<Value, Reply> {
    match schema::violation(&body, schema) {
        Some(message) => Err(Reply::invalid(message)),
        None => Ok(body),
    }
}

/// Names and values of a query string.
pub(super) fn parse_query(query: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}

/// What identifies the caller in an `Authorization` header: only a bearer token does.
pub(super) fn bearer(header: Option<&str>) -> Option<&str> {
    header?.strip_prefix("Bearer ").map(str::trim)
}

/// Parameters of a path, in the order of the template.
pub(super) type Parameters = Vec<(&'static str, String)>;
