//! Data source `quay_oauth_application`.
//!
//! Endpoint: `app/{client_id}`; see [`crate::api::authorizations`].

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Error, Model, Result, check};

use crate::api::authorizations;
use crate::client::Quay;

/// Reads what everybody may see of an OAuth application, whichever organization it belongs to: what it is called, and whose it is.
///
/// It needs no scope.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_oauth_application", subcategory = "OAuth applications")]
pub struct OauthApplicationData {
    /// Client id of the application.
    #[attribute(required, check = check::length(1, 255))]
    client_id: String,
    /// Organization that it belongs to.
    #[computed]
    organization: Computed<String>,
    /// Its name.
    #[computed]
    name: Computed<String>,
    /// What it is for.
    #[computed]
    description: Computed<String>,
    /// Its home page.
    #[computed]
    application_uri: Computed<String>,
}

#[async_trait]
impl DataSource for OauthApplicationData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let found = cx.find(authorizations::application(&config.client_id)).await?;
        let found = found.ok_or_else(|| {
            let summary = format!("There is no OAuth application with the client id {}", config.client_id);
            Error::new(summary, "Check the client id: Quay shows it on the application's page.").at("client_id")
        })?;
        Ok(Self {
            organization: Computed::from(found.organization.name),
            name: Computed::from(found.name),
            description: Computed::from(found.description.unwrap_or_default()),
            application_uri: Computed::from(found.uri.unwrap_or_default()),
            ..config
        })
    }
}
