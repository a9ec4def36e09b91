//! Data source `quay_build_triggers`.
//!
//! Endpoints: `repository/{repository}/trigger/` and `repository/{repository}/trigger/{trigger_uuid}`; see [`crate::api::triggers`].

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Model, Nested, Result, check};

use super::build_trigger::{KEY, unknown};
use crate::api::keys::RepositoryKey;
use crate::api::triggers::{self, TriggerJson, TriggerKey};
use crate::client::Quay;
use crate::logs::log_query;
use crate::names;

/// Reads the build triggers of a repository: those that are set up, and those that wait for `quay_build_trigger` to be set up.
///
/// The address to which a plain Git server reports is not shown, because it holds a secret: the ephemeral resource `quay_build_trigger_webhook`
/// gives it, and `quay_build_trigger` can keep it.
///
/// Scope: `repo:admin`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_build_triggers", subcategory = "Builds")]
pub struct BuildTriggersData {
    /// Organization or user that owns the repository.
    #[attribute(required, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace.
    #[attribute(required, check = names::repository())]
    repository: String,
    /// Id of the one trigger that is to be read; it is an error when there is none. Without it, all are read.
    #[attribute(optional, check = check::length(1, 255))]
    trigger_id: Option<String>,
    /// The triggers, by id.
    #[computed]
    triggers: Computed<Vec<TriggerState>>,
}

/// A build trigger.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct TriggerState {
    /// Id of the trigger.
    #[computed]
    trigger_id: String,
    /// Where the source is: `custom-git`, `github`, `gitlab` or `bitbucket`.
    #[computed]
    service: String,
    /// Whether it is set up.
    #[computed]
    is_active: bool,
    /// The source, without a password that its address may hold; null before it is set up.
    #[computed]
    build_source: Option<String>,
    /// Page of the source; null where Quay knows none.
    #[computed]
    repository_url: Option<String>,
    /// Path of the Dockerfile in the source; null before it is set up.
    #[computed]
    dockerfile_path: Option<String>,
    /// Folder in the source that the Dockerfile sees; null before it is set up.
    #[computed]
    context: Option<String>,
    /// Further tags that images get, in Quay's words.
    #[computed]
    tag_templates: Vec<String>,
    /// Whether images are tagged with the name of the branch or tag.
    #[computed]
    default_tag_from_ref: bool,
    /// Whether images of the default branch are tagged `latest`.
    #[computed]
    latest_for_default_branch: bool,
    /// The regular expression for the branches and tags that are built; null if all are.
    #[computed]
    branch_tag_regex: Option<String>,
    /// Full name of the robot that pulls base images; null without one.
    #[computed]
    pull_robot: Option<String>,
    /// Whether it starts builds.
    #[computed]
    enabled: bool,
    /// Why it was switched off at last; null if it never was.
    #[computed]
    disabled_reason: Option<String>,
    /// The key with which Quay reads the source; null before it is set up.
    #[computed]
    ssh_public_key: Option<String>,
}

impl From<TriggerJson> for TriggerState {
    fn from(json: TriggerJson) -> Self {
        let key = json.config.credential(KEY).map(|key| key.expose().to_owned());
        Self {
            trigger_id: json.id,
            service: json.service,
            is_active: json.is_active,
            build_source: json.build_source.map(|source| log_query::without_password(&source)),
            repository_url: json.repository_url,
            dockerfile_path: json.config.dockerfile_path,
            context: json.config.context,
            tag_templates: json.config.tag_templates.unwrap_or_default(),
            // What is not said is so.
            default_tag_from_ref: json.config.default_tag_from_ref.unwrap_or(true),
            latest_for_default_branch: json.config.latest_for_default_branch.unwrap_or(true),
            branch_tag_regex: json.config.branchtag_regex,
            pull_robot: json.pull_robot.map(|robot| robot.name),
            enabled: json.enabled,
            disabled_reason: json.disabled_reason,
            ssh_public_key: key,
        }
    }
}

#[async_trait]
impl DataSource for BuildTriggersData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let repository = RepositoryKey { namespace: config.namespace.clone(), name: config.repository.clone() };
        let found = match &config.trigger_id {
            Some(id) => {
                let key = TriggerKey { repository, id: id.clone() };
                // Quay shows one by its id alone, also that of another repository.
                cx.find(triggers::among(&key)).await?.ok_or_else(|| unknown(&key))?;
                vec![cx.find(triggers::get(&key)).await?.ok_or_else(|| unknown(&key))?]
            }
            None => {
                let found = cx.list(triggers::list(&repository)).await?;
                if found.is_empty() {
                    cx.ensure_repository(&repository).await?;
                }
                found
            }
        };
        let mut triggers: Vec<TriggerState> = found.into_iter().map(TriggerState::from).collect();
        triggers.sort_by(|one, other| one.trigger_id.cmp(&other.trigger_id));
        Ok(Self { triggers: Computed::from(triggers), ..config })
    }
}
