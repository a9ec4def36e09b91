//! How Harbor words its failures: an envelope of errors with code and message, and its own 404 and 405 for routes that are not there.

use serde_json::Value;

use crate::http::{Advice, Answer, Asked, Dialect, Facts, Kind, Verdict, kind_of_status, route_missing};

/// Harbor's `/api/v2.0/`.
#[derive(Debug, Clone, Copy)]
pub struct Harbor;

impl Dialect for Harbor {
    fn service(&self) -> &'static str {
        "Harbor"
    }

    fn root(&self) -> &'static str {
        "/api/v2.0/"
    }

    fn judge(&self, asked: &Asked<'_>, answer: &Answer) -> Verdict {
        if answer.status() < 300 {
            return Verdict::Fine;
        }
        let body = answer.json();
        let message = body.as_ref().and_then(message);
        let lower = message.as_deref().unwrap_or_default().to_lowercase();
        let kind = match answer.status() {
            403 if lower.contains("read only mode") => Kind::ReadOnly,
            // "path /api/v2.0/x was not found": the route, not an object.
            404 if lower.starts_with("path ") && lower.contains(" was not found") => Kind::NotOffered,
            404 if is_own_not_found(body.as_ref()) => Kind::Gone,
            412 => Kind::Conflict,
            // A page or nothing at all: Harbor itself names a route that it does not have.
            404 => Kind::Foreign,
            _ if route_missing(asked, answer) => Kind::NotOffered,
            status => kind_of_status(status),
        };
        Verdict::failed(kind, message)
    }

    fn advice(&self, facts: &Facts<'_>) -> Advice {
        match facts.kind {
            Kind::Unauthenticated => Advice::new(
                "user name or password is wrong, or the user is locked after failed logins; of a robot account: its full name (with its \
                 prefix, such as `robot$ci`) or its secret is wrong, or it is disabled or has expired. Where Harbor logs in by OIDC, only the \
                 local administrator and robots can use the API with a password.",
                "Check `username` and `password` (HARBOR_USERNAME, HARBOR_PASSWORD). Nothing was removed from the state.",
            ),
            _ => Advice::usual(facts, self.service()),
        }
    }
}

/// Whether a 404 has the shape that Harbor gives it.
fn is_own_not_found(body: Option<&Value>) -> bool {
    let errors = body.and_then(|body| body.get("errors")?.as_array());
    errors.is_some_and(|errors| errors.iter().any(|error| error["code"] == "NOT_FOUND"))
}

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
    use ::http::Method;

    use super::Harbor;
    use crate::http::{Answer, Asked, Dialect, Kind, Verdict};

    fn judged(status: u16, code: &str, message: &str) -> Kind {
        let body = serde_json::json!({"errors": [{"code": code, "message": message}]}).to_string();
        let asked = Asked { method: &Method::GET, path: "/api/v2.0/projects/12" };
        match Harbor.judge(&asked, &Answer::new(status, "application/json; charset=utf-8", body)) {
            Verdict::Failed { kind, message: Some(told) } if told == message => kind,
            verdict => panic!("{verdict:?}"),
        }
    }

    #[test]
    fn the_envelope_is_read() {
        assert_eq!(judged(404, "NOT_FOUND", "project 12 not found"), Kind::Gone);
        assert_eq!(judged(404, "NOT_FOUND", "path /api/v2.0/permissions was not found"), Kind::NotOffered);
        assert_eq!(judged(405, "METHOD_NOT_ALLOWED", "method PUT is not allowed, but [GET] are"), Kind::NotOffered);
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
    }
}
