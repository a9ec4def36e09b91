//! Data source `quay_capabilities`.
//!
//! Endpoint: `registry/capabilities`; see [`crate::api::registry`].

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Model, Result};

use crate::api::registry;
use crate::client::Quay;
use crate::features;

/// Reads what the server can do with images for several architectures: whether it holds such with some of the architectures only, and
/// which architectures a mirror can be limited to.
///
/// Needs Quay 3.17. It needs no scope.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_capabilities", subcategory = "Server")]
pub struct CapabilitiesData {
    /// Whether images may lack some of their architectures (FEATURE_SPARSE_INDEX): without that, `architecture_filter` of a mirror is of
    /// no use.
    #[computed]
    sparse_manifests: Computed<bool>,
    /// Architectures that an image must have all the same.
    #[computed]
    required_architectures: Computed<Vec<String>>,
    /// Whether all architectures but the required ones may be missing.
    #[computed]
    optional_architectures_allowed: Computed<bool>,
    /// Architectures that a mirror can be limited to.
    #[computed]
    mirror_architectures: Computed<Vec<String>>,
}

#[async_trait]
impl DataSource for CapabilitiesData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, _: Self) -> Result<Self> {
        let found = cx.send(registry::capabilities().ability(&features::CAPABILITIES)).await?;
        let sparse = found.sparse_manifests;
        Ok(Self {
            sparse_manifests: Computed::from(sparse.supported),
            required_architectures: Computed::from(sparse.required_architectures),
            optional_architectures_allowed: Computed::from(sparse.optional_architectures_allowed),
            mirror_architectures: Computed::from(found.mirror_architectures),
        })
    }
}
