//! Data source `quay_registry_status`.
//!
//! Endpoint: `superuser/registrystatus`; see [`crate::api::server`].

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Model, Result};

use crate::api::server;
use crate::client::Quay;

/// Reads whether the server is set up: for checks before anything else is done.
///
/// It needs no scope. The server needs FEATURE_SUPER_USERS; quay.io does not tell.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_registry_status", subcategory = "Server")]
pub struct RegistryStatusData {
    /// `ready`, or `setup-incomplete` while SETUP_COMPLETE is not set in the server's configuration.
    #[computed]
    status: Computed<String>,
    /// Where the server has its configuration from: `file`, or `k8s` for a secret of Kubernetes; null before it is ready.
    #[computed]
    configuration_provider: Computed<Option<String>>,
}

#[async_trait]
impl DataSource for RegistryStatusData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, _: Self) -> Result<Self> {
        let found = cx.send(server::status()).await?;
        Ok(Self { status: Computed::from(found.status), configuration_provider: Computed::from(found.provider_id) })
    }
}
