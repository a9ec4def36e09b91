//! Data source `quay_registry_size`.
//!
//! Endpoint: `superuser/registrysize/`; see [`crate::api::registry`].

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Model, Result};

use crate::api::registry;
use crate::client::Quay;

/// Reads how much the whole registry holds, as last counted. The action `quay_calculate_registry_size` has it counted again.
///
/// Scope: `super:user`, of a superuser. Needs Quay 3.9 or newer with FEATURE_SUPER_USERS.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_registry_size", subcategory = "Quotas")]
pub struct RegistrySizeData {
    /// How many bytes the registry holds; null before it was counted for the first time.
    #[computed]
    size_bytes: Computed<Option<i64>>,
    /// When it was counted (RFC 3339); null before the first time.
    #[computed]
    last_ran: Computed<Option<String>>,
    /// Whether the server will count again.
    #[computed]
    queued: Computed<bool>,
    /// Whether the server is counting.
    #[computed]
    running: Computed<bool>,
}

#[async_trait]
impl DataSource for RegistrySizeData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, _: Self) -> Result<Self> {
        let size = cx.send(registry::size()).await?;
        let last_ran = size.last_ran();
        Ok(Self {
            size_bytes: Computed::from(last_ran.as_ref().map(|_| size.size_bytes)),
            last_ran: Computed::from(last_ran),
            queued: Computed::from(size.queued),
            running: Computed::from(size.running),
        })
    }
}
