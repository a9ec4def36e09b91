//! Action `quay_sync_org_mirror`.

use async_trait::async_trait;
use terraform_framework::{Action, Context, Model, Progress, Report, Result};

use crate::api::org_mirrors;
use crate::client::Quay;
use crate::{features, names};

/// Lets the mirror of an organization synchronize at once, also one that is not enabled, and does not wait for the end. The server moves the
/// start of the mirror to this moment.
///
/// Scope: `org:admin`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_sync_org_mirror")]
pub struct SyncOrgMirror {
    /// The organization.
    #[attribute(required, check = names::namespace())]
    organization: String,
}

#[async_trait]
impl Action for SyncOrgMirror {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        cx.send(org_mirrors::sync_now(&config.organization)).await?;
        progress.say(format!("The mirror of organization {} begins to synchronize.", config.organization)).await;
        Ok(())
    }

    async fn preflight(cx: &mut Context<Quay>, _: SyncOrgMirrorView, report: &mut Report) {
        cx.expect(&features::ORG_MIRROR, report).await;
    }
}
