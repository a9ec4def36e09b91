//! Action `quay_authorize_notification_email`.

use async_trait::async_trait;
use terraform_framework::{Action, Context, Model, Progress, Report, Result};

use crate::api::keys::RepositoryKey;
use crate::api::repositories;
use crate::client::Quay;
use crate::{features, names};

/// Asks somebody by e-mail to agree to get the notifications of a repository. Quay takes an e-mail address for a repository's notification
/// only after that was done.
///
/// Nothing is sent where the address has agreed already.
///
/// Scope: `repo:admin`. Needs FEATURE_MAILING.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_authorize_notification_email", subcategory = "Notifications")]
pub struct AuthorizeNotificationEmail {
    /// Organization or user that owns the repository.
    #[attribute(required, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace.
    #[attribute(required, check = names::repository())]
    repository: String,
    /// The e-mail address.
    #[attribute(required, check = names::address())]
    email: String,
}

#[async_trait]
impl Action for AuthorizeNotificationEmail {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        let key = RepositoryKey { namespace: config.namespace, name: config.repository };
        let known = cx.find(repositories::authorized_email(&key, &config.email)).await?;
        if known.is_some_and(|known| known.confirmed) {
            progress.say(format!("{} has agreed already.", config.email)).await;
            return Ok(());
        }
        cx.send(repositories::authorize_email(&key, &config.email)).await?;
        progress.say(format!("{} was asked to agree. It gets notifications when it has.", config.email)).await;
        Ok(())
    }

    async fn preflight(cx: &mut Context<Quay>, _: AuthorizeNotificationEmailView, report: &mut Report) {
        cx.expect(&features::MAIL_NOTIFICATIONS, report).await;
    }
}
