//! How Quay words its failures.
//!
//! Seen on a real server: five shapes of error bodies, JSON sent as `text/html`, 401 for a bad token on reads and a 403 about CSRF on
//! writes, and a redirect to the same path plus a slash for routes that a switched-off feature has taken away. Below `repository/` there
//! is no such redirect: what no route claims is taken for the name of a repository, which is not there, and whose deletion succeeds.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use registry_http::Method;
use registry_http::{
    Ability, Advice, Answer, Classified, Client, Error, ErrorModel, FailureContext, Kind, RequestInfo, kind_of_status,
    route_missing,
};
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::api::{description, namespaces};
use crate::features;

/// Quay's `/api/v1/`.
#[derive(Debug, Clone, Default)]
pub struct Quay {
    /// What the server says that it offers.
    pub(super) api: Arc<OnceCell<description::Api>>,
}

impl ErrorModel for Quay {
    fn service(&self) -> &'static str {
        "Quay"
    }

    fn root(&self) -> &'static str {
        "/api/v1/"
    }

    fn judge(&self, asked: &RequestInfo<'_>, answer: &Answer) -> Classified {
        if answer.status() < 300 {
            return Classified::Fine;
        }
        // Bad health of mirrors is a 503 that tells all the same, of as many mirrors as there are.
        if asked.path.ends_with("/mirror/health") && answer.text_at("/healthy") == Some("false") {
            return Classified::Fine;
        }
        let body = answer.json();
        let message = body.as_ref().and_then(message);
        Classified::failed(kind(asked, answer, body.as_ref(), message.as_deref().unwrap_or_default()), message)
    }

    fn advice(&self, facts: &FailureContext<'_>) -> Advice {
        let csrf = facts.message.is_some_and(|message| message.contains("CSRF"));
        match facts.kind {
            Kind::Unauthenticated if csrf => Advice::new(
                "the token is wrong, has expired or was revoked. (Quay answers a write without a valid token in this way.)",
                "Check `token`, `token_file` or QUAY_TOKEN. Nothing was removed from the state.",
            ),
            Kind::AnonymousView => {
                let lacks = facts.needs.map(|needs| format!(", or lacks the scope {needs}")).unwrap_or_default();
                Advice::new(
                    format!(
                        "the token is wrong, has expired or was revoked{lacks}; or its user is not in the organization, and Quay shows it no more \
                         than to anybody."
                    ),
                    "Check `token`, `token_file` or QUAY_TOKEN, and use a token of a member of the organization. Nothing was removed from the state.",
                )
            }
            Kind::Unauthenticated => {
                let lacks = facts.needs.map(|needs| format!(", or lacks the scope {needs}")).unwrap_or_default();
                Advice::new(
                    format!("the token is wrong, has expired or was revoked{lacks}."),
                    "Check `token`, `token_file` or QUAY_TOKEN. Nothing was removed from the state.",
                )
            }
            Kind::Forbidden => forbidden(facts),
            Kind::ReadOnly if facts.status == Some(503) => Advice::new(
                "the repository's state is READ_ONLY or MIRROR.",
                "Set its state to NORMAL first, or leave the change out.",
            ),
            Kind::Rejected if facts.message.is_some_and(|m| m.contains("Organization does not exist")) => Advice::new(
                "there is no such organization; or it is the token's own user, and the token lacks the scope user:admin, so that the \
                 provider cannot know.",
                "Check the name. For what belongs to the token's own user, use a token that has the scope user:admin.",
            ),
            Kind::Unavailable | Kind::ServerError if facts.status == Some(DOWNSTREAM) => downstream(facts),
            _ => Advice::usual(facts, self.service()),
        }
    }

    fn may_lack(&self, ability: &Ability, asked: &RequestInfo<'_>, status: u16, failure: Option<Kind>) -> bool {
        !ability.route.is_empty()
            && asked.path.contains("/api/v1/repository/")
            && match failure {
                Some(kind) => matches!(kind, Kind::NotFound | Kind::Forbidden | Kind::Rejected),
                None => asked.method == Method::DELETE && status == 204,
            }
    }

    /// Where a namespace is gone, Quay answers a superuser with 400, everybody else with 403, and the deletion of a repository with 500. To be certain, both an organization and a
    /// user of that name are looked for; the answers to that do not depend on the token.
    fn is_gone_with<'a>(
        &'a self,
        namespace: &'a str,
        facts: &'a FailureContext<'a>,
        client: &'a Client,
    ) -> BoxFuture<'a, Result<bool, Error>> {
        let no_owner = |message: &str| {
            // The second is said of policies on immutability, whoever asks.
            ["Organization does not exist", "Username does not exist"].iter().any(|sign| message.contains(sign))
        };
        let unclear = match facts.kind {
            Kind::Forbidden | Kind::ServerError => true,
            Kind::Rejected => facts.message.is_some_and(no_owner),
            _ => false,
        };
        async move { Ok(unclear && namespaces::namespace_missing(client, namespace).await?) }.boxed()
    }

    fn lacks<'a>(&'a self, ability: &'a Ability, client: &'a Client) -> BoxFuture<'a, Result<bool, Error>> {
        // A server that does not describe its API is taken to have it.
        async move { Ok(!description::known(&self.api, client).await?.offers(ability.route)) }.boxed()
    }
}

/// Quay's status where a service behind it failed, such as the scanner of images.
const DOWNSTREAM: u16 = 520;

fn kind(asked: &RequestInfo<'_>, answer: &Answer, body: Option<&Value>, message: &str) -> Kind {
    let lower = message.to_lowercase();
    let read_only =
        body.and_then(|body| body.pointer("/errors/0/is_readonly")).is_some_and(|flag| flag == &Value::Bool(true));
    match answer.status() {
        _ if read_only => Kind::ReadOnly,
        503 if lower.contains("read only") || lower.contains("read-only") || lower.contains("mirror mode") => {
            Kind::ReadOnly
        }
        403 if lower.contains("csrf") => Kind::Unauthenticated,
        400 if is_taken(&lower) => Kind::Conflict,
        404 if is_own_not_found(body) => Kind::NotFound,
        // "Handling of access tokens is no longer supported". It never says that an object is gone.
        410 if lower.contains("no longer supported") => Kind::Unsupported,
        404 if !is_own_page(answer) => Kind::Foreign,
        404 => Kind::Unsupported,
        _ if route_missing(asked, answer) => Kind::Unsupported,
        DOWNSTREAM if asked.method == Method::GET => Kind::Unavailable,
        status => kind_of_status(status),
    }
}

/// Whether a 404 has the shape that Quay's API gives it. (Two routes answer with a flat text: their endpoints declare that.)
fn is_own_not_found(body: Option<&Value>) -> bool {
    body.is_some_and(|body| body["error_type"] == "not_found")
}

/// Whether a 404 is what Quay answers where it has no such route: the page of its web interface, or the text of its framework, as a page or as
/// JSON. Another page comes from something in front of it.
fn is_own_page(answer: &Answer) -> bool {
    let start = answer.text().chars().take(4096).collect::<String>().to_lowercase();
    start.contains("the requested url was not found on the server") || (answer.is_html() && start.contains("quay"))
}

/// The ways in which Quay says that a name or an address is in use.
fn is_taken(message: &str) -> bool {
    ["already exists", "existing robot", "already been used", "username is not available"]
        .iter()
        .any(|sign| message.contains(sign))
}

/// The message of a body, whichever of the five shapes it has.
fn message(body: &Value) -> Option<String> {
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
    if let Some(Value::Object(parameters)) = body.get("message") {
        // {"message": {"limit": "help text"}}: a query value that is not right.
        let words = parameters.iter().map(|(name, help)| format!("{name}: {}", help.as_str().unwrap_or("not valid")));
        return Some(words.collect::<Vec<_>>().join("; "));
    }
    ["/detail", "/error_message", "/message", "/errors/0/message", "/error"]
        .iter()
        .find_map(|pointer| text(pointer))
        .map(readable)
}

/// Messages of schema checks repeat the schema and the request's body, which may hold secrets: only what is wrong, and where, is kept.
fn readable(message: &str) -> String {
    if !message.contains("Failed validating") {
        return message.to_owned();
    }
    let first = message.lines().next().unwrap_or_default();
    let problem = [
        " is not of type",
        " is not one of",
        " does not match",
        " is too long",
        " is too short",
        " is not valid under",
        " is less than",
        " is greater than",
    ]
    .iter()
    .find_map(|sign| first.find(sign))
    .map_or_else(|| first.to_owned(), |start| format!("a value{}", &first[start..]));
    let place =
        message.lines().find_map(|line| line.strip_prefix("On instance")).map(|place| place.trim_end_matches(':'));
    match place.filter(|place| !place.is_empty()) {
        Some(place) => format!("{problem} (at {place})"),
        None => problem,
    }
}

fn downstream(facts: &FailureContext<'_>) -> Advice {
    let service = match facts.ability {
        Some(ability) if *ability == features::SECURITY_SCANNER => "the security scanner behind Quay (Clair)",
        _ => "a service behind Quay",
    };
    Advice::new(
        format!("{service} does not answer, or failed."),
        "Apply again when it works: its own log and Quay's tell more.",
    )
}

fn forbidden(facts: &FailureContext<'_>) -> Advice {
    match facts.needs {
        Some(needs) => Advice::new(
            format!(
                "the token lacks the scope {needs}, or its owner has no rights on the object. (Quay says the same of objects that do not exist.)"
            ),
            format!("Use a token that has the scope {needs}, of a user who may administer the object."),
        ),
        None => Advice::new(
            "the token's scopes or its owner's rights do not suffice. (Quay says the same of objects that do not exist.)",
            "Use a token with the scope that this needs, of a user who may administer the object.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use registry_http::Method;
    use serde_json::json;

    use super::Quay;
    use crate::client::dialect::features::SECURITY_SCANNER;
    use registry_http::{Answer, Classified, ErrorModel, FailureContext, Kind, RequestInfo};

    fn judged(method: Method, answer: &Answer) -> (Kind, String) {
        let asked = RequestInfo { method: &method, path: "/api/v1/organization/acme/quota" };
        match Quay::default().judge(&asked, answer) {
            Classified::Fine => panic!("it is a failure"),
            Classified::Failed { kind, message } => (kind, message.unwrap_or_default()),
        }
    }

    fn json(status: u16, body: serde_json::Value) -> Answer {
        Answer::new(status, "application/json", body.to_string())
    }

    #[test]
    fn the_five_shapes_of_errors() {
        let problem = json!({"detail": "Unauthorized", "error_message": "Unauthorized", "error_type": "insufficient_scope", "status": 403});
        assert_eq!(judged(Method::GET, &json(403, problem)), (Kind::Forbidden, "Unauthorized".into()));
        let flat = json!({"message": "Could not find robot with specified username"});
        assert_eq!(
            judged(Method::GET, &json(400, flat)),
            (Kind::Rejected, "Could not find robot with specified username".into())
        );
        let detail = json!({"detail": "Mirror configuration already exits for repository acme/mir"});
        assert_eq!(judged(Method::POST, &json(409, detail)).0, Kind::Conflict);
        let csrf = Answer::new(403, "text/html", r#"{"error": "CSRF token was invalid or missing."}"#);
        assert_eq!(judged(Method::POST, &csrf), (Kind::Unauthenticated, "CSRF token was invalid or missing.".into()));
        let query = json!({"message": {"limit": "Limit must be a number"}});
        assert_eq!(judged(Method::GET, &json(400, query)), (Kind::Rejected, "limit: Limit must be a number".into()));
    }

    #[test]
    fn bad_tokens_on_reads() {
        let token = json!({"detail": "Requires authentication", "error_type": "invalid_token", "status": 401});
        assert_eq!(judged(Method::GET, &json(401, token)).0, Kind::Unauthenticated);
        let anonymous = Answer::new(401, "text/html; charset=utf-8", r#"{"error": "Anonymous access is not allowed"}"#);
        assert_eq!(judged(Method::GET, &anonymous), (Kind::Unauthenticated, "Anonymous access is not allowed".into()));
    }

    #[test]
    fn gone_and_not_offered() {
        assert_eq!(
            judged(Method::GET, &json(404, json!({"detail": "Not Found", "error_type": "not_found"}))).0,
            Kind::NotFound
        );
        let slash = Answer::new(308, "text/html; charset=utf-8", "<!doctype html><title>Redirecting...</title>")
            .with_header("location", "http://localhost:8080/api/v1/organization/acme/quota/");
        assert_eq!(judged(Method::GET, &slash).0, Kind::Unsupported);
        assert_eq!(
            judged(Method::GET, &Answer::new(404, "text/html", "<!DOCTYPE html><html ng-app=\"quay\">")).0,
            Kind::Unsupported
        );
        assert_eq!(
            judged(Method::POST, &Answer::new(405, "text/html", "<!doctype html><title>405</title>")).0,
            Kind::Unsupported
        );
        assert_eq!(judged(Method::GET, &json(410, json!({"message": "no longer supported"}))).0, Kind::Unsupported);
    }

    #[test]
    fn what_failed_behind_quay_is_named_and_read_again() {
        let down = json(520, json!({"detail": "down", "error_type": "downstream_issue", "status": 520}));
        assert_eq!(judged(Method::GET, &down), (Kind::Unavailable, "down".into()));
        assert_eq!(judged(Method::POST, &down).0, Kind::ServerError, "it may have been done");
        let of = |ability| {
            let facts =
                FailureContext { kind: Kind::ServerError, status: Some(520), message: None, needs: None, ability };
            Quay::default().advice(&facts).cause.unwrap()
        };
        assert!(of(Some(&SECURITY_SCANNER)).starts_with("the security scanner behind Quay (Clair)"));
        assert!(of(None).starts_with("a service behind Quay"));
    }

    #[test]
    fn read_only_is_final() {
        let registry = json!({"errors": [{"code": "DENIED", "detail": {}, "is_readonly": true, "message": "System is currently read-only."}]});
        assert_eq!(
            judged(Method::PUT, &json(405, registry)),
            (Kind::ReadOnly, "System is currently read-only.".into())
        );
        let repository = json!({"message": "Repository is in read only or mirror mode: 2"});
        assert_eq!(judged(Method::PUT, &json(503, repository)).0, Kind::ReadOnly);
        assert_eq!(
            judged(Method::PUT, &Answer::new(503, "text/html", "<h1>Service Unavailable</h1>")).0,
            Kind::Unavailable
        );
    }

    #[test]
    fn taken_names_conflict() {
        for message in [
            "Existing robot with name: acme+ci",
            "A user or organization with this name already exists",
            "Email has already been used",
            "Username is not available",
        ] {
            assert_eq!(judged(Method::PUT, &json(400, json!({"message": message}))).0, Kind::Conflict, "{message}");
        }
    }

    #[test]
    fn a_schema_check_does_not_repeat_the_request() {
        let detail = "'hunter2' is not of type 'object'\n\nFailed validating 'type' in schema['properties']['x']:\n    {'type': 'object'}\n\nOn instance['config']['password']:\n    'hunter2'";
        let (kind, message) =
            judged(Method::POST, &json(400, json!({"detail": detail, "error_type": "invalid_request"})));
        assert_eq!(
            (kind, message.as_str()),
            (Kind::Rejected, "a value is not of type 'object' (at ['config']['password'])")
        );
        let detail = "'title' is a required property\n\nFailed validating 'required' in schema:\n    {}\n\nOn instance:\n    {'password': 'hunter2'}";
        assert_eq!(judged(Method::POST, &json(400, json!({"detail": detail}))).1, "'title' is a required property");
    }

    #[test]
    fn a_missing_scope_is_named() {
        let facts = FailureContext {
            kind: Kind::Forbidden,
            status: Some(403),
            message: None,
            needs: Some("org:admin"),
            ability: None,
        };
        assert!(Quay::default().advice(&facts).remedy.unwrap().contains("scope org:admin"));
        let facts =
            FailureContext { kind: Kind::Unauthenticated, status: Some(401), needs: Some("user:read"), ..facts };
        assert!(Quay::default().advice(&facts).cause.unwrap().contains("lacks the scope user:read"));
    }
}
