//! Action `quay_cancel_org_mirror_sync`.

use async_trait::async_trait;
use terraform_framework::{Action, Context, Model, Progress, Report, Result};

use crate::api::org_mirrors;
use crate::client::Quay;
use crate::{features, names};

/// Cancels the synchronization of an organization's mirror. One that was cancelled already is left so.
///
/// Scope: `org:admin`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_cancel_org_mirror_sync")]
pub struct CancelOrgMirrorSync {
    /// The organization.
    #[attribute(required, check = names::namespace())]
    organization: String,
}

#[async_trait]
impl Action for CancelOrgMirrorSync {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        let organization = &config.organization;
        let said = match cx.send(org_mirrors::cancel(organization)).await {
            Ok(()) => format!("The synchronization of organization {organization} is cancelled."),
            // Quay refuses to cancel twice.
            Err(error) if error.message().is_some_and(|m| m.contains("already cancelled")) => {
                format!("The synchronization of organization {organization} was cancelled already.")
            }
            Err(error) => return Err(error.into()),
        };
        progress.say(said).await;
        Ok(())
    }

    async fn preflight(cx: &mut Context<Quay>, _: CancelOrgMirrorSyncView, report: &mut Report) {
        cx.expect(&features::ORG_MIRROR, report).await;
    }
}
