//! App tokens: passwords of the token's own user for programs.
//!
//! Observed: titles are not unique, and one of more than 255 characters is a 500; a token has no expiration of its own; the list shows
//! tokens without the password, the read of one shows it each time; another user's token is not there (404).

use registry_http::{Collection, Endpoint, Listing, Repetition};
use serde::Deserialize;
use serde_json::json;
use terraform_framework::Secret;

use super::robots::secret;
use crate::features;

/// An app token.
#[derive(Clone, Deserialize)]
pub struct AppTokenJson {
    pub uuid: String,
    pub title: String,
    /// RFC 2822.
    #[serde(default)]
    pub created: Option<String>,
    /// RFC 2822; null unless the server lets app tokens end.
    #[serde(default)]
    pub expiration: Option<String>,
    /// RFC 2822; null before the first use.
    #[serde(default)]
    pub last_accessed: Option<String>,
    /// The password; not in lists.
    #[serde(default, deserialize_with = "secret")]
    pub token_code: Option<Secret>,
}

const ADMIN: &str = "user:admin";

/// The app tokens of the token's own user. The parent is always the same.
pub struct AppTokens;

impl AppTokens {
    /// Whose tokens they are, as the parent of the collection.
    pub const OWN: &'static str = "own";
}

impl Collection for AppTokens {
    /// The UUID.
    type Key = String;
    type Item = AppTokenJson;
    const NAME: &'static str = "app tokens";

    fn parent(_: &String) -> String {
        Self::OWN.to_owned()
    }

    fn name(uuid: &String) -> String {
        uuid.clone()
    }

    fn name_of(_: &str, token: &AppTokenJson) -> Option<String> {
        Some(token.uuid.clone())
    }

    fn single(uuid: &String) -> Endpoint<AppTokenJson> {
        get(uuid)
    }

    fn list(_: &String) -> Listing<AppTokenJson> {
        list()
    }
}

/// One token, with its password.
pub fn get(uuid: &str) -> Endpoint<AppTokenJson> {
    let wanted = uuid.to_owned();
    Endpoint::<AppTokenJson>::get("user/apptoken/{uuid}", &[uuid])
        .within("/token")
        .describe(format!("read app token {uuid}"))
        .ability(&features::APP_TOKENS)
        .requires_scope(ADMIN)
        .identified(move |found| found.uuid == wanted)
}

/// All tokens of the token's own user, without their passwords.
pub fn list() -> Listing<AppTokenJson> {
    let endpoint =
        Endpoint::get("user/apptoken", &[]).within("/tokens").describe("list the app tokens of the token's own user");
    Listing::whole(endpoint.ability(&features::APP_TOKENS).requires_scope(ADMIN))
}

/// All users' tokens, for superusers; without their passwords, and without whose they are.
pub fn list_all() -> Listing<AppTokenJson> {
    let endpoint =
        Endpoint::get("superuser/apptokens", &[]).within("/tokens").describe("list the app tokens of all users");
    Listing::whole(endpoint.ability(&features::ALL_APP_TOKENS).requires_scope(super::scopes::SUPERUSER))
}

/// Makes a token. After a lost answer it is found by its title, without its password.
pub fn create(title: &str) -> Endpoint<AppTokenJson> {
    let (wanted, asked) = (title.to_owned(), title.to_owned());
    Endpoint::<AppTokenJson>::post("user/apptoken", &[])
        .within("/token")
        .describe(format!("create app token {title:?}"))
        .json(&json!({ "title": title }))
        .ability(&features::APP_TOKENS)
        .requires_scope(ADMIN)
        .invalidates::<AppTokens>(AppTokens::OWN)
        .identified(move |made| made.title == asked)
        .repetition(Repetition::compared(
            "app tokens",
            list(),
            |item: &AppTokenJson| item.uuid.clone(),
            move |found| (found.title == wanted).then_some(found),
            |made| made.uuid.clone(),
        ))
}

/// Revokes a token.
pub fn revoke(uuid: &str) -> Endpoint<()> {
    Endpoint::delete("user/apptoken/{uuid}", &[uuid])
        .describe(format!("revoke app token {uuid}"))
        .ability(&features::APP_TOKENS)
        .requires_scope(ADMIN)
        .invalidates::<AppTokens>(AppTokens::OWN)
        .no_content()
}
