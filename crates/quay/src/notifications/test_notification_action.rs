//! Action `quay_test_notification`.

use async_trait::async_trait;
use terraform_framework::{Action, Context, Model, Progress, Report, Result};

use super::notification_target::{find, key, told, unknown};
use crate::api::notifications;
use crate::client::Quay;
use crate::{features, names};

/// Tries a notification: Quay sends one with made-up content, in the background. Whether it arrived shows at its receiver, and, if it
/// failed, in the notification's `number_of_failures`.
///
/// It is that of a repository (`namespace` and `repository`), of an organization (`organization`), or, with neither, of the token's own
/// user.
///
/// Scope: `repo:admin`, `org:admin` or `user:admin`.
#[derive(Debug, Clone, Model)]
#[model(
    type = "quay_test_notification",
    together(namespace, repository),
    conflicting(namespace, organization),
    subcategory = "Notifications"
)]
pub struct TestNotification {
    /// Organization or user that owns the repository.
    #[attribute(optional, check = names::namespace())]
    namespace: Option<String>,
    /// Name of the repository within the namespace.
    #[attribute(optional, check = names::repository())]
    repository: Option<String>,
    /// The organization.
    #[attribute(optional, check = names::namespace())]
    organization: Option<String>,
    /// UUID of the notification.
    #[attribute(required)]
    uuid: String,
}

#[async_trait]
impl Action for TestNotification {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        let key = key(config.namespace, config.repository, config.organization, config.uuid);
        let found = find(cx, &key).await?;
        progress.say(format!("Testing notification {} of {}: {}.", key.uuid, key.owner.said(), told(&found))).await;
        if cx.find(notifications::test(&key)).await?.is_none() {
            return Err(unknown(&key));
        }
        progress.say("Quay sends it in the background.").await;
        Ok(())
    }

    async fn preflight(cx: &mut Context<Quay>, config: TestNotificationView, report: &mut Report) {
        if config.namespace.is_null() {
            cx.expect(&features::NAMESPACE_NOTIFICATIONS, report).await;
        }
    }
}
