//! Users, and the account that the token belongs to.

mod current_user_data_source;
mod delete_current_user_action;
mod detach_external_login_action;
mod dismiss_user_notice_action;
mod encrypted_password_ephemeral;
mod end_user_sessions_action;
mod link_directory_user_action;
pub(crate) mod own_account;
mod send_recovery_email_action;
mod sign_up_user_action;
mod user;
mod user_data_source;
pub(crate) mod user_notices;
mod user_notices_data_source;
mod user_settings;
mod users_data_source;

use terraform_framework::Offers;

use crate::client::Quay;

/// What there is about them.
pub(crate) fn offers() -> Offers<Quay> {
    Offers::default()
        .listed::<user::User>()
        .resource::<user_settings::UserSettings>()
        .data::<current_user_data_source::CurrentUserData>()
        .data::<user_data_source::UserData>()
        .data::<user_notices_data_source::UserNoticesData>()
        .data::<users_data_source::UsersData>()
        .ephemeral::<encrypted_password_ephemeral::EncryptedPassword>()
        .action::<delete_current_user_action::DeleteCurrentUser>()
        .action::<detach_external_login_action::DetachExternalLogin>()
        .action::<dismiss_user_notice_action::DismissUserNotice>()
        .action::<end_user_sessions_action::EndUserSessions>()
        .action::<link_directory_user_action::LinkDirectoryUser>()
        .action::<send_recovery_email_action::SendRecoveryEmail>()
        .action::<sign_up_user_action::SignUpUser>()
}
