//! What Quay answers: JSON, and its many shapes of errors, all in this one place.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";

/// The page of an exception that Quay did not catch.
pub(crate) const CRASH_PAGE: &str = "<html>\n  <head>\n    <title>Internal Server Error</title>\n  </head>\n  <body>\n    \
                                     <h1><p>Internal Server Error</p></h1>\n    \n  </body>\n</html>\n";

/// An answer, good or bad.
#[derive(Debug)]
pub(super) struct Reply {
    status: u16,
    content_type: &'static str,
    /// Boxed, because few answers have one.
    header: Option<Box<(header::HeaderName, String)>>,
    content: Content,
}

/// `Err` is an answer too: one that ends a handler early.
pub(super) type Outcome = Result<Reply, Reply>;

#[derive(Debug)]
enum Content {
    Empty,
    Json(Value),
    Text(String),
    /// What a type of errors means, with a URL on the host that the client asked.
    ErrorType {
        title: &'static str,
        description: &'static str,
    },
    /// An object whose `type` is a URL on the host that the client asked. What is about the caller's own account says
    /// that no session is needed.
    Problem {
        kind: &'static str,
        detail: String,
        of_user: bool,
    },
}

impl Reply {
    fn new(status: u16, content_type: &'static str, content: Content) -> Self {
        Self { status, content_type, header: None, content }
    }

    /// A JSON body.
    pub(super) fn json(status: u16, body: Value) -> Self {
        Self::new(status, JSON, Content::Json(body))
    }

    /// The same without these members, as servers answer that do not know them.
    pub(super) fn without(mut self, members: &[&str]) -> Self {
        if let Content::Json(body) = &mut self.content
            && !members.is_empty()
        {
            write_body(members, body);
        }
        self
    }

    /// Whether something was done.
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status) && !matches!(self.content, Content::Json(Value::Null))
    }

    /// 200 with a JSON body.
    pub(super) fn ok(body: Value) -> Self {
        Self::json(200, body)
    }

    /// 201 with the text "Created", which is all that some routes say.
    pub(super) fn created() -> Self {
        Self::json(201, json!("Created"))
    }

    /// The same, with where something is that was made.
    pub(super) fn at(self, place: &str) -> Self {
        Self { header: Some(Box::new((header::LOCATION, place.to_owned()))), ..self }
    }

    /// 501: the service behind it cannot do that.
    pub(super) fn not_implemented() -> Self {
        Self::json(501, json!({"message": ""}))
    }

    /// No body.
    pub(super) fn empty(status: u16) -> Self {
        Self::new(status, JSON, Content::Empty)
    }

    /// No body, declared as HTML.
    pub(super) fn empty_page(status: u16) -> Self {
        Self::new(status, HTML, Content::Empty)
    }

    /// 204.
    pub(super) fn gone() -> Self {
        Self::empty(204)
    }

    fn problem(status: u16, kind: &'static str, detail: impl Into<String>) -> Self {
        Self::new(status, JSON, Content::Problem { kind, detail: detail.into(), of_user: false })
    }

    /// 409: the tag cannot be changed.
    pub(super) fn tag_immutable(operation: &str, tag: &str) -> Self {
        Self::problem(409, "tag_immutable", format!("Cannot {operation} immutable tag '{tag}'"))
    }

    /// 200 with what a type of errors means.
    pub(super) fn error_type(title: &'static str, description: &'static str) -> Self {
        Self::new(200, JSON, Content::ErrorType { title, description })
    }

    /// 400 as a problem object.
    pub(super) fn invalid(detail: impl Into<String>) -> Self {
        Self::problem(400, "invalid_request", detail)
    }

    /// 400 as a problem object of another type.
    pub(super) fn invalid_response(detail: impl Into<String>) -> Self {
        Self::problem(400, "invalid_response", detail)
    }

    /// 520: another service failed.
    pub(super) fn downstream(detail: impl Into<String>) -> Self {
        Self::problem(520, "downstream_issue", detail)
    }

    /// 404 as a problem object.
    pub(super) fn not_found() -> Self {
        Self::problem(404, "not_found", "Not Found")
    }

    /// 404 as a flat object, as the web framework words it.
    pub(super) fn no_such_url() -> Self {
        let text = "The requested URL was not found on the server. If you entered the URL manually please check your spelling and try \
                    again.";
        Self::json(404, json!({"message": text}))
    }

    /// 403 as a problem object: the token lacks a scope, or its user a right.
    pub(super) fn unauthorized() -> Self {
        Self::problem(403, "insufficient_scope", "Unauthorized")
    }

    /// 403 as a flat object: what Quay's web framework says to those who may not.
    pub(super) fn forbidden_by_framework() -> Self {
        let message = "You don't have the permission to access the requested resource. It is either read-protected or not readable by the server.";
        Self::json(403, json!({"message": message}))
    }

    /// 401 as a problem object: no token, a bad one, or an expired one.
    pub(super) fn unauthenticated() -> Self {
        Self::problem(401, "invalid_token", "Requires authentication")
    }

    /// 401 as `GET user/` gives it, also to a good token that lacks `user:read`.
    pub(super) fn unauthenticated_user() -> Self {
        let content =
            Content::Problem { kind: "invalid_token", detail: "Requires authentication".into(), of_user: true };
        Self::new(401, JSON, content)
    }

    /// 400 as a flat object: what Quay's data model or its web framework refuses.
    pub(super) fn message(text: impl Into<String>) -> Self {
        Self::json(400, json!({"message": text.into()}))
    }

    /// 400: no JSON in a body that should be JSON.
    pub(super) fn bad_json() -> Self {
        Self::message("The browser (or proxy) sent a request that this server could not understand.")
    }

    /// 400: a query parameter that cannot be read; `help` is what the parameter is for.
    pub(super) fn bad_query(name: &str, help: &str) -> Self {
        Self::json(400, json!({"message": {name: help}}))
    }

    /// 415: the body is not declared as JSON.
    pub(super) fn not_declared_as_json() -> Self {
        let text = "Did not attempt to load JSON data because the request Content-Type was not 'application/json'.";
        Self::json(415, json!({"message": text}))
    }

    /// 403 in HTML's clothes: a write without a good token.
    pub(super) fn no_csrf_token() -> Self {
        Self::html_error(403, "CSRF token was invalid or missing.")
    }

    /// 401 in HTML's clothes: the server lets nobody in without a token.
    pub(super) fn no_anonymous_access() -> Self {
        Self::html_error(401, "Anonymous access is not allowed")
    }

    fn html_error(status: u16, error: &str) -> Self {
        Self::new(status, HTML, Content::Text(format!("{{\n  \"error\": \"{error}\"\n}}\n")))
    }

    /// 405: the registry is read-only.
    pub(super) fn read_only() -> Self {
        let message =
            "System is currently read-only. Pulls will succeed but all write operations are currently suspended.";
        Self::json(405, json!({"errors": [{"code": "DENIED", "detail": {}, "is_readonly": true, "message": message}]}))
    }

    /// 500: an exception that Quay did not catch.
    pub(super) fn crash() -> Self {
        Self::new(500, "text/html", Content::Text(CRASH_PAGE.into()))
    }

    /// 405 of a route that is there, with the methods that it has.
    pub(super) fn method_not_allowed(methods: &str) -> Self {
        let body = json!({"message": "The method is not allowed for the requested URL."});
        Self { header: Some(Box::new((header::ALLOW, methods.into()))), ..Self::json(405, body) }
    }

    /// What may be done with a route.
    pub(super) fn options(methods: &str) -> Self {
        let reply = Self::new(200, HTML, Content::Empty);
        Self { header: Some(Box::new((header::ALLOW, methods.into()))), ..reply }
    }

    /// 405 of a path that is no route: only the web pages' GET is there.
    pub(super) fn no_such_route() -> Self {
        let page = page(
            "405 Method Not Allowed",
            "Method Not Allowed",
            "The method is not allowed for the requested URL.</p>",
        );
        let reply = Self::new(405, HTML, Content::Text(page));
        Self { header: Some(Box::new((header::ALLOW, "OPTIONS, GET, HEAD".into()))), ..reply }
    }

    /// 404 of a path that is no route: the page of the web interface.
    pub(super) fn no_such_page() -> Self {
        let page = "<!DOCTYPE html>\n<html ng-app=\"quay\" class=\"onprem\">\n  <head>\n  <title>Quay</title>\n  </head>\n</html>\n";
        Self::new(404, HTML, Content::Text(page.into()))
    }

    /// 308 to `url`: the same path with a slash at its end.
    pub(super) fn redirect(url: &str) -> Self {
        let text = format!(
            "You should be redirected automatically to the target URL: <a href=\"{url}\">{url}</a>. If not, click the link."
        );
        let reply = Self::new(308, HTML, Content::Text(page("Redirecting...", "Redirecting...", &text)));
        Self { header: Some(Box::new((header::LOCATION, url.into()))), ..reply }
    }

    /// The response, to a client that asked `origin` (`http://host:port`).
    pub(super) fn into_response(self, origin: &str) -> Response {
        let body = match self.content {
            Content::Empty => String::new(),
            Content::Json(value) => value.to_string(),
            Content::Text(text) => text,
            Content::ErrorType { title, description } => {
                let url = format!("{origin}/api/v1/error/{title}");
                json!({"type": url, "title": title, "description": description}).to_string()
            }
            Content::Problem { kind, detail, of_user } => {
                let mut problem = json!({
                    "detail": detail,
                    "error_message": detail,
                    "error_type": kind,
                    "title": kind,
                    "type": format!("{origin}/api/v1/error/{kind}"),
                    "status": self.status,
                });
                if of_user {
                    problem["session_required"] = json!(false);
                }
                problem.to_string()
            }
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        if let Some((name, value)) = self.header.map(|header| *header)
            && let Ok(value) = HeaderValue::try_from(value)
        {
            headers.insert(name, value);
        }
        response
    }
}

/// A page of the web framework.
fn page(title: &str, heading: &str, text: &str) -> String {
    format!("<!doctype html>\n<html lang=en>\n<title>{title}</title>\n<h1>{heading}</h1>\n<p>{text}\n")
}

/// Takes what an older server does not know out of an answer.
pub(super) fn write_body(unknown: &[&str], body: &mut Value) {
    match body {
        Value::Object(object) => {
            unknown.iter().for_each(|name| drop(object.remove(*name)));
            object.values_mut().filter(|v| v.is_array()).for_each(|list| write_body(unknown, list));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| write_body(unknown, item)),
        _ => {}
    }
}
