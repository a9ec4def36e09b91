//! Action `quay_revoke_user_authorization`.
//!
//! Endpoint: `user/authorizations/{uuid}`; see [`crate::api::authorizations`].

use async_trait::async_trait;
use terraform_framework::{Action, Context, Error, Model, Progress, Result, check};

use crate::api::authorizations;
use crate::client::Quay;

/// Ends an OAuth access token that acts for the token's own user, at once and for good: one that a program was given and that is not
/// needed any more. `quay_user_authorizations` tells which there are.
///
/// The token that the provider works with is one of them: if it is revoked, this provider is refused from then on. Tokens that
/// `quay_oauth_application_token` made are better destroyed there.
///
/// Scope: `user:admin`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_revoke_user_authorization", subcategory = "OAuth applications")]
pub struct RevokeUserAuthorization {
    /// Names the authorization: `uuid` in `quay_user_authorizations`.
    #[attribute(required, check = check::length(1, 255))]
    uuid: String,
}

#[async_trait]
impl Action for RevokeUserAuthorization {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        let uuid = &config.uuid;
        let found = cx.find(authorizations::get(uuid)).await?;
        let found = found.ok_or_else(|| none(uuid, "quay_user_authorizations"))?;
        cx.delete(authorizations::revoke(uuid)).await?;
        let application = found.application;
        progress
            .say(format!(
                "The token of application {} (organization {}) is revoked.",
                application.name, application.organization.name
            ))
            .await;
        Ok(())
    }
}

/// There is no authorization of this id; `list` is what shows those that there are.
pub(super) fn none(uuid: &str, list: &str) -> Error {
    let detail = format!("The token's own user has none of that UUID; it may have been revoked. {list} shows all.");
    Error::new(format!("There is no authorization {uuid}"), detail).at("uuid")
}
