//! Data source `quay_user_authorizations`.
//!
//! Endpoint: `user/authorizations`; see [`crate::api::authorizations`].

use std::collections::BTreeSet;

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Model, Nested, Result};

use crate::api::authorizations::{self, AuthorizationJson};
use crate::client::Quay;

/// Reads which OAuth access tokens act for the token's own user: those that the user made, and those that programs were given when the
/// user let them in. Each names its application and its scopes, never the token itself.
///
/// The token that the provider works with is among them; Quay does not tell which one it is, nor when a token ends.
///
/// Scope: `user:admin`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_user_authorizations", subcategory = "OAuth applications")]
pub struct UserAuthorizationsData {
    /// The authorizations, by organization and application.
    #[computed]
    authorizations: Computed<Vec<UserAuthorization>>,
}

/// A token that acts for a user.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Nested)]
pub struct UserAuthorization {
    /// Organization that the application belongs to.
    #[computed]
    organization: String,
    /// Name of the application.
    #[computed]
    application: String,
    /// Names the authorization, for `quay_revoke_user_authorization`.
    #[computed]
    uuid: String,
    /// What the application is for.
    #[computed]
    description: String,
    /// Its home page.
    #[computed]
    application_uri: String,
    /// Scopes that the token has, such as `repo:read`.
    #[computed]
    scopes: BTreeSet<String>,
}

impl From<AuthorizationJson> for UserAuthorization {
    fn from(json: AuthorizationJson) -> Self {
        Self {
            organization: json.application.organization.name,
            application: json.application.name,
            uuid: json.uuid,
            description: json.application.description.unwrap_or_default(),
            application_uri: json.application.url.unwrap_or_default(),
            scopes: json.scopes.into_iter().map(|scope| scope.scope).collect(),
        }
    }
}

#[async_trait]
impl DataSource for UserAuthorizationsData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, _: Self) -> Result<Self> {
        let found = cx.list(authorizations::list()).await?;
        let mut authorizations: Vec<UserAuthorization> = found.into_iter().map(UserAuthorization::from).collect();
        authorizations.sort();
        Ok(Self { authorizations: Computed::from(authorizations) })
    }
}
