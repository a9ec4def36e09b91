//! Notifications of repositories, organizations and users.

mod authorize_notification_email_action;
mod notification;
mod notification_target;
mod org_notification;
mod repository_notification;
mod reset_notification_failures_action;
mod test_notification_action;
mod user_notification;

use terraform_framework::Offers;

use crate::client::Quay;

/// What there is about them.
pub(crate) fn offers() -> Offers<Quay> {
    Offers::default()
        .listed::<org_notification::OrgNotification>()
        .listed::<repository_notification::RepositoryNotification>()
        .listed::<user_notification::UserNotification>()
        .action::<authorize_notification_email_action::AuthorizeNotificationEmail>()
        .action::<reset_notification_failures_action::ResetNotificationFailures>()
        .action::<test_notification_action::TestNotification>()
}
