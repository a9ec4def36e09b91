//! Action `quay_calculate_registry_size`.
//!
//! Endpoint: `superuser/registrysize/`; see [`crate::api::registry`].

use async_trait::async_trait;
use terraform_framework::{Action, Context, Model, Progress, Report, Result};

use crate::api::registry;
use crate::client::Quay;
use crate::features;

/// Has the server count again how much the whole registry holds.
///
/// The server does that in the background, which takes its time in a large registry; the data source `quay_registry_size` shows the
/// result, and when it was counted.
///
/// Scope: `super:user`, of a superuser. Needs Quay 3.9 or newer with FEATURE_SUPER_USERS.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_calculate_registry_size", subcategory = "Quotas")]
pub struct CalculateRegistrySize {}

#[async_trait]
impl Action for CalculateRegistrySize {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, _: Self, progress: &Progress) -> Result<()> {
        let now = cx.send(registry::size()).await?;
        if now.queued || now.running {
            progress.say("The server is about to count already.").await;
            return Ok(());
        }
        cx.send(registry::calculate_size()).await?;
        progress.say("The server will count the size of the registry in the background.").await;
        Ok(())
    }

    async fn preflight(cx: &mut Context<Quay>, _: CalculateRegistrySizeView, report: &mut Report) {
        cx.expect(&features::REGISTRY_SIZE, report).await;
    }
}
