//! Data source `quay_current_user`.
//!
//! Endpoint: `user/`; see [`crate::api::user`].

use std::collections::BTreeSet;

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Model, Result};

use crate::api::user;
use crate::client::Quay;

/// Reads the user to whom the provider's token belongs.
///
/// Scope: `user:read`; with `user:admin`, `email` and `verified` are shown too.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_current_user", subcategory = "Users")]
pub struct CurrentUserData {
    /// Name of the user; also the name of the namespace that belongs to it.
    #[computed]
    username: Computed<String>,
    /// E-mail address; null without the scope `user:admin`.
    #[computed]
    email: Computed<Option<String>>,
    /// Whether the e-mail address was confirmed; null without the scope `user:admin`.
    #[computed]
    verified: Computed<Option<bool>>,
    /// Whether the user is a superuser, and the token has the scope `super:user`.
    #[computed]
    super_user: Computed<bool>,
    /// Organizations that the user belongs to.
    #[computed]
    organizations: Computed<BTreeSet<String>>,
}

#[async_trait]
impl DataSource for CurrentUserData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, _: Self) -> Result<Self> {
        let found = cx.send(user::current()).await?;
        let organizations: BTreeSet<String> = found.organizations.into_iter().map(|o| o.name).collect();
        Ok(Self {
            username: Computed::from(found.username),
            email: Computed::from(found.email),
            verified: Computed::from(found.verified),
            super_user: Computed::from(found.super_user.unwrap_or_default()),
            organizations: Computed::from(organizations),
        })
    }
}
