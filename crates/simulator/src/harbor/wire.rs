//! Requests and answers as they are on the wire: binding of parameters and bodies, the error envelope, and which fields
//! of an answer are left out.

use super::failure::Failure;
use super::gojson::Shape;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Uri};
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Where the API is.
pub(super) const BASE: &str = "/api/v2.0";

/// A request, its path cleaned of repeated slashes.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: String,
    /// Path without repeated slashes and a slash at the end, not decoded.
    pub(super) path: String,
    /// Pairs of the query, decoded once.
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Request {
    /// Takes the parts of an HTTP request.
    pub(super) fn new(method: &str, uri: &Uri, headers: HeaderMap, body: Bytes) -> Self {
        let segments: Vec<&str> = uri.path().split('/').filter(|segment| !segment.is_empty()).collect();
        let query = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let query = query.map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode_form(key), decode_form(value))
        });
        Self { method: method.into(), path: format!("/{}", segments.join("/")), query: query.collect(), headers, body }
    }

    /// A query parameter; the last one where it is given twice.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A query parameter that is a whole number.
    ///
    /// # Errors
    /// 422 when it is something else.
    pub(super) fn number(&self, name: &str) -> Result<Option<i64>, Failure> {
        let Some(text) = self.parameter(name).filter(|text| !text.is_empty()) else { return Ok(None) };
        text.parse()
            .map(Some)
            .map_err(|_| Failure::invalid(format!("{name} in query must be of type int64: \"{text}\"")))
    }

    /// A query parameter that is a switch: what is neither of its words is off.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.parameter(name).filter(|text| !text.is_empty()).map(is_on)
    }

    /// A header as text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// A cookie's value.
    pub(super) fn cookie(&self, name: &str) -> Option<&str> {
        let cookies = self.headers.get_all("cookie").iter().filter_map(|value| value.to_str().ok());
        cookies
            .flat_map(|line| line.split(';'))
            .find_map(|pair| pair.trim().split_once('=').filter(|(key, _)| *key == name))
            .map(|(_, value)| value)
    }

    /// The body, in which null is the same as absent.
    ///
    /// # Errors
    /// 422 when it is absent, not JSON, or has a field of a wrong type.
    pub(super) fn body<T: DeserializeOwned>(&self, name: &str, shape: &Shape) -> Result<T, Failure> {
        self.optional_body(name, shape)?.ok_or_else(|| Failure::invalid(format!("{name} in body is required")))
    }

    /// A body that may be absent.
    ///
    /// # Errors
    /// 422 when it is not JSON, or has a field of a wrong type.
    pub(super) fn optional_body<T: DeserializeOwned>(&self, name: &str, shape: &Shape) -> Result<Option<T>, Failure> {
        if self.body.is_empty() {
            return Ok(None);
        }
        let media_type = self.header("content-type").unwrap_or("application/octet-stream");
        if !media_type.to_lowercase().starts_with("application/json") {
            let problem = format!("unsupported media type \"{media_type}\", only [application/json] are allowed");
            return Err(Failure::invalid(problem));
        }
        let unfit = |error: String| Failure::invalid(format!("parsing {name} body from \"\" failed, because {error}"));
        let Some(body) = shape.read(&self.body).map_err(unfit)? else { return Ok(None) };
        if body.is_null() {
            return Ok(None);
        }
        serde_json::from_value(body).map(Some).map_err(|error| unfit(error.to_string()))
    }
}

/// The words that switch on.
pub(super) fn is_on(text: &str) -> bool {
    const WORDS: &[&str] = &["true", "1", "yes", "ok", "y", "on", "selected", "checked", "t", "enabled"];
    WORDS.contains(&text.to_lowercase().as_str())
}

/// Decodes `application/x-www-form-urlencoded` text: a plus is a blank.
pub(super) fn decode_form(text: &str) -> String {
    decode_path(&text.replace('+', " "))
}

/// Decodes a part of a path.
pub(super) fn decode_path(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Leaves out the fields that Harbor's generated models omit: false, 0, "" and absent objects, but for those named.
/// Lists stay, also empty ones.
pub(super) fn sparse(mut object: Value, keep: &[&str]) -> Value {
    if let Value::Object(fields) = &mut object {
        fields.retain(|name, field| keep.contains(&name.as_str()) || !is_zero(field));
    }
    object
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Array(_) | Value::Object(_) => false,
    }
}

fn drop_empty_lists(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null() && field.as_array().is_none_or(|items| !items.is_empty()));
            fields.values_mut().for_each(drop_empty_lists);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_empty_lists),
        _ => {}
    }
}

/// What a body is made of.
#[derive(Clone, Debug, PartialEq)]
enum Content {
    Empty,
    /// A text with its media type.
    Text(&'static str, &'static str),
    Json(Value),
    Error(Value),
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    content: Content,
}

impl Reply {
    fn new(status: u16, content: Content) -> Self {
        Self { status, headers: Vec::new(), content }
    }

    /// 200 without body and content type.
    pub(super) fn empty() -> Self {
        Self::new(200, Content::Empty)
    }

    /// 200 with a JSON body.
    pub(super) fn json(body: Value) -> Self {
        Self::new(200, Content::Json(body))
    }

    /// 200 with a plain text.
    pub(super) fn text(body: &'static str) -> Self {
        Self::new(200, Content::Text("text/plain; charset=utf-8", body))
    }

    /// A status without a body, here and there with the type of one.
    pub(super) fn status(status: u16) -> Self {
        Self::new(status, Content::Empty)
    }

    /// 201 with the address of what was made, and a body where the API has one.
    pub(super) fn created(location: String, body: Option<Value>) -> Self {
        Self::new(201, body.map_or(Content::Empty, Content::Json)).header("location", location)
    }

    /// One page of a list.
    pub(super) fn page(rows: Vec<Value>, total: usize, link: Option<String>) -> Self {
        let reply = Self::json(Value::Array(rows)).header("x-total-count", total.to_string());
        match link {
            Some(link) => reply.header("link", link),
            None => reply,
        }
    }

    /// Adds a header.
    pub(super) fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Whether it has a header that begins so.
    pub(super) fn has(&self, name: &str, start: &str) -> bool {
        self.headers.iter().any(|(known, value)| *known == name && value.starts_with(start))
    }

    /// Drops the empty lists inside a successful body.
    pub(super) fn without_empty_lists(mut self) -> Self {
        if let Content::Json(body) = &mut self.content {
            drop_empty_lists(body);
        }
        self
    }

    /// Puts the answer on the wire.
    pub(super) fn into_response(self) -> Response<Body> {
        let (content_type, body) = match self.content {
            Content::Empty => (None, Vec::new()),
            Content::Text(media_type, text) => (Some(media_type), text.into()),
            Content::Json(body) => (Some("application/json"), line_of(&body)),
            Content::Error(body) => (Some("application/json; charset=utf-8"), line_of(&body)),
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let content_type = content_type.map(|media_type| ("content-type", media_type.to_owned()));
        for (name, value) in self.headers.into_iter().chain(content_type) {
            if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
                response.headers_mut().append(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

impl From<Failure> for Reply {
    fn from(failure: Failure) -> Self {
        if failure.is_crash() {
            return Self::new(failure.status, Content::Empty);
        }
        let body = json!({"errors": [{"code": failure.code, "message": failure.message}]});
        Self::new(failure.status, Content::Error(body))
    }
}

/// A JSON document and a newline, as Go's encoder writes it.
fn line_of(body: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(body).unwrap_or_default();
    line.push(b'\n');
    line
}
