//! Organizations that are a cache before another registry.
//!
//! Observed: an organization without one, and an unknown one, are answered with 200 and empty texts; creating answers 201 "Created", and
//! deleting 201 "Deleted"; nothing changes one (405); two that are created at once both get 201; the login is never shown; the host must
//! have an address, and no scheme stands before it. `validateproxycache` answers 202, and says the same of a wrong login as of a registry
//! that does not answer.
//!
//! From Quay's source: `validateproxycache` is refused as creating is ("already exists") where there is a cache already, so no change of
//! one can be validated; before 3.15.6, and in 3.16 before 3.16.4, creating takes the organization from the body, and fails (500) where
//! `org_name` is missing there.

use registry_http::{Acknowledgement, Answer, Endpoint, NotFound, Repetition, Seen};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};
use terraform_framework::Secret;

use crate::features;

/// What an organization caches, as Quay shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ProxyCacheJson {
    pub upstream_registry: String,
    /// Seconds.
    pub expiration_s: i64,
    pub insecure: bool,
}

/// What an organization is to cache.
#[derive(Debug, Clone)]
pub struct NewProxyCache {
    pub shown: ProxyCacheJson,
    pub username: Option<String>,
    pub password: Option<Secret>,
}

impl NewProxyCache {
    fn body(&self) -> Value {
        let mut body = json!({
            "upstream_registry": self.shown.upstream_registry,
            "expiration_s": self.shown.expiration_s,
            "insecure": self.shown.insecure,
        });
        if let Some(username) = &self.username {
            body["upstream_registry_username"] = json!(username);
        }
        if let Some(password) = &self.password {
            body["upstream_registry_password"] = json!(password.expose());
        }
        body
    }

    /// A request that carries it.
    fn sent<T: 'static>(&self, endpoint: Endpoint<T>, body: &Value) -> Endpoint<T> {
        let secret = self.password.as_ref().map(|password| SecretString::from(password.expose().to_owned()));
        let endpoint = endpoint.json(body);
        match &secret {
            Some(secret) => endpoint.hiding(secret),
            None => endpoint,
        }
    }
}

fn about<T: 'static>(endpoint: Endpoint<T>, action: &str, organization: &str) -> Endpoint<T> {
    endpoint
        .describe(format!("{action} the proxy cache of organization {organization}"))
        .requires_scope("org:admin")
        .ability(&features::PROXY_CACHE)
}

const ROUTE: &str = "organization/{organization}/proxycache";

fn is_none(answer: &Answer) -> bool {
    answer.status() == 200 && answer.json().is_some_and(|json| json["upstream_registry"] == "")
}

/// What an organization caches.
pub fn get(organization: &str) -> Endpoint<ProxyCacheJson> {
    about(Endpoint::get(ROUTE, &[organization]), "read", organization)
        .held_by(organization)
        .not_found_when(NotFound::when(is_none))
}

/// Makes an organization a cache; one that is a cache already is refused. From Quay's source: no unique key keeps it from being one twice, where
/// two requests look at the same moment whether it is.
pub fn create(organization: &str, new: &NewProxyCache) -> Endpoint<()> {
    let wanted = new.shown.clone();
    let endpoint = about(Endpoint::<String>::post(ROUTE, &[organization]), "create", organization);
    // Newer releases ignore `org_name`.
    let mut body = new.body();
    body["org_name"] = json!(organization);
    let confirmed = Repetition::confirmed(get(organization), move |found| match found == wanted {
        true => Seen::Ours(()),
        false => Seen::other("it is a cache of another registry, or with other settings"),
    });
    new.sent(endpoint, &body).acknowledged(Acknowledgement::Word(&["Created"])).repetition(confirmed.sent_once())
}

/// Ends it. The images that were cached stay.
pub fn delete(organization: &str) -> Endpoint<()> {
    about(Endpoint::delete(ROUTE, &[organization]), "delete", organization)
        .held_by(organization)
        .acknowledged(Acknowledgement::Word(&["Deleted"]))
}

/// Lets the server log in at the upstream registry. Nothing is changed.
pub fn validate(organization: &str, new: &NewProxyCache) -> Endpoint<()> {
    let endpoint = Endpoint::<String>::post("organization/{organization}/validateproxycache", &[organization]);
    new.sent(about(endpoint, "validate", organization), &new.body())
        .acknowledged(Acknowledgement::Word(&["Valid", "Anonymous"]))
        .repetition(Repetition::Safe)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_answer_says_that_there_is_none() {
        let answer = |body: &'static str| Answer::new(200, "application/json", body);
        assert!(is_none(&answer(r#"{"upstream_registry":"","expiration_s":"","insecure":""}"#)));
        let there = answer(r#"{"upstream_registry":"quay.io/acme","expiration_s":-1,"insecure":false}"#);
        assert!(!is_none(&there));
        assert_eq!(get("acme").decode(&there).unwrap().expiration_s, -1);
    }

    #[test]
    fn a_login_is_sent_only_if_there_is_one() {
        let shown = ProxyCacheJson { upstream_registry: "quay.io".to_owned(), expiration_s: 60, insecure: false };
        let nobody = NewProxyCache { shown, username: None, password: None };
        let body = json!({"upstream_registry": "quay.io", "expiration_s": 60, "insecure": false});
        assert_eq!(validate("acme", &nobody).body().unwrap(), body);
        assert_eq!(create("acme", &nobody).body().unwrap()["org_name"], "acme");
        let user = NewProxyCache { username: Some("u".to_owned()), password: Some("p".into()), ..nobody };
        assert_eq!(validate("acme", &user).body().unwrap()["upstream_registry_password"], "p");
    }
}
