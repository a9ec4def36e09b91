//! How Harbor words its failures: an envelope of errors with code and message, and its own 404 and 405 for routes that are not there.
//!
//! Observed on Harbor 2.15.2: routes that are open to all answer wrong credentials with 200, as to nobody; who is no administrator gets
//! 403 for a project that does not exist; a check in a project that fails says `forbidden`, one of the system the caller's name.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use registry_http::{
    Ability, Advice, Answer, Classified, Client, Error, ErrorModel, FailureContext, Kind, RequestInfo, kind_of_status,
    route_missing,
};
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::api::system::{self, OPEN};

/// Harbor's `/api/v2.0/`, and who asks there. Clones share what was learned.
#[derive(Debug, Clone)]
pub struct Harbor {
    username: Arc<str>,
    caller: Arc<OnceCell<Caller>>,
}

/// Whose the credentials are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// A user's.
    User,
    /// A robot account's.
    Robot,
}

impl Harbor {
    /// For whoever logs in under this name. Nothing is asked yet.
    pub fn new(username: &str) -> Self {
        Self { username: Arc::from(username), caller: Arc::default() }
    }

    /// Whose the credentials are, as the server knows them: proof that it takes them at all. Asked for once; a failure is not kept.
    ///
    /// # Errors
    /// When the server does not take the credentials, or cannot be asked.
    pub async fn caller(&self, client: &Client) -> Result<Caller, Error> {
        // Not about itself: it would wait for its own answer.
        let client = client.asking();
        let ask = async || match client.send(system::current_user()).await {
            Ok(_) => Ok(Caller::User),
            // Harbor's own: `get current user not available for security context: robot`.
            Err(e) if e.status() == Some(412) && e.kind() == Kind::Conflict => Ok(Caller::Robot),
            Err(e) => Err(e),
        };
        self.caller.get_or_try_init(ask).await.copied()
    }

    /// The name that the provider logs in with.
    pub fn username(&self) -> Arc<str> {
        Arc::clone(&self.username)
    }

    /// What is known of that without asking. Names tell nothing for certain, because the prefix of robots can be any text; where the
    /// server was not asked, a `$` is taken for a sign: no user that Harbor makes can have one.
    pub fn is_robot(&self) -> bool {
        self.caller.get().map_or_else(|| self.username.contains('$'), |caller| *caller == Caller::Robot)
    }

    fn forbidden(&self, facts: &FailureContext<'_>) -> Advice {
        let usual = Advice::usual(facts, self.service());
        let mut cause = usual.cause.unwrap_or_default();
        let mut remedy = usual.remedy.unwrap_or_default();
        if may_be_gone(facts) {
            cause = format!(
                "{cause} Or the project does not exist: Harbor returns 403 for both, except to system administrators."
            );
            remedy = format!(
                "{remedy} If the project was deleted outside Terraform, remove the resource from the state: `terraform state rm ADDRESS`, with \
                 its own address for ADDRESS."
            );
        }
        if self.is_robot() {
            cause = format!("{cause} {NOT_FOR_ROBOTS}");
        }
        Advice::new(cause, remedy)
    }
}

/// What a refused robot should know.
const NOT_FOR_ROBOTS: &str = "The provider's credentials are those of a robot account. No robot may change robots of the system, the system's \
                              configuration or its CVE allowlist, or read the current user; robots of projects may be changed by a robot that has \
                              `project:update` on all projects (`*`); one that creates robots may only pass on its own permissions. For the rest, \
                              use a user's name and password.";

/// Whether a refusal is one of those in which Harbor does not tell what is gone from what is not allowed: it checks the right in a project
/// before it looks whether there is such a project. A creation and a list are about nothing that could be in a state.
fn may_be_gone(facts: &FailureContext<'_>) -> bool {
    let is_of_project = facts.message.is_some_and(|message| message.eq_ignore_ascii_case("forbidden"));
    let is_about_one = !facts.needs.is_some_and(|needs| needs.contains(":create") || needs.contains(":list"));
    facts.kind == Kind::Forbidden && is_of_project && is_about_one
}

impl ErrorModel for Harbor {
    fn service(&self) -> &'static str {
        "Harbor"
    }

    fn root(&self) -> &'static str {
        "/api/v2.0/"
    }

    fn judge(&self, asked: &RequestInfo<'_>, answer: &Answer) -> Classified {
        if answer.status() < 300 {
            return Classified::Fine;
        }
        let body = answer.json();
        let message = body.as_ref().and_then(message);
        let lower = message.as_deref().unwrap_or_default().to_lowercase();
        let kind = match answer.status() {
            403 if lower.contains("read only mode") => Kind::ReadOnly,
            // "path /api/v2.0/x was not found": the route, not an object.
            404 if lower.starts_with("path ") && lower.contains(" was not found") => Kind::Unsupported,
            404 if has_code(body.as_ref(), |code| code == "NOT_FOUND") => Kind::NotFound,
            409 if has_code(body.as_ref(), |_| true) => Kind::Conflict,
            412 if has_code(body.as_ref(), |code| code == "PRECONDITION") => Kind::Conflict,
            // A page or nothing at all: Harbor itself names a route that it does not have, and says what a request conflicts with.
            404 | 409 | 412 => Kind::Foreign,
            _ if route_missing(asked, answer) => Kind::Unsupported,
            status => kind_of_status(status),
        };
        Classified::failed(kind, message)
    }

    fn advice(&self, facts: &FailureContext<'_>) -> Advice {
        // Every Harbor has what is open to all: where it is missing, it is no Harbor.
        let ability = facts.ability.filter(|ability| **ability != OPEN);
        let facts = &FailureContext { ability, ..*facts };
        match facts.kind {
            Kind::Forbidden => self.forbidden(facts),
            Kind::Unauthenticated | Kind::AnonymousView => Advice::new(
                "user name or password is wrong, or the user is locked after failed logins; of a robot account: its full name (with its \
                 prefix, such as `robot$ci`) or its secret is wrong, or it is disabled or has expired. Where Harbor logs in by OIDC, only the \
                 local administrator and robots can use the API with a password.",
                "Check `username` and `password` (HARBOR_USERNAME, HARBOR_PASSWORD). Nothing was removed from the state.",
            ),
            _ => Advice::usual(facts, self.service()),
        }
    }

    /// Not an ability of the server, but of the credentials: an open route's list, and its "not there", say nothing as long as they may
    /// be those for nobody. An object that is shown is what it is.
    fn may_lack(&self, ability: &Ability, asked: &RequestInfo<'_>, _status: u16, failure: Option<Kind>) -> bool {
        *ability == OPEN
            && self.caller.get().is_none()
            && match failure {
                None => LISTS.iter().any(|list| asked.path.ends_with(list)),
                Some(kind) => kind == Kind::NotFound,
            }
    }

    fn lacks<'a>(&'a self, _ability: &'a Ability, client: &'a Client) -> BoxFuture<'a, Result<bool, Error>> {
        async move { self.caller(client).await.map(|_| false) }.boxed()
    }
}

/// Whether a failure has the shape that Harbor gives it, with such a code.
fn has_code(body: Option<&Value>, is_it: impl Fn(&str) -> bool) -> bool {
    let errors = body.and_then(|body| body.get("errors")?.as_array());
    errors.is_some_and(|errors| errors.iter().any(|error| error["code"].as_str().is_some_and(&is_it)))
}

/// How the paths of open lists end. (That of a project of such a name does too, and costs no more than the proof.)
const LISTS: [&str; 2] = ["/projects", "/repositories"];

fn message(body: &Value) -> Option<String> {
    let errors = body.get("errors")?.as_array()?;
    let words: Vec<String> = errors
        .iter()
        .filter_map(|error| {
            let text = error.get("message").and_then(Value::as_str).filter(|text| !text.is_empty());
            text.or_else(|| error.get("code").and_then(Value::as_str)).map(str::to_owned)
        })
        .collect();
    (!words.is_empty()).then(|| words.join("; "))
}

#[cfg(test)]
mod tests {
    use registry_http::Method;

    use super::Harbor;
    use registry_http::{Answer, Classified, ErrorModel, Kind, RequestInfo};

    fn judged(status: u16, code: &str, message: &str) -> Kind {
        let body = serde_json::json!({"errors": [{"code": code, "message": message}]}).to_string();
        let asked = RequestInfo { method: &Method::GET, path: "/api/v2.0/projects/12" };
        match Harbor::new("admin").judge(&asked, &Answer::new(status, "application/json; charset=utf-8", body)) {
            Classified::Failed { kind, message: Some(told) } if told == message => kind,
            verdict => panic!("{verdict:?}"),
        }
    }

    #[test]
    fn the_envelope_is_read() {
        assert_eq!(judged(404, "NOT_FOUND", "project 12 not found"), Kind::NotFound);
        assert_eq!(judged(404, "NOT_FOUND", "path /api/v2.0/permissions was not found"), Kind::Unsupported);
        assert_eq!(judged(405, "METHOD_NOT_ALLOWED", "method PUT is not allowed, but [GET] are"), Kind::Unsupported);
        assert_eq!(judged(401, "UNAUTHORIZED", "unauthorized"), Kind::Unauthenticated);
        assert_eq!(judged(403, "FORBIDDEN", "alice"), Kind::Forbidden);
        assert_eq!(
            judged(403, "DENIED", "The system is in read only mode. Any modification is prohibited."),
            Kind::ReadOnly
        );
        assert_eq!(judged(409, "CONFLICT", "The project named x already exists"), Kind::Conflict);
        assert_eq!(
            judged(412, "PRECONDITION", "precondition failed: the project contains repositories, can not be deleted"),
            Kind::Conflict
        );
        assert_eq!(judged(422, "UNPROCESSABLE_ENTITY", "validation failure list"), Kind::Rejected);
        assert_eq!(judged(500, "UNKNOWN", "internal server error"), Kind::ServerError);
        assert_eq!(judged(412, "UNKNOWN", "no"), Kind::Foreign);
    }

    #[test]
    fn a_conflict_is_harbors_own() {
        let asked = RequestInfo { method: &Method::DELETE, path: "/api/v2.0/projects/12" };
        for status in [404, 409, 412] {
            for (content_type, body) in [
                ("text/html", "<html><h1>412</h1></html>"),
                ("application/json", r#"{"message":"sign in"}"#),
                ("text/plain", ""),
            ] {
                let verdict = Harbor::new("admin").judge(&asked, &Answer::new(status, content_type, body));
                assert!(
                    matches!(verdict, Classified::Failed { kind: Kind::Foreign, .. }),
                    "{status} {body}: {verdict:?}"
                );
            }
        }
    }
}
