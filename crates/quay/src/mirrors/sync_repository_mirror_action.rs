//! Action `quay_sync_repository_mirror`.

use async_trait::async_trait;
use terraform_framework::{Action, Context, Error, Model, Progress, Report, Result};
use tokio::time::Instant;

use crate::api::keys::RepositoryKey;
use crate::api::mirrors;
use crate::client::Quay;
use crate::{features, names};

/// Synchronizes the mirror of a repository at once, without waiting for its next turn.
///
/// Quay does it in the background. One that is going on already is not disturbed.
///
/// Scope: `repo:admin`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_sync_repository_mirror")]
pub struct SyncRepositoryMirror {
    /// Organization or user that owns the repository.
    #[attribute(required, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace.
    #[attribute(required, check = names::repository())]
    repository: String,
    /// Waits until the synchronization is over, and fails if it fails.
    #[attribute(optional)]
    wait: Option<bool>,
}

#[async_trait]
impl Action for SyncRepositoryMirror {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        let key = RepositoryKey { namespace: config.namespace.clone(), name: config.repository.clone() };
        let name = key.full_name();
        let status = status(cx, &key).await?;
        if status == SYNCING {
            progress.say(format!("Repository {name} is being synchronized already.")).await;
        } else {
            cx.send(mirrors::sync_now(&key)).await?;
            progress.say(format!("The synchronization of repository {name} is asked for.")).await;
        }
        if config.wait.unwrap_or_default() { wait(cx, &key, progress).await } else { Ok(()) }
    }

    async fn preflight(cx: &mut Context<Quay>, _: SyncRepositoryMirrorView, report: &mut Report) {
        cx.expect(&features::REPOSITORY_MIRROR, report).await;
    }
}

const SYNCING: &str = "SYNCING";

/// Whether a synchronization is asked for or going on.
pub(super) fn is_pending(status: &str) -> bool {
    matches!(status, SYNCING | "SYNC_NOW")
}

/// How the last synchronization went, or that it is going on.
pub(super) async fn status(cx: &Context<Quay>, key: &RepositoryKey) -> Result<String> {
    let found = cx.find(mirrors::get(key)).await?;
    found.map(|mirror| mirror.sync_status).ok_or_else(|| {
        let detail = "Make it one first, for example with quay_repository_mirror.";
        Error::new(format!("Repository {} is no mirror", key.full_name()), detail).at("repository")
    })
}

/// Tells of each change until the synchronization is over.
async fn wait(cx: &Context<Quay>, key: &RepositoryKey, progress: &Progress) -> Result<()> {
    let mut told = String::new();
    loop {
        let status = status(cx, key).await?;
        if status != told {
            progress.say(format!("Repository {}: {status}", key.full_name())).await;
            told.clone_from(&status);
        }
        if !is_pending(&status) {
            return outcome(key, &status);
        }
        let next = Instant::now() + cx.poll;
        if next >= cx.deadline() {
            let detail = "It was waited for as long as an action may take. It goes on at the server.";
            return Err(Error::new(
                format!("The synchronization of repository {} is not over", key.full_name()),
                detail,
            ));
        }
        tokio::select! {
            () = tokio::time::sleep_until(next) => {}
            () = cx.stop().cancelled() => {
                let detail = "The wait was stopped. The synchronization goes on at the server.";
                return Err(Error::new(format!("The synchronization of repository {} is not over", key.full_name()), detail));
            }
        }
    }
}

fn outcome(key: &RepositoryKey, status: &str) -> Result<()> {
    let name = key.full_name();
    match status {
        "FAIL" => {
            let detail = "The logs of the repository, on the server's web pages, say why: often the login to the other registry, or that no \
                          tag matches.";
            Err(Error::new(format!("The synchronization of repository {name} failed"), detail))
        }
        "CANCEL" => {
            let detail = "Somebody cancelled it while it was waited for.";
            Err(Error::new(format!("The synchronization of repository {name} was cancelled"), detail))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_synchronization_ends_well_or_with_an_error() {
        let key = RepositoryKey { namespace: "acme".to_owned(), name: "app".to_owned() };
        assert!(is_pending("SYNC_NOW") && is_pending("SYNCING") && !is_pending("SUCCESS"));
        assert!(outcome(&key, "SUCCESS").is_ok());
        assert!(outcome(&key, "FAIL").is_err_and(|e| e.summary().contains("acme/app failed")));
        assert!(outcome(&key, "CANCEL").is_err());
    }
}
