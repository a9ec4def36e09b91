//! The token's own user.

use registry_http::{Endpoint, Kind, Repetition};
use serde::{Deserialize, Serialize};

use crate::features;

/// The user as it sees itself.
#[derive(Debug, Clone, Deserialize)]
pub struct CurrentUser {
    pub username: String,
    /// Empty without the scope user:admin.
    #[serde(default)]
    pub email: Option<String>,
    #[serde(default)]
    pub verified: Option<bool>,
    #[serde(default)]
    pub super_user: Option<bool>,
    #[serde(default)]
    pub organizations: Vec<Membership>,
}

/// An organization that the user belongs to.
#[derive(Debug, Clone, Deserialize)]
pub struct Membership {
    pub name: String,
}

/// `GET /api/v1/user/`. A token without the scope user:read is answered with 401.
pub fn current() -> Endpoint<CurrentUser> {
    Endpoint::get("user/", &[]).describe("read the token's own user").requires_scope("user:read")
}

/// What a user may set about itself, as it is shown.
#[derive(Debug, Clone, Deserialize)]
pub struct SettingsJson {
    pub username: String,
    #[serde(default)]
    pub given_name: Option<String>,
    #[serde(default)]
    pub family_name: Option<String>,
    #[serde(default)]
    pub company: Option<String>,
    #[serde(default)]
    pub location: Option<String>,
    #[serde(default)]
    pub invoice_email: bool,
    #[serde(default)]
    pub invoice_email_address: Option<String>,
    /// Only for tokens that may see the settings.
    #[serde(default)]
    pub tag_expiration_s: Option<i64>,
}

/// The same as it is sent: null clears a text, and a tag expiration that is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Settings {
    pub given_name: Option<String>,
    pub family_name: Option<String>,
    pub company: Option<String>,
    pub location: Option<String>,
    pub invoice_email: bool,
    pub invoice_email_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag_expiration_s: Option<i64>,
}

const SETTINGS: &str = "user:admin";

/// The settings. With user:read alone Quay shows the name and the organizations only, which is an error here.
pub fn settings() -> Endpoint<SettingsJson> {
    Endpoint::<SettingsJson>::get("user/", &[])
        .describe("read the settings of the token's own user")
        .requires_scope(SETTINGS)
        .check(|user, _| match user.tag_expiration_s.is_some() {
            true => Ok(()),
            false => Err((Kind::Forbidden, "the server shows the user without its settings".to_owned())),
        })
}

/// Changes the settings of the token's own user, who has this name; gives them as they are then.
pub fn change(user: &str, settings: &Settings) -> Endpoint<SettingsJson> {
    let wanted = user.to_owned();
    Endpoint::<SettingsJson>::put("user/", &[])
        .describe("change the settings of the token's own user")
        .json(settings)
        .requires_scope(SETTINGS)
        .identified(move |changed| changed.username == wanted)
        .repetition(Repetition::IDEMPOTENT)
}

/// Sends a user the e-mail with which it chooses a new password; gives the address. For superusers.
pub fn send_recovery(user: &str) -> Endpoint<SentJson> {
    Endpoint::post("superusers/users/{user}/sendrecovery", &[user])
        .describe(format!("send user {user} an e-mail to recover its account"))
        .requires_scope("super:user (and its user must be a superuser)")
        .ability(&features::RECOVERY)
}

/// Where an e-mail went.
#[derive(Debug, Clone, Deserialize)]
pub struct SentJson {
    pub email: String,
}
