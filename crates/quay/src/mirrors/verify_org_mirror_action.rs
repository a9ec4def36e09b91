//! Action `quay_verify_org_mirror`.

use async_trait::async_trait;
use terraform_framework::{Action, Context, Error, Model, Progress, Report, Result};

use crate::api::org_mirrors;
use crate::client::Quay;
use crate::{features, names};

/// Lets the server try to reach the source of an organization's mirror with the login that it has, and fails if it cannot. Nothing is
/// changed.
///
/// Scope: `org:admin`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_verify_org_mirror")]
pub struct VerifyOrgMirror {
    /// The organization.
    #[attribute(required, check = names::namespace())]
    organization: String,
}

#[async_trait]
impl Action for VerifyOrgMirror {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        let verified = cx.send(org_mirrors::verify(&config.organization)).await?;
        if !verified.success {
            let summary = format!("The source of the mirror of organization {} cannot be reached", config.organization);
            let detail = format!(
                "The server says: {}\n\nCheck external_registry_url, external_namespace and the login of the mirror, and whether the \
                 server's own network reaches the source.",
                verified.message
            );
            return Err(Error::new(summary, detail));
        }
        progress.say(format!("The source answers: {}", verified.message)).await;
        Ok(())
    }

    async fn preflight(cx: &mut Context<Quay>, _: VerifyOrgMirrorView, report: &mut Report) {
        cx.expect(&features::ORG_MIRROR, report).await;
    }
}
