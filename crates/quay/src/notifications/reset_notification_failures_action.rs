//! Action `quay_reset_notification_failures`.

use async_trait::async_trait;
use terraform_framework::{Action, Context, Error, Model, Progress, Report, Result};

use super::notification_target::{find, key, told, unknown};
use crate::api::notifications;
use crate::client::Quay;
use crate::{features, names};

/// Forgets the failures of a notification, so that Quay tries again: after a few failures in a row it gives up.
///
/// It is that of a repository (`namespace` and `repository`), of an organization (`organization`), or, with neither, of the token's own
/// user.
///
/// Scope: `repo:admin`, `org:admin` or `user:admin`.
#[derive(Debug, Clone, Model)]
#[model(
    type = "quay_reset_notification_failures",
    together(namespace, repository),
    conflicting(namespace, organization),
    subcategory = "Notifications"
)]
pub struct ResetNotificationFailures {
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
impl Action for ResetNotificationFailures {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        let key = key(config.namespace, config.repository, config.organization, config.uuid);
        let found = find(cx, &key).await?;
        let failures = match found.number_of_failures {
            1 => "1 failure".to_owned(),
            failures => format!("{failures} failures"),
        };
        let said = key.owner.said();
        progress.say(format!("Notification {} of {said} ({}) had {failures}.", key.uuid, told(&found))).await;
        if cx.find(notifications::reset(&key)).await?.is_none() {
            return Err(unknown(&key));
        }
        // Found in its owner's list before, so that this is not another repository's.
        let now = cx.find(notifications::get(&key)).await?.ok_or_else(|| unknown(&key))?;
        if now.number_of_failures > 0 {
            let detail = "Telling failed again meanwhile, or the server did not forget. Look why it fails; quay_test_notification tries it.";
            return Err(Error::new(
                format!("Notification {} has {} failures", key.uuid, now.number_of_failures),
                detail,
            ));
        }
        progress.say("They are forgotten.").await;
        Ok(())
    }

    async fn preflight(cx: &mut Context<Quay>, config: ResetNotificationFailuresView, report: &mut Report) {
        if config.namespace.is_null() {
            cx.expect(&features::NAMESPACE_NOTIFICATIONS, report).await;
        }
    }
}
