//! The registry itself, below `/v2/`: what images are pushed to and pulled from, as any client of registries does it.
//!
//! `token` exchanges credentials for tokens, `blobs` and `manifests` take and give images.

mod answer;
mod blobs;
mod exchange;
mod lists;
mod manifests;
mod rights;
pub(super) mod token;

use axum::body::to_bytes;
use axum::extract::{Request, State as Shared};
use axum::http::header;
use axum::response::Response;
use percent_encoding::percent_decode_str;

use super::state::{SharedState, State};
use crate::quay::images::tagging::is_tag;
use crate::quay::records::images::is_digest;
use answer::{Answer, Error, Outcome};
use exchange::{Exchange, full};
use rights::require;

/// What all paths of the registry begin with.
pub(super) const PREFIX: &str = "/v2/";

/// What a path below `/v2/` names.
enum Place<'a> {
    Support,
    Token,
    Catalog,
    Tags(&'a str),
    Manifest(&'a str, &'a str),
    Uploads(&'a str),
    Upload(&'a str, &'a str),
    Blob(&'a str, &'a str),
}

impl<'a> Place<'a> {
    fn of(path: &'a str) -> Option<Self> {
        let fixed = match path {
            "" => Some(Self::Support),
            "auth" => Some(Self::Token),
            "_catalog" => Some(Self::Catalog),
            _ => None,
        };
        let below = || {
            if let Some(repository) = path.strip_suffix("/tags/list") {
                return Some(Self::Tags(repository));
            }
            if let Some(repository) = path.strip_suffix("/blobs/uploads/") {
                return Some(Self::Uploads(repository));
            }
            let (rest, last) = path.rsplit_once('/')?;
            if let Some(repository) = rest.strip_suffix("/blobs/uploads") {
                return Some(Self::Upload(repository, last));
            }
            if let Some(repository) = rest.strip_suffix("/blobs").filter(|_| is_digest(last)) {
                return Some(Self::Blob(repository, last));
            }
            let repository = rest.strip_suffix("/manifests").filter(|_| is_digest(last) || is_tag(last))?;
            Some(Self::Manifest(repository, last))
        };
        fixed.or_else(below)
    }

    fn template(&self) -> &'static str {
        match self {
            Self::Support => "",
            Self::Token => "auth",
            Self::Catalog => "_catalog",
            Self::Tags(_) => "{repository}/tags/list",
            Self::Manifest(..) => "{repository}/manifests/{reference}",
            Self::Uploads(_) => "{repository}/blobs/uploads/",
            Self::Upload(..) => "{repository}/blobs/uploads/{upload}",
            Self::Blob(..) => "{repository}/blobs/{digest}",
        }
    }
}

/// The route of a path below `/v2/`, for counting.
pub(super) fn template(path: &str) -> Option<String> {
    Place::of(path).map(|place| format!("{PREFIX}{}", place.template()))
}

/// Answers a request to the registry.
pub(super) async fn serve(Shared(state): Shared<SharedState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let content = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let path = percent_decode_str(parts.uri.path()).decode_utf8_lossy();
    let mut state = state.lock();
    state.requests += 1;
    state.collect_garbage(false);
    let exchange = Exchange {
        method: &parts.method,
        path: path.strip_prefix(PREFIX).unwrap_or_default(),
        query: parts.uri.query().unwrap_or_default(),
        headers: &parts.headers,
        content,
        host: parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost"),
    };
    answer(&mut state, &exchange)
}

fn answer(state: &mut State, exchange: &Exchange<'_>) -> Response {
    let outcome = match Place::of(exchange.path) {
        None => Ok(Answer::no_such_page()),
        Some(place) => route(state, exchange, &place),
    };
    outcome.unwrap_or_else(|error| error.into_answer(exchange)).into_response()
}

fn route(state: &mut State, exchange: &Exchange<'_>, place: &Place<'_>) -> Outcome {
    let method = exchange.method.as_str();
    match (method, place) {
        ("GET" | "HEAD", Place::Support) => Ok(support(state, exchange)),
        ("GET" | "HEAD", Place::Token) => token::exchange(state, exchange),
        ("GET" | "HEAD", Place::Catalog) => lists::catalog(state, exchange),
        ("GET" | "HEAD", Place::Tags(repository)) => lists::tags(state, exchange, &full(repository)),
        ("GET" | "HEAD", Place::Manifest(repository, name)) => {
            manifests::pull(state, exchange, &full(repository), name)
        }
        ("PUT", Place::Manifest(repository, name)) => manifests::push(state, exchange, &full(repository), name),
        ("DELETE", Place::Manifest(repository, name)) => manifests::delete(state, exchange, &full(repository), name),
        ("POST", Place::Uploads(repository)) => blobs::begin(state, exchange, &full(repository)),
        ("GET" | "HEAD", Place::Upload(repository, id)) => blobs::progress(state, exchange, &full(repository), id),
        ("PATCH", Place::Upload(repository, id)) => blobs::go_on(state, exchange, &full(repository), id),
        ("PUT", Place::Upload(repository, id)) => blobs::end(state, exchange, &full(repository), id),
        ("DELETE", Place::Upload(repository, id)) => blobs::cancel(state, exchange, &full(repository), id),
        ("GET" | "HEAD", Place::Blob(repository, digest)) => blobs::pull(state, exchange, &full(repository), digest),
        ("DELETE", Place::Blob(repository, _)) => {
            require(state, exchange, &full(repository), true)?;
            Err(Error::new(405, "UNSUPPORTED", "The operation is unsupported."))
        }
        _ => Ok(Answer::method_not_allowed()),
    }
}

/// Whether the registry speaks this protocol: to somebody with a token it says so, to anybody else where tokens are to be had.
fn support(state: &State, exchange: &Exchange<'_>) -> Answer {
    let known = match token::claims(state, exchange) {
        Ok(claims) => claims.is_some(),
        Err(error) => return error.into_answer(exchange),
    };
    let answer = Answer::text(if known { 200 } else { 401 }, "true");
    answer.with(header::WWW_AUTHENTICATE, answer::challenge(exchange, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_from_their_end() {
        let digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let templates = [
            ("", "/v2/"),
            ("auth", "/v2/auth"),
            ("a/b/c/tags/list", "/v2/{repository}/tags/list"),
            ("a/manifests/manifests/v1", "/v2/{repository}/manifests/{reference}"),
            ("a/b/blobs/uploads/", "/v2/{repository}/blobs/uploads/"),
            ("a/b/blobs/uploads/x", "/v2/{repository}/blobs/uploads/{upload}"),
        ];
        for (path, expected) in templates {
            assert_eq!(template(path).as_deref(), Some(expected), "{path}");
        }
        assert_eq!(template(&format!("a/b/blobs/{digest}")).as_deref(), Some("/v2/{repository}/blobs/{digest}"));
        assert_eq!(template("a/b/manifests/-bad"), None);
    }
}
