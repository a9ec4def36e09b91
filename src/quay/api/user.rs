//! The token's own user.

use serde::Deserialize;

use crate::http::Endpoint;

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
    Endpoint::get("user/", &[]).to("read the token's own user").needs("user:read")
}
