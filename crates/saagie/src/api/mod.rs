//! Saagie's API: a login that gives a token, and GraphQL for the rest. Built without I/O.

use registry_http::{Endpoint, Repetition};
use serde::Serialize;
use serde_json::json;
use terraform_framework::Secret;

pub mod credentials;

/// A project of a platform.
#[derive(Debug, Clone)]
pub struct Project {
    /// Number of the platform.
    pub platform: String,
    /// UUID of the project.
    pub id: String,
}

/// `POST /authentication/api/open/authenticate`: the answer's text is the token.
pub fn login(realm: &str, username: &str, password: &Secret) -> Endpoint<secrecy::SecretString> {
    let secret = secrecy::SecretString::from(password.expose().to_owned());
    Endpoint::<serde_json::Value>::post("/authentication/api/open/authenticate", &[])
        .describe(format!("log in as {username} to the realm {realm}"))
        .header("saagie-realm", realm)
        .json(&json!({ "login": username, "password": password.expose() }))
        .hiding(&secret)
        // It changes nothing that an object could hang on: a stop need not wait for what follows it.
        .repetition(Repetition::Safe)
        .text()
        .map(|token| secrecy::SecretString::from(token.trim().to_owned()))
}

/// `POST /projects/api/platform/{platform}/graphql` with a query and its variables.
fn graphql<T: serde::de::DeserializeOwned + 'static>(
    project: &Project,
    query: &'static str,
    variables: &impl Serialize,
) -> Endpoint<T> {
    Endpoint::post("/projects/api/platform/{platform}/graphql", &[&project.platform])
        .json(&json!({ "query": query, "variables": variables }))
}

#[cfg(test)]
mod tests {
    use super::login;
    use terraform_framework::Secret;

    #[test]
    fn a_login_is_no_write_that_a_stop_has_to_wait_for() {
        assert!(login("saagie", "user", &Secret::from("password".to_owned())).may_be_cut_off());
    }
}
