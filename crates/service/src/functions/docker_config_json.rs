//! `docker_config_json(registry, username, password)`.

use terraform_framework::schema::{FunctionSchema, Parameter};
use terraform_framework::server::FunctionError;
use terraform_framework::value::{Type, Value};
use terraform_framework::{Arguments, Function, Secret};

use crate::docker;

/// The content of a Docker configuration with one login.
pub struct DockerConfigJson;

impl Function for DockerConfigJson {
    const NAME: &'static str = "docker_config_json";

    fn schema() -> FunctionSchema {
        FunctionSchema {
            summary: "Builds the content of a Docker config.json with one login".to_owned(),
            doc: "Gives the content of a Docker `config.json` with one login, which is also that of a Kubernetes secret of type \
                  `kubernetes.io/dockerconfigjson`. The result is sensitive when the password is."
                .to_owned(),
            parameters: vec![
                Parameter::text(
                    "registry",
                    "Registry to log in to, such as `quay.io` or `registry.example.com:8443`: host, and port if there is one, \
                     without `https://`.",
                ),
                Parameter::text("username", "Name to log in with, such as a robot's full name."),
                Parameter::text("password", "Password or token to log in with."),
            ],
            variadic: None,
            returns: Type::String,
        }
    }

    fn call(arguments: Arguments) -> Result<Value, FunctionError> {
        let registry: String = arguments.get(0)?;
        let username: String = arguments.get(1)?;
        let password: Secret = arguments.get(2)?;
        if registry.is_empty() || registry.contains("://") || registry.contains(char::is_whitespace) {
            let text = format!(
                "{registry:?} is not a registry: give its host, and port if there is one, such as \"quay.io\"."
            );
            return Err(arguments.error(0, text));
        }
        if username.is_empty() || username.contains(':') {
            return Err(arguments.error(1, "The username must not be empty, and cannot hold a colon."));
        }
        if password.expose().is_empty() {
            return Err(arguments.error(2, "The password must not be empty."));
        }
        Ok(Value::String(docker::config_json(&registry, &username, &password).expose().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::testing::{call, refused};
    use super::DockerConfigJson;

    #[test]
    fn the_login_is_under_the_registry() {
        let text = call::<DockerConfigJson>(&["quay.io", "acme+ci", "s"]).unwrap();
        let json: serde_json::Value = serde_json::from_str(text.as_str().unwrap()).unwrap();
        assert_eq!(json["auths"]["quay.io"]["auth"], "YWNtZStjaTpz");
    }

    #[test]
    fn the_argument_that_is_wrong_is_named() {
        assert_eq!(refused::<DockerConfigJson>(&["https://quay.io", "u", "p"]), Some(0));
        assert_eq!(refused::<DockerConfigJson>(&["", "u", "p"]), Some(0));
        assert_eq!(refused::<DockerConfigJson>(&["quay.io", "a:b", "p"]), Some(1));
        assert_eq!(refused::<DockerConfigJson>(&["quay.io", "u", ""]), Some(2));
    }
}
