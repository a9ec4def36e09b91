//! Action `quay_approve_service_key`.
//!
//! Endpoints: `superuser/keys/{kid}`, `superuser/approvedkeys/{kid}`; see [`crate::api::service_keys`].

use async_trait::async_trait;
use terraform_framework::{Action, Context, Model, Progress, Report, Result};

use crate::api::service_keys;
use crate::client::Quay;
use crate::features;

/// Approves a service key that a service has brought itself: from then on Quay believes what the service signs with it.
///
/// A key that is approved already stays as it is. The data source `quay_service_keys` tells which keys wait.
///
/// Scope: `super:user`, of a superuser. The server needs FEATURE_SUPER_USERS.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_approve_service_key")]
pub struct ApproveServiceKey {
    /// Id of the key.
    #[attribute(required)]
    kid: String,
    /// Why it is approved.
    #[attribute(optional)]
    notes: Option<String>,
}

#[async_trait]
impl Action for ApproveServiceKey {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        let kid = &config.kid;
        let key = cx.send(service_keys::get(kid)).await?;
        if key.approval.is_some() {
            // The server would answer as if it had done something, and drop the notes.
            progress.say(format!("Service key {kid} of {} was approved already.", key.service)).await;
            return Ok(());
        }
        cx.send(service_keys::approve(kid, config.notes.as_deref().unwrap_or_default())).await?;
        progress.say(format!("Service key {kid} of {} is approved.", key.service)).await;
        Ok(())
    }

    async fn preflight(cx: &mut Context<Quay>, _: ApproveServiceKeyView, report: &mut Report) {
        cx.expect(&features::SUPERUSERS, report).await;
    }
}
