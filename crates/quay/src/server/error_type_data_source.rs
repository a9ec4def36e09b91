//! Data source `quay_error_type`.
//!
//! Endpoint: `error/{type}`; see [`crate::api::server`].

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Error, Model, Result, check};

use crate::api::server;
use crate::client::Quay;

/// Reads what the server says that a type of its errors means: for messages of checks, for one, in the server's own words.
///
/// It needs no scope.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_error_type", subcategory = "Server")]
pub struct ErrorTypeData {
    /// Name of the type, as answers of Quay's API have it in `error_type`: `not_found`, `insufficient_scope`.
    #[attribute(required, check = check::length(1, 255))]
    error_type: String,
    /// What it means.
    #[computed]
    description: Computed<String>,
    /// Its title, which is the name of the type.
    #[computed]
    title: Computed<String>,
    /// Address of this description, which answers of Quay's API have in `type`.
    #[computed]
    url: Computed<String>,
}

#[async_trait]
impl DataSource for ErrorTypeData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let found = cx.find(server::error_type(&config.error_type)).await?;
        let found = found.ok_or_else(|| {
            let detail = "Answers of Quay's API have the name in `error_type`. Newer releases know more of them.";
            Error::new(format!("This Quay has no error type {}", config.error_type), detail).at("error_type")
        })?;
        Ok(Self {
            description: Computed::from(found.description),
            title: Computed::from(found.title),
            url: Computed::from(found.url),
            ..config
        })
    }
}
