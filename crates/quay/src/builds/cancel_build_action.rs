//! Action `quay_cancel_build`.
//!
//! Endpoint: `repository/{repository}/build/{build_uuid}`; see [`crate::api::builds`].

use async_trait::async_trait;
use registry_http::Kind;
use terraform_framework::{Action, Context, Error, Model, Progress, Result, check};

use super::build_progress::{is_over, none};
use crate::api::builds;
use crate::api::keys::RepositoryKey;
use crate::client::Quay;
use crate::names;

/// Cancels a build that waits or is going on. One that is over is left as it is.
///
/// Quay cancels a build until its image is pushed; from then on it is an error. So it is where the builder of a build that goes on cannot be told.
///
/// Scope: `repo:admin`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_cancel_build", subcategory = "Builds")]
pub struct CancelBuild {
    /// Organization or user that owns the repository.
    #[attribute(required, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace.
    #[attribute(required, check = names::repository())]
    repository: String,
    /// Id of the build.
    #[attribute(required, check = check::length(1, 255))]
    build_id: String,
}

#[async_trait]
impl Action for CancelBuild {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        let key = RepositoryKey { namespace: config.namespace.clone(), name: config.repository.clone() };
        let (uuid, name) = (&config.build_id, key.full_name());
        let found = cx.find(builds::get(&key, uuid)).await?.ok_or_else(|| none(&key, uuid))?;
        if is_over(&found.phase) {
            progress.say(format!("Build {uuid} of repository {name} is over: {}.", found.phase)).await;
            return Ok(());
        }
        progress.say(format!("Cancelling build {uuid} of repository {name}: {}.", found.phase)).await;
        let Err(error) = cx.send(builds::cancel(&key, uuid)).await else {
            progress.say(format!("Build {uuid} is cancelled.")).await;
            return Ok(());
        };
        // It may have ended in between.
        match cx.find(builds::status(&key, uuid)).await {
            Ok(Some(now)) if is_over(&now.phase) => {
                progress.say(format!("Build {uuid} is over: {}.", now.phase)).await;
                Ok(())
            }
            now => {
                let phase = now.ok().flatten().map_or(found.phase, |now| now.phase);
                let hint = format!(
                    "The build is {phase}. Quay cancels one that waits, and one that goes on as long as its builder can be told and its image is not \
                     pushed yet."
                );
                Err(if error.kind() == Kind::Rejected { Error::from(error).with_hint(hint) } else { error.into() })
            }
        }
    }
}
