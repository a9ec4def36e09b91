//! OAuth applications, their tokens, app tokens, and what was authorized.

mod app_token;
mod app_token_ephemeral;
mod app_tokens_data_source;
mod assigned_authorizations_data_source;
pub(crate) mod credentials;
mod decline_assigned_authorization_action;
mod oauth_application;
mod oauth_application_data_source;
mod oauth_application_token;
mod oauth_application_token_ephemeral;
mod oauth_client_secret_ephemeral;
mod reset_oauth_client_secret_action;
mod revoke_user_authorization_action;
mod user_authorizations_data_source;

use terraform_framework::Offers;

use crate::client::Quay;

/// What there is about them.
pub(crate) fn offers() -> Offers<Quay> {
    Offers::default()
        .listed::<app_token::AppToken>()
        .listed::<oauth_application::OauthApplication>()
        .listed::<oauth_application_token::OauthApplicationToken>()
        .data::<app_tokens_data_source::AppTokensData>()
        .data::<assigned_authorizations_data_source::AssignedAuthorizationsData>()
        .data::<oauth_application_data_source::OauthApplicationData>()
        .data::<user_authorizations_data_source::UserAuthorizationsData>()
        .ephemeral::<oauth_client_secret_ephemeral::OauthClientSecret>()
        .ephemeral::<app_token_ephemeral::EphemeralAppToken>()
        .ephemeral::<oauth_application_token_ephemeral::EphemeralApplicationToken>()
        .action::<decline_assigned_authorization_action::DeclineAssignedAuthorization>()
        .action::<reset_oauth_client_secret_action::ResetOauthClientSecret>()
        .action::<revoke_user_authorization_action::RevokeUserAuthorization>()
}
