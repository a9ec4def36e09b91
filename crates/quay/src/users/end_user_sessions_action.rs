//! Action `quay_end_user_sessions`.
//!
//! Endpoint: `signout`; see [`crate::api::account`].

use async_trait::async_trait;
use terraform_framework::{Action, Context, Model, Progress, Result};

use crate::api::account;
use crate::client::Quay;

/// Logs the token's own user out of Quay's web pages, in all browsers at once: after its password changed or a computer was lost, for one. Its
/// tokens and robot accounts go on working, the provider's own too.
///
/// It needs no scope.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_end_user_sessions", subcategory = "Users")]
pub struct EndUserSessions {}

#[async_trait]
impl Action for EndUserSessions {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, _: Self, progress: &Progress) -> Result<()> {
        cx.send(account::sign_out()).await?;
        let who = cx.user().await?.unwrap_or("The token's user");
        progress.say(format!("{who} is logged out everywhere.")).await;
        Ok(())
    }
}
