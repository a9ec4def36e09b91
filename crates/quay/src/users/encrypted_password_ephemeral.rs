//! Ephemeral resource `quay_encrypted_password`: what Docker takes in place of a user's password.
//!
//! Endpoint: `user/clientkey`; see [`crate::api::authorizations`].

use async_trait::async_trait;
use registry_http::Kind;
use registry_service::docker;
use terraform_framework::{Computed, Context, Ephemeral, Error, Model, Opened, Result, Secret, check};

use crate::api::authorizations;
use crate::client::Quay;

/// Encrypts the password of the token's own user, for registry logins: where the server demands it (FEATURE_REQUIRE_ENCRYPTED_BASIC_AUTH),
/// only the encrypted one works there. It is stored nowhere, and works until the user's password changes. Programs are better off with a
/// robot, or with `quay_app_token`.
///
/// Scope: `user:admin`. Not where the users come from OpenID Connect: they have no password in Quay.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_encrypted_password", subcategory = "Users", exactly_one_of(password, password_env))]
pub struct EncryptedPassword {
    /// Password of the token's own user.
    #[attribute(optional, sensitive)]
    password: Option<Secret>,
    /// Name of an environment variable that holds the password.
    #[attribute(optional, check = check::length(1, 255))]
    password_env: Option<String>,
    /// Name to log in with: the token's own user.
    #[computed]
    username: Computed<String>,
    /// Password to log in with.
    #[computed(sensitive)]
    encrypted_password: Computed<Secret>,
    /// Content of a Docker `config.json` with the login.
    #[computed(sensitive)]
    docker_config_json: Computed<Secret>,
}

#[async_trait]
impl Ephemeral for EncryptedPassword {
    type Client = Quay;
    type Private = ();

    async fn open(cx: &mut Context<Quay>, config: Self) -> Result<Opened<Self>> {
        let password = match &config.password {
            Some(password) => password.clone(),
            None => from_environment(config.password_env.as_deref().unwrap_or_default())?,
        };
        let username = cx.authenticated_user().await?;
        let key = cx.send(authorizations::client_key(&password)).await.map_err(|error| {
            let hint = match error.kind() {
                Kind::NotFound => "The users of this server have no password in Quay: they come from OpenID Connect.",
                Kind::Rejected => {
                    "It must be the password with which the token's own user logs in to Quay's web pages."
                }
                _ => return error.into(),
            };
            Error::from(error).with_hint(hint)
        })?;
        let login = docker::config_json(&docker::host(cx.url()), &username, &key);
        let result = Self {
            username: Computed::from(username),
            encrypted_password: Computed::from(key),
            docker_config_json: Computed::from(login),
            ..config
        };
        Ok(Opened { result, private: (), renew_at: None })
    }
}

fn from_environment(name: &str) -> Result<Secret> {
    match std::env::var(name) {
        Ok(text) if !text.is_empty() => Ok(Secret::from(text)),
        _ => {
            let detail = format!(
                "The environment variable {name} is not set, or empty. Set it where Terraform runs: providers see Terraform's environment."
            );
            Err(Error::new("Password is missing", detail).at("password_env"))
        }
    }
}
