//! Action `quay_start_build_trigger`.
//!
//! Endpoint: `repository/{repository}/trigger/{trigger_uuid}/start`; see [`crate::api::triggers`].

use async_trait::async_trait;
use terraform_framework::schema::Check;
use terraform_framework::{Action, Context, Error, Flatten, Model, Progress, Report, Result, check};

use super::build_progress::{self, Waiting, follow};
use super::build_trigger::unknown;
use crate::api::keys::RepositoryKey;
use crate::api::triggers::{self, Revision, TriggerKey};
use crate::client::Quay;
use crate::names;

/// Has a build trigger start a build: of a branch or tag, or of a commit.
///
/// A trigger of GitHub, GitLab or Bitbucket takes `branch` or `tag`; without either, it builds the default branch. One of a plain Git server
/// (`custom-git`) needs `commit`. Without `wait = false` the action tells of the phases of the build until it is over, and fails if it fails, is
/// cancelled or takes too long. A build that is no longer waited for goes on at the server.
///
/// Scope: `repo:admin`.
#[derive(Debug, Clone, Model)]
#[model(
    type = "quay_start_build_trigger",
    conflicting(branch, tag, commit),
    timeouts(update = "25h"),
    subcategory = "Builds"
)]
pub struct StartBuildTrigger {
    /// Organization or user that owns the repository.
    #[attribute(required, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace.
    #[attribute(required, check = names::repository())]
    repository: String,
    /// Id of the trigger, which is set up and switched on.
    #[attribute(required, check = check::length(1, 255))]
    trigger_id: String,
    /// Branch whose newest commit is built.
    #[attribute(optional, check = check::length(1, 255))]
    branch: Option<String>,
    /// Git's tag whose commit is built.
    #[attribute(optional, check = check::length(1, 255))]
    tag: Option<String>,
    /// SHA of the commit that is built: 7 or more hexadecimal digits.
    #[attribute(optional, check = sha())]
    commit: Option<String>,
    /// Whether it is waited for, and how long.
    #[attribute(optional)]
    waiting: Flatten<Waiting>,
}

/// The name of a commit.
fn sha() -> Check {
    check::text("7 or more hexadecimal digits", |text| {
        match text.len() >= 7 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            true => Ok(()),
            false => Err(format!("{text:?} is not 7 or more hexadecimal digits.")),
        }
    })
}

#[async_trait]
impl Action for StartBuildTrigger {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        let repository = RepositoryKey { namespace: config.namespace.clone(), name: config.repository.clone() };
        let key = TriggerKey { repository, id: config.trigger_id.clone() };
        let found = cx.find(triggers::among(&key)).await?.ok_or_else(|| unknown(&key))?;
        let refuse = |why: &str, what: &str| Err(Error::new(format!("The {} {why}", key.said()), what));
        if !found.is_active {
            return refuse("is not set up", "Activate it first, with quay_build_trigger or on Quay's web pages.");
        }
        if !found.enabled {
            return refuse("is switched off", "Switch it on first: `enabled = true` of quay_build_trigger.");
        }
        let plain = found.service == "custom-git";
        let revision = match (config.commit, config.branch, config.tag) {
            (Some(commit), _, _) if plain => Revision::Commit(commit),
            (Some(_), _, _) => {
                return refuse(
                    "takes no commit",
                    "It is a trigger of a service that is asked for branches and tags: give `branch` or `tag`.",
                );
            }
            _ if plain => {
                return refuse(
                    "needs a commit",
                    "Quay cannot ask a plain Git server for branches and tags: give `commit`.",
                );
            }
            (None, Some(branch), _) => Revision::Branch(branch),
            (None, None, Some(tag)) => Revision::Tag(tag),
            (None, None, None) => Revision::Newest,
        };
        let user = cx.user().await.ok().flatten().map(str::to_owned);
        let started = cx.send(triggers::start(&key, &revision, user.as_deref())).await?;
        follow(cx, &key.repository, started, &config.waiting.0, progress).await
    }

    async fn preflight(cx: &mut Context<Quay>, _: StartBuildTriggerView, report: &mut Report) {
        build_progress::expect_builder(cx, report).await;
    }
}
