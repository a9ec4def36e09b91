//! Action `quay_send_recovery_email`.

use async_trait::async_trait;

use super::api::user;
use super::{Quay, ability, names};
use crate::framework::{Action, Context, Model, Progress, Report, Result};

/// Sends a user an e-mail with which it can choose a new password. Its old password works until then.
///
/// Scope: `super:user`, of a superuser. Needs FEATURE_MAILING.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_send_recovery_email", area = "Users")]
pub struct SendRecoveryEmail {
    /// Name of the user.
    #[arg(required, check = names::user())]
    username: String,
}

#[async_trait]
impl Action for SendRecoveryEmail {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        let sent = cx.send(user::send_recovery(&config.username)).await?;
        progress.say(format!("An e-mail for {} went to {}.", config.username, sent.email)).await;
        Ok(())
    }

    async fn probe(cx: &mut Context<Quay>, _: SendRecoveryEmailView, report: &mut Report) {
        cx.expect(&ability::RECOVERY, report).await;
    }
}
