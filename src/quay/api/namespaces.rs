//! Whose a name is: an organization's, a user's, or nobody's.
//!
//! Observed: `GET organization/{name}` answers everyone, and is 404 for an unknown name and for a user's; `GET users/{name}` answers
//! everyone too, and is 404 for an unknown name and for an organization's.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::http::Endpoint;

/// Is there when an organization has this name.
pub fn organization(name: &str) -> Endpoint<IgnoredAny> {
    Endpoint::get("organization/{organization}", &[name]).to(format!("look for an organization named {name}"))
}

/// Is there when a user has this name.
pub fn user(name: &str) -> Endpoint<IgnoredAny> {
    Endpoint::get("users/{user}", &[name]).to(format!("look for a user named {name}"))
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
    Endpoint::get("users/{user}", &[name]).to(format!("read user {name}"))
}
