//! Ephemeral resource `quay_oauth_application_token`: an API token for as long as Terraform runs.

use std::collections::BTreeSet;

use async_trait::async_trait;
use jiff::Timestamp;
use registry_service::dates;
use serde::{Deserialize, Serialize};
use terraform_framework::{Computed, Context, Ephemeral, Model, Opened, Result, Secret, check};

use super::credentials::{is_passing_name, passing_name};
use super::oauth_application_token::{LONGEST, SCOPES, make};
use crate::api::application_tokens::{self, ApplicationTokenJson, ApplicationTokenKey};
use crate::api::applications::ApplicationKey;
use crate::client::Quay;
use crate::names;

/// Makes an API token of an OAuth application when it is opened, and revokes it when it is closed: access for the time that Terraform
/// runs, which is stored nowhere.
///
/// **Plans open it too**: each plan and each apply makes a token of its own and revokes it at its end. It ends by itself after
/// `expiration_s`, should Terraform be killed before it can revoke it; a longer run needs a longer time, since Quay cannot prolong a
/// token. Tokens that earlier runs left behind in the same application under the same `name`, and whose time is over, are deleted when
/// it is opened; those that still work may be another run's and are left alone.
///
/// Scopes: `org:admin`, and every scope that the new token is to have: Quay lets no token give more than it may do itself.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_oauth_application_token")]
pub struct EphemeralApplicationToken {
    /// Organization that the application belongs to.
    #[attribute(required, check = names::namespace())]
    organization: String,
    /// Client id of the application.
    #[attribute(required, check = check::length(1, 255))]
    client_id: String,
    /// What its name begins with; a random text follows. Default: `terraform`.
    #[attribute(optional, default = "terraform", check = names::trimmed(), check = check::length(1, 200))]
    name: String,
    /// What the token may do: `repo:read`, `repo:write`, `repo:admin`, `repo:create`, `user:read`, `user:admin`, `org:admin`,
    /// `super:user`.
    #[attribute(required, check = check::count(1, 8), check = check::each(check::one_of(SCOPES)))]
    scopes: BTreeSet<String>,
    /// How long the token lives unless it is revoked before, in seconds. Default: 3600.
    #[attribute(optional, default = 3600, check = check::between(60, LONGEST))]
    expiration_s: i64,
    /// The token itself.
    #[computed(sensitive)]
    token: Computed<Secret>,
    /// Names the token.
    #[computed]
    uuid: Computed<String>,
    /// When it ends if it is not revoked before (RFC 3339).
    #[computed]
    expires_at: Computed<Option<String>>,
}

/// What closing needs to know.
#[derive(Debug, Serialize, Deserialize)]
pub struct Open {
    organization: String,
    client_id: String,
    uuid: String,
}

#[async_trait]
impl Ephemeral for EphemeralApplicationToken {
    type Client = Quay;
    type Private = Open;

    async fn open(cx: &mut Context<Quay>, config: Self) -> Result<Opened<Self>> {
        let key = ApplicationKey { organization: config.organization.clone(), client_id: config.client_id.clone() };
        let (made, token) = make(cx, &key, &passing_name(&config.name), &config.scopes, config.expiration_s).await?;
        clean(cx, &key, &config.name, &made).await;
        let open = Open { organization: key.organization, client_id: key.client_id, uuid: made.uuid.clone() };
        let end = made.expires_at.map(|text| dates::rfc3339(&text).unwrap_or(text));
        let result = Self {
            token: Computed::from(token),
            uuid: Computed::from(made.uuid),
            expires_at: Computed::from(end),
            ..config
        };
        Ok(Opened { result, private: open, renew_at: None })
    }

    async fn close(cx: &mut Context<Quay>, open: Open) -> Result<()> {
        let application = ApplicationKey { organization: open.organization, client_id: open.client_id };
        cx.delete(application_tokens::delete(&ApplicationTokenKey { application, uuid: open.uuid })).await?;
        Ok(())
    }
}

/// Deletes what earlier runs left behind, by the server's own clock. Whatever hinders it hinders nothing else.
async fn clean(cx: &mut Context<Quay>, key: &ApplicationKey, begin: &str, made: &ApplicationTokenJson) {
    let Some(now) = time(made.created.as_deref()) else { return };
    let Ok(found) = cx.list(application_tokens::list(key)).await else { return };
    for token in found.into_iter().filter(|token| is_left_behind(token, begin, now)) {
        let unused = ApplicationTokenKey { application: key.clone(), uuid: token.uuid };
        if let Err(error) = cx.delete(application_tokens::delete(&unused)).await {
            cx.warn("A token that an earlier run left behind could not be deleted", error.detail());
        }
    }
}

/// Whether a token is one of an earlier run whose time is over.
fn is_left_behind(token: &ApplicationTokenJson, begin: &str, now: Timestamp) -> bool {
    let is_own = token.name.as_deref().is_some_and(|name| is_passing_name(name, begin));
    is_own && time(token.expires_at.as_deref()).is_some_and(|end| end < now)
}

fn time(text: Option<&str>) -> Option<Timestamp> {
    text?.parse().ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_ended_tokens_of_its_own_are_left_behind() {
        let now: Timestamp = "2026-11-20T14:00:00Z".parse().unwrap();
        let left = |name: &str, expires_at: &str| {
            let json = serde_json::json!({"uuid": "u", "name": name, "scope": "repo:read", "expires_at": expires_at});
            is_left_behind(&serde_json::from_value(json).unwrap(), "terraform", now)
        };
        assert!(left("terraform-0123456789abcdef", "2026-11-20T13:59:59.5Z"));
        assert!(!left("terraform-0123456789abcdef", "2026-11-20T14:30:00Z"), "it may be another run's");
        assert!(!left("terraform-backup", "2026-11-20T13:00:00Z"));
        assert!(!left("other-0123456789abcdef", "2026-11-20T13:00:00Z"));
    }
}
