//! Ephemeral resources: what lasts for a run and is in no state.

pub(super) mod app_token;
pub(super) mod build_trigger_webhook;
pub(super) mod encrypted_password;
pub(super) mod federated_robot_token;
pub(super) mod oauth_application_token;
pub(super) mod oauth_client_secret;
pub(super) mod robot_token;
