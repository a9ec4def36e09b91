//! Ephemeral resource `quay_app_token`: a login for as long as Terraform runs.

use async_trait::async_trait;
use registry_service::{dates, docker};
use serde::{Deserialize, Serialize};
use terraform_framework::{Computed, Context, Ephemeral, Model, Opened, Result, Secret, check};

use super::app_token::{USERNAME, code_of};
use super::credentials::{is_passing_name, passing_name};
use crate::api::app_tokens::{self, AppTokenJson};
use crate::client::Quay;

/// Makes an app token of the token's own user when it is opened, and revokes it when it is closed: a registry login for the time that
/// Terraform runs, which is stored nowhere.
///
/// **Plans open it too**: each plan and each apply makes a token of its own and revokes it at its end. App tokens do not end by
/// themselves on most servers, so those that earlier runs left behind (because they were killed) are told by their titles, which begin
/// with the same `title`, and revoked when it is opened: all that are older than `leftover_after`.
///
/// Scope: `user:admin`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_app_token")]
pub struct EphemeralAppToken {
    /// What its title begins with; a random text follows. Default: `terraform`.
    #[attribute(optional, default = "terraform", check = check::length(1, 200))]
    title: String,
    /// How old a token of an earlier run must be to be revoked, such as `24h` (the default): longer than any run takes.
    #[attribute(optional, default = "24h", check = check::duration())]
    leftover_after: String,
    /// Name to log in with: always `$app`.
    #[computed]
    username: Computed<String>,
    /// Password to log in with.
    #[computed(sensitive)]
    token: Computed<Secret>,
    /// Content of a Docker `config.json` with the login.
    #[computed(sensitive)]
    docker_config_json: Computed<Secret>,
    /// Names the token.
    #[computed]
    uuid: Computed<String>,
}

/// What closing needs to know.
#[derive(Debug, Serialize, Deserialize)]
pub struct Open {
    uuid: String,
}

#[async_trait]
impl Ephemeral for EphemeralAppToken {
    type Client = Quay;
    type Private = Open;

    async fn open(cx: &mut Context<Quay>, config: Self) -> Result<Opened<Self>> {
        let made = cx.send(app_tokens::create(&passing_name(&config.title))).await?;
        let open = Open { uuid: made.uuid.clone() };
        config.clean(cx, &made).await;
        let code = match code_of(cx, made).await {
            Ok(code) => code,
            Err(error) => {
                // Nobody would close what was not opened.
                cx.delete(app_tokens::revoke(&open.uuid)).await?;
                return Err(error);
            }
        };
        let login = docker::config_json(&docker::host(cx.url()), USERNAME, &code);
        let result = Self {
            username: Computed::from(USERNAME),
            token: Computed::from(code),
            docker_config_json: Computed::from(login),
            uuid: Computed::from(open.uuid.clone()),
            ..config
        };
        Ok(Opened { result, private: open, renew_at: None })
    }

    async fn close(cx: &mut Context<Quay>, open: Open) -> Result<()> {
        cx.delete(app_tokens::revoke(&open.uuid)).await?;
        Ok(())
    }
}

impl EphemeralAppToken {
    /// Revokes what earlier runs left behind, by the server's own clock. Whatever hinders it hinders nothing else.
    async fn clean(&self, cx: &mut Context<Quay>, made: &AppTokenJson) {
        let Ok(found) = cx.list(app_tokens::list()).await else { return };
        for token in found.iter().filter(|token| self.is_left_behind(token, made)) {
            if let Err(error) = cx.delete(app_tokens::revoke(&token.uuid)).await {
                cx.warn("An app token that an earlier run left behind could not be revoked", error.detail());
            }
        }
    }

    /// Whether a token is one of an earlier run, and so old that no run uses it any more.
    fn is_left_behind(&self, token: &AppTokenJson, made: &AppTokenJson) -> bool {
        let seconds = |token: &AppTokenJson| dates::seconds(token.created.as_deref()?);
        let limit = check::parse_duration(&self.leftover_after).and_then(|limit| i64::try_from(limit.as_secs()).ok());
        let (Some(now), Some(then), Some(limit)) = (seconds(made), seconds(token), limit) else { return false };
        token.uuid != made.uuid && is_passing_name(&token.title, &self.title) && now - then > limit
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn token(uuid: &str, title: &str, created: &str) -> AppTokenJson {
        serde_json::from_value(serde_json::json!({"uuid": uuid, "title": title, "created": created})).unwrap()
    }

    #[test]
    fn only_old_tokens_of_its_own_are_left_behind() {
        let config = EphemeralAppToken {
            title: "terraform".to_owned(),
            leftover_after: "24h".to_owned(),
            username: Computed::UNSET,
            token: Computed::UNSET,
            docker_config_json: Computed::UNSET,
            uuid: Computed::UNSET,
        };
        let own = "terraform-0123456789abcdef";
        let made = token("new", own, "Fri, 20 Nov 2026 14:19:19 -0000");
        let left = |title: &str, created: &str| config.is_left_behind(&token("old", title, created), &made);
        assert!(left(own, "Thu, 19 Nov 2026 14:19:18 -0000"));
        assert!(!left(own, "Thu, 19 Nov 2026 14:19:20 -0000"), "another run may use it");
        assert!(!left("laptop", "Thu, 19 Nov 2020 14:19:20 -0000"));
        assert!(!left("terraform-cloud", "Thu, 19 Nov 2020 14:19:20 -0000"));
        assert!(!config.is_left_behind(&made, &made));
    }
}
