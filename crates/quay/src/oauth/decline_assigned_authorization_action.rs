//! Action `quay_decline_assigned_authorization`.
//!
//! Endpoint: `user/assignedauthorization/{uuid}`; see [`crate::api::authorizations`].

use async_trait::async_trait;
use terraform_framework::{Action, Context, Model, Progress, Result, check};

use super::revoke_user_authorization_action::none;
use crate::api::authorizations;
use crate::client::Quay;

/// Turns down an OAuth application that waits for the token's own user to let it in. `quay_assigned_authorizations` tells which there are.
///
/// Scope: `user:admin`. Needs Quay 3.12 or newer, with FEATURE_ASSIGN_OAUTH_TOKEN.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_decline_assigned_authorization", subcategory = "OAuth applications")]
pub struct DeclineAssignedAuthorization {
    /// Names the authorization: `uuid` in `quay_assigned_authorizations`.
    #[attribute(required, check = check::length(1, 255))]
    uuid: String,
}

#[async_trait]
impl Action for DeclineAssignedAuthorization {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        let uuid = &config.uuid;
        if !cx.delete(authorizations::decline_assigned(uuid)).await? {
            return Err(none(uuid, "quay_assigned_authorizations"));
        }
        progress.say(format!("Authorization {uuid} is declined.")).await;
        Ok(())
    }
}
