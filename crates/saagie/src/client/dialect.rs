//! How Saagie words its failures: GraphQL errors in an answer with status 200, and plain statuses at the login.
//!
//! Its error codes are not published: only what the GraphQL convention and plain words tell is used. What means "gone" is left to the
//! endpoints.

use registry_http::{
    Advice, Answer, Classified, ErrorModel, FailureContext, Kind, RequestInfo, kind_of_status, route_missing,
};
use serde_json::Value;

/// Saagie's login and projects API.
#[derive(Debug, Clone, Copy)]
pub struct Saagie;

impl ErrorModel for Saagie {
    fn service(&self) -> &'static str {
        "Saagie"
    }

    fn root(&self) -> &'static str {
        "/"
    }

    fn judge(&self, asked: &RequestInfo<'_>, answer: &Answer) -> Classified {
        let errors = errors(answer);
        if answer.status() < 300 {
            return if errors.is_empty() { Classified::Fine } else { graphql(&errors) };
        }
        let body = answer.json();
        let login = asked.path.ends_with("/authenticate") && matches!(answer.status(), 400..=403);
        let kind = if login {
            Kind::Unauthenticated
        } else if route_missing(asked, answer) {
            Kind::Unsupported
        } else {
            kind_of_status(answer.status())
        };
        let text = |name: &str| body.as_ref()?.get(name)?.as_str().map(str::to_owned);
        let message = (!errors.is_empty()).then(|| messages(&errors));
        let message = message.or_else(|| text("message")).or_else(|| text("error"));
        Classified::failed(kind, message)
    }

    fn advice(&self, facts: &FailureContext<'_>) -> Advice {
        match facts.kind {
            Kind::Unauthenticated => Advice::new(
                "user name, password or realm is wrong, or the account is locked.",
                "Check `username`, `password` and `realm` (SAAGIE_USERNAME, SAAGIE_PASSWORD, SAAGIE_REALM). Nothing was removed from the state.",
            ),
            Kind::Forbidden => Advice::new(
                "the user has no right to edit this project.",
                "Ask an administrator of the platform for the editor's role on the project.",
            ),
            Kind::Unsupported => Advice::new(
                "`url` or `platform_id` is wrong.",
                "Compare them with the address of the project in a browser.",
            ),
            _ => Advice::usual(facts, self.service()),
        }
    }
}

/// The errors of an answer. GraphQL's are a list; whatever else stands there (a gateway's text, or too much) is one, too.
fn errors(answer: &Answer) -> Vec<Value> {
    if answer.text_at("/errors").is_none() {
        return Vec::new();
    }
    match answer.json_at("/errors") {
        Some(Value::Null) => Vec::new(),
        Some(Value::Array(errors)) => errors,
        Some(error) => vec![error],
        None => vec![Value::Bool(true)],
    }
}

/// What an error says: its message, or itself where it is a text.
fn words(error: &Value) -> Option<&str> {
    error.get("message").unwrap_or(error).as_str()
}

fn graphql(errors: &[Value]) -> Classified {
    let signs = errors
        .iter()
        .flat_map(|error| {
            let sign = |pointer| error.pointer(pointer).and_then(Value::as_str);
            [sign("/extensions/code"), sign("/extensions/classification"), words(error)]
        })
        .filter_map(|sign| Some(sign?.to_lowercase()))
        .collect::<Vec<_>>()
        .join(" ");
    let has = |words: &[&str]| words.iter().any(|word| signs.contains(word));
    let kind = if has(&["unauthenticated", "unauthorized", "not authenticated"]) {
        Kind::Unauthenticated
    } else if has(&["forbidden", "access denied", "access is denied", "permission"]) {
        Kind::Forbidden
    } else if has(&["already exist", "duplicate"]) {
        Kind::Conflict
    } else {
        Kind::Rejected
    };
    Classified::failed(kind, Some(messages(errors)))
}

fn messages(errors: &[Value]) -> String {
    let words: Vec<_> = errors.iter().filter_map(words).filter(|words| !words.is_empty()).collect();
    if words.is_empty() { "errors without a message".to_owned() } else { words.join("; ") }
}

#[cfg(test)]
mod tests {
    use registry_http::Method;
    use serde_json::{Value, json};

    use super::Saagie;
    use registry_http::{Answer, Classified, ErrorModel, Kind, RequestInfo};

    fn judged(path: &str, status: u16, body: &Value) -> Classified {
        Saagie.judge(
            &RequestInfo { method: &Method::POST, path },
            &Answer::new(status, "application/json", body.to_string()),
        )
    }

    #[test]
    fn errors_in_a_200_are_failures() {
        let kind = |error: Value| match judged(
            "/projects/api/platform/1/graphql",
            200,
            &json!({"errors": [error], "data": null}),
        ) {
            Classified::Failed { kind, .. } => kind,
            Classified::Fine => panic!("it is a failure"),
        };
        assert_eq!(kind(json!({"message": "Credentials not found"})), Kind::Rejected);
        assert_eq!(kind(json!({"message": "no", "extensions": {"code": "UNAUTHENTICATED"}})), Kind::Unauthenticated);
        assert_eq!(kind(json!({"message": "Access is denied"})), Kind::Forbidden);
        assert_eq!(kind(json!({"message": "It already exists"})), Kind::Conflict);
    }

    #[test]
    fn errors_of_any_shape_are_failures() {
        for (errors, kind) in [
            (json!("Unauthorized"), Kind::Unauthenticated),
            (json!({"message": "Access is denied"}), Kind::Forbidden),
            (json!(["it already exists"]), Kind::Conflict),
            (json!({}), Kind::Rejected),
            (json!(""), Kind::Rejected),
            (json!(false), Kind::Rejected),
            (json!(1), Kind::Rejected),
        ] {
            let body = json!({"errors": errors, "data": {"dockerCredentials": null}});
            match judged("/projects/api/platform/1/graphql", 200, &body) {
                Classified::Failed { kind: found, message: Some(_) } if found == kind => {}
                verdict => panic!("{body}: {verdict:?}"),
            }
        }
    }

    #[test]
    fn data_without_errors_is_fine() {
        for body in [
            json!({"data": {"dockerCredentials": null}}),
            json!({"data": {}, "errors": []}),
            json!({"data": {"dockerCredentials": null}, "errors": null}),
            json!({"data": {"allDockerCredentials": vec![json!({"id": "x".repeat(100)}); 10_000]}}),
        ] {
            assert_eq!(judged("/projects/api/platform/1/graphql", 200, &body), Classified::Fine);
        }
    }

    #[test]
    fn errors_that_are_not_read_are_failures_all_the_same() {
        for errors in [json!({}), json!([7]), json!(vec!["x".repeat(100); 10_000])] {
            let body = json!({"data": {"a": null}, "errors": errors});
            let verdict = judged("/projects/api/platform/1/graphql", 200, &body);
            assert_eq!(verdict, Classified::failed(Kind::Rejected, Some("errors without a message".into())));
        }
    }

    #[test]
    fn any_refused_login_is_about_the_credentials() {
        for status in [400, 401, 403] {
            let verdict =
                judged("/authentication/api/open/authenticate", status, &json!({"message": "Bad credentials"}));
            assert_eq!(verdict, Classified::failed(Kind::Unauthenticated, Some("Bad credentials".into())));
        }
    }
}
