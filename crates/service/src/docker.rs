//! What Docker and its relatives need to log in.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use terraform_framework::Secret;

/// The registry's name in a Docker configuration: host, and port if there is one, of a server's address.
pub fn host(url: &str) -> String {
    let parsed = url::Url::parse(url).ok();
    let named = parsed.as_ref().and_then(|u| Some((u.host_str()?, u.port())));
    match named {
        Some((host, Some(port))) => format!("{host}:{port}"),
        Some((host, None)) => host.to_owned(),
        None => url.to_owned(),
    }
}

/// Content of a `config.json` (also of a Kubernetes secret of type `kubernetes.io/dockerconfigjson`) with one login.
pub fn config_json(registry: &str, username: &str, password: &Secret) -> Secret {
    let auth = STANDARD.encode(format!("{username}:{}", password.expose()));
    let login = json!({ "username": username, "password": password.expose(), "auth": auth });
    Secret::from(json!({ "auths": { registry: login } }).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_keeps_its_port() {
        assert_eq!(host("https://quay.example.com/"), "quay.example.com");
        assert_eq!(host("http://127.0.0.1:8080"), "127.0.0.1:8080");
    }

    #[test]
    fn the_configuration_holds_the_login_three_times() {
        let config = config_json("quay.io", "acme+ci", &Secret::from("s"));
        let auth = "YWNtZStjaTpz";
        let expected = format!(r#"{{"auths":{{"quay.io":{{"username":"acme+ci","password":"s","auth":"{auth}"}}}}}}"#);
        assert_eq!(config.expose(), expected);
    }
}
