//! Data source `quay_assigned_authorizations`.
//!
//! Endpoint: `user/assignedauthorization`; see [`crate::api::authorizations`].

use std::collections::BTreeSet;

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Model, Nested, Result};

use crate::api::authorizations::{self, AuthorizationJson};
use crate::client::Quay;

/// Reads which OAuth applications wait for the token's own user to let them in: an administrator of the application's organization has
/// assigned a token to the user. Letting one in takes the user's browser; turning one down does not: see
/// `quay_decline_assigned_authorization`.
///
/// Quay takes the notices of them off the user's web pages when they are read.
///
/// Scope: `user:admin`. Needs Quay 3.12 or newer, with FEATURE_ASSIGN_OAUTH_TOKEN.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_assigned_authorizations", subcategory = "OAuth applications")]
pub struct AssignedAuthorizationsData {
    /// The authorizations, by organization and application.
    #[computed]
    authorizations: Computed<Vec<AssignedAuthorization>>,
}

/// An application that waits to be let in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Nested)]
pub struct AssignedAuthorization {
    /// Organization that the application belongs to.
    #[computed]
    organization: String,
    /// Name of the application.
    #[computed]
    application: String,
    /// Names the authorization.
    #[computed]
    uuid: String,
    /// Client id of the application.
    #[computed]
    client_id: String,
    /// Where the user's browser is sent to with the token.
    #[computed]
    redirect_uri: String,
    /// Scopes that the token is to have.
    #[computed]
    scopes: BTreeSet<String>,
}

impl From<AuthorizationJson> for AssignedAuthorization {
    fn from(json: AuthorizationJson) -> Self {
        Self {
            organization: json.application.organization.name,
            application: json.application.name,
            uuid: json.uuid,
            client_id: json.application.client_id.unwrap_or_default(),
            redirect_uri: json.redirect_uri.unwrap_or_default(),
            scopes: json.scopes.into_iter().map(|scope| scope.scope).collect(),
        }
    }
}

#[async_trait]
impl DataSource for AssignedAuthorizationsData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, _: Self) -> Result<Self> {
        let found = cx.list(authorizations::list_assigned()).await?;
        let mut authorizations: Vec<_> = found.into_iter().map(AssignedAuthorization::from).collect();
        authorizations.sort();
        Ok(Self { authorizations: Computed::from(authorizations) })
    }
}
