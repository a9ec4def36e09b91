//! Data source `quay_user`.
//!
//! Endpoint: `users/{username}`; see [`crate::api::namespaces`].

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Error, Model, Result};

use crate::api::namespaces;
use crate::client::Quay;
use crate::names;

/// Finds a user by name, as everybody may. A name that no user has is an error; an organization is no user.
///
/// More about a user is shown to superusers, in the data source `quay_users`; about the token's own user in `quay_current_user`.
///
/// It needs no scope; with `super:user` of a superuser, `super_user` is shown too.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_user", subcategory = "Users")]
pub struct UserData {
    /// Name of the user.
    #[attribute(required, check = names::user())]
    username: String,
    /// Whether the user is one of the server's SUPER_USERS; null for tokens that are not shown it.
    #[computed]
    super_user: Computed<Option<bool>>,
    /// Names the user's picture on Quay's web pages: a hash of the e-mail address.
    #[computed]
    avatar_hash: Computed<String>,
}

#[async_trait]
impl DataSource for UserData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let found = cx.find(namespaces::shown_user(&config.username)).await?;
        let found = found.ok_or_else(|| {
            let detail = format!(
                "{} has no user of this name. Organizations are in the data source quay_organization, and users of a directory become known \
                 to Quay when they log in, or by the action quay_link_directory_user.",
                cx.url()
            );
            Error::new(format!("There is no user {}", config.username), detail).at("username")
        })?;
        Ok(Self {
            username: found.username,
            super_user: Computed::from(found.super_user),
            avatar_hash: Computed::from(found.avatar.hash),
        })
    }
}
