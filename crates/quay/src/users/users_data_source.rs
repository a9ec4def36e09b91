//! Data source `quay_users`.
//!
//! Endpoint: `superuser/users/`; see [`crate::api::users`].

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Model, Nested, Result};

use crate::api::users::{self, UserJson};
use crate::client::Quay;

/// Reads all users of the registry.
///
/// Scope: `super:user`, of a superuser. The server needs FEATURE_SUPER_USERS.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_users", subcategory = "Users")]
pub struct UsersData {
    /// Leaves out users who may not log in. False by default.
    #[attribute(optional)]
    only_enabled: Option<bool>,
    /// The users, by name.
    #[computed]
    users: Computed<Vec<UserItem>>,
}

/// A user in a list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Nested)]
pub struct UserItem {
    /// Name of the user; also the name of the namespace that belongs to it.
    #[computed]
    username: String,
    /// E-mail address; of a user without one a text that Quay made up.
    #[computed]
    email: String,
    /// Whether the user may log in.
    #[computed]
    enabled: bool,
    /// Whether the e-mail address was confirmed.
    #[computed]
    verified: bool,
    /// Whether the user is one of the server's SUPER_USERS.
    #[computed]
    super_user: bool,
    /// Whether the user is one of the server's GLOBAL_READONLY_SUPER_USERS, who may see everything and change nothing.
    #[computed]
    global_readonly_super_user: bool,
    /// How many bytes the user's repositories may hold; null without a limit of its own or of the whole registry, and where the server
    /// manages no quotas.
    #[computed]
    quota_bytes: Option<i64>,
    /// How many bytes they hold, as last counted by the server; null when it does not count.
    #[computed]
    used_bytes: Option<i64>,
}

impl From<UserJson> for UserItem {
    fn from(json: UserJson) -> Self {
        let report = json.quota_report.as_ref();
        Self {
            username: json.username,
            email: json.email.unwrap_or_default(),
            enabled: json.enabled,
            verified: json.verified,
            super_user: json.super_user,
            global_readonly_super_user: json.global_readonly_super_user,
            quota_bytes: report.and_then(|report| report.configured_quota),
            used_bytes: report.and_then(|report| report.quota_bytes),
        }
    }
}

#[async_trait]
impl DataSource for UsersData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let list = if config.only_enabled.unwrap_or_default() { users::list_enabled() } else { users::list() };
        let mut users: Vec<UserItem> = cx.list(list).await?.into_iter().map(UserItem::from).collect();
        users.sort();
        Ok(Self { users: Computed::from(users), ..config })
    }
}
