//! Whose a name is: an organization's, a user's, or nobody's.
//!
//! Observed: `GET organization/{name}` answers everyone, and is 404 for an unknown name and for a user's; `GET users/{name}` answers
//! everyone too, and is 404 for an unknown name and for an organization's.

use registry_http::{Client, Endpoint, NotFound};
use serde::Deserialize;

/// What a name stands for, by its name.
#[derive(Debug, Clone, Deserialize)]
pub struct NamedJson {
    #[serde(alias = "username")]
    pub name: String,
}

/// Whether two names are one. Letter case does not count, as it does not to some of the server's databases.
pub(super) fn same_name(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// Flask's own text, which stands here in place of Quay's shape of errors.
pub(super) const FLAT_NOT_FOUND: NotFound = NotFound::message(404, "The requested URL was not found on the server");

/// True when neither an organization nor a user has this name.
///
/// # Errors
/// When the server cannot be asked.
pub async fn namespace_missing(client: &Client, name: &str) -> registry_http::Result<bool> {
    Ok(client.find(organization(name)).await?.is_none() && client.find(user(name)).await?.is_none())
}

/// Is there when an organization has this name.
pub fn organization(name: &str) -> Endpoint<NamedJson> {
    let wanted = name.to_owned();
    Endpoint::<NamedJson>::get("organization/{organization}", &[name])
        .describe(format!("look for an organization named {name}"))
        .identified(move |found| same_name(&found.name, &wanted))
}

/// Is there when a user has this name.
pub fn user(name: &str) -> Endpoint<NamedJson> {
    let wanted = name.to_owned();
    Endpoint::<NamedJson>::get("users/{user}", &[name])
        .describe(format!("look for a user named {name}"))
        .not_found_when(FLAT_NOT_FOUND)
        .identified(move |found| same_name(&found.name, &wanted))
}

/// A user as everybody may see it.
#[derive(Debug, Clone, Deserialize)]
pub struct ShownUserJson {
    pub username: String,
    /// Only for superusers.
    #[serde(default)]
    pub super_user: Option<bool>,
    pub avatar: AvatarJson,
}

/// A picture.
#[derive(Debug, Clone, Deserialize)]
pub struct AvatarJson {
    pub hash: String,
}

/// A user as everybody may see it.
pub fn shown_user(name: &str) -> Endpoint<ShownUserJson> {
    let wanted = name.to_owned();
    Endpoint::<ShownUserJson>::get("users/{user}", &[name])
        .describe(format!("read user {name}"))
        .not_found_when(FLAT_NOT_FOUND)
        .identified(move |found| same_name(&found.username, &wanted))
}
