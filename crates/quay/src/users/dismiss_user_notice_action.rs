//! Action `quay_dismiss_user_notice`.
//!
//! Endpoint: `user/notifications/{uuid}`; see [`crate::api::notices`].

use async_trait::async_trait;
use terraform_framework::{Action, Context, Model, Progress, Result, check};

use super::user_notices;
use crate::api::notices::dismiss;
use crate::client::Quay;

/// Dismisses a notice of the token's own user, or takes that back: something that Quay's web pages show at the bell, such as an invitation
/// to a team. The data source `quay_user_notices` shows which there are.
///
/// What the notice is about stays as it is: an invitation can still be accepted or declined.
///
/// Scope: `user:admin`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_dismiss_user_notice", subcategory = "Users")]
pub struct DismissUserNotice {
    /// Names the notice: `uuid` of the data source `quay_user_notices`.
    #[attribute(required, check = check::length(1, 255))]
    uuid: String,
    /// Whether it is to be dismissed, which is the default; with `false` the web pages show it again.
    #[attribute(optional)]
    dismissed: Option<bool>,
}

#[async_trait]
impl Action for DismissUserNotice {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        let dismissed = config.dismissed.unwrap_or(true);
        let found = cx.find(dismiss(&config.uuid, dismissed)).await?;
        found.ok_or_else(|| user_notices::none(&config.uuid))?;
        progress.say(if dismissed { "The notice is dismissed." } else { "The notice is shown again." }).await;
        Ok(())
    }
}
