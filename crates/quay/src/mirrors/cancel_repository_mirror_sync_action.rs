//! Action `quay_cancel_repository_mirror_sync`.

use async_trait::async_trait;
use terraform_framework::{Action, Context, Model, Progress, Report, Result};

use super::sync_repository_mirror_action::{is_pending, status};
use crate::api::keys::RepositoryKey;
use crate::api::mirrors;
use crate::client::Quay;
use crate::{features, names};

/// Cancels the synchronization of a repository's mirror that was asked for or is going on. If there is none, it does nothing.
///
/// A mirror whose synchronization was cancelled does not go on by itself: Quay waits for the next `quay_sync_repository_mirror`.
///
/// Scope: `repo:admin`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_cancel_repository_mirror_sync")]
pub struct CancelRepositoryMirrorSync {
    /// Organization or user that owns the repository.
    #[attribute(required, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace.
    #[attribute(required, check = names::repository())]
    repository: String,
}

#[async_trait]
impl Action for CancelRepositoryMirrorSync {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        let key = RepositoryKey { namespace: config.namespace.clone(), name: config.repository.clone() };
        let name = key.full_name();
        // What ends in between cannot be cancelled any more: that is a 404 too.
        let cancelled = is_pending(&status(cx, &key).await?) && cx.find(mirrors::sync_cancel(&key)).await?.is_some();
        let said = match cancelled {
            true => format!("The synchronization of repository {name} is cancelled."),
            false => format!("Nothing is being synchronized in repository {name}."),
        };
        progress.say(said).await;
        Ok(())
    }

    async fn preflight(cx: &mut Context<Quay>, _: CancelRepositoryMirrorSyncView, report: &mut Report) {
        cx.expect(&features::REPOSITORY_MIRROR, report).await;
    }
}
