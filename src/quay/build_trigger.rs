//! `quay_build_trigger`: what starts builds when something happens to a source.
//!
//! Endpoints: `repository/{repository}/trigger/...`; see [`super::api::triggers`].

use std::collections::BTreeSet;

use async_trait::async_trait;

use super::api::repositories::RepositoryKey;
use super::api::triggers::{self, ConfigJson, TriggerJson, TriggerKey, Triggers};
use super::{Quay, names};
use crate::framework::value::ValueSet;
use crate::framework::{Context, Error, Found, List, Model, Out, Planning, Resource, Result, Secret, check};
use crate::service::exists_already;

/// Sets up a build trigger that exists: from then on Quay builds an image whenever something is pushed to its source.
///
/// Quay makes a trigger only in a browser, on its web pages ("Create Build Trigger"), because somebody logs in to GitHub, GitLab or Bitbucket
/// there, or gives the address of another Git server. What is left unfinished there is finished by this resource, which knows the trigger by its
/// id: the data source `quay_build_triggers` shows it. A trigger that is set up already is imported.
///
/// Quay sets up a trigger once. A change of its settings is an error of the plan, unless `trigger_id` changes too: then the old trigger is
/// deleted, and the new one set up. Whether it is switched on can be changed at any time. Destroying it deletes the trigger, and with it the
/// builds that it has started; it cannot be made again but in a browser.
///
/// The token must be that of the user who made the trigger, or of a superuser where superusers may do everything.
///
/// Scopes: `repo:admin` and `user:admin`; with `pull_robot` also `org:admin`.
#[derive(Debug, Clone, Model)]
#[model(
    type = "quay_build_trigger",
    id = "{namespace}/{repository*}/{trigger_id}",
    identity(namespace, repository, trigger_id),
    area = "Builds"
)]
pub struct BuildTrigger {
    /// Organization or user that owns the repository. Another one needs another trigger.
    #[arg(required, replace, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace. Another one needs another trigger.
    #[arg(required, replace, check = names::repository())]
    repository: String,
    /// Id of the trigger, a UUID. Another one replaces this trigger, which is deleted.
    #[arg(required, replace, check = check::length(1, 255))]
    trigger_id: String,
    /// The source: `acme/app` at GitHub, GitLab and Bitbucket, an address such as `git@git.example.com:acme/app.git` elsewhere. Fixed once the
    /// trigger is set up.
    #[arg(required, replace, check = check::length(1, 4096))]
    build_source: String,
    /// Path of the Dockerfile in the source. Fixed once the trigger is set up.
    #[arg(optional, default = "/Dockerfile", replace, check = check::length(1, 4096))]
    dockerfile_path: String,
    /// Folder in the source that the Dockerfile sees. Fixed once the trigger is set up.
    #[arg(optional, default = "/", replace, check = check::length(1, 4096))]
    context: String,
    /// Further tags that images get, in Quay's words: `${parsed_ref.branch}-${commit_info.short_sha}`, for one. (Terraform wants each `$` twice.)
    /// Fixed once the trigger is set up.
    #[arg(optional, default = ValueSet::default(), replace, check = check::each(check::length(1, 4096)))]
    tag_templates: BTreeSet<String>,
    /// Whether images are tagged with the name of the branch or tag. Fixed once the trigger is set up.
    #[arg(optional, default = true, replace)]
    default_tag_from_ref: bool,
    /// Whether images of the default branch are tagged `latest`. Fixed once the trigger is set up.
    #[arg(optional, default = true, replace)]
    latest_for_default_branch: bool,
    /// A regular expression for the branches and tags that are built, such as `heads/main`; all are without it. Fixed once the trigger is set up.
    #[arg(optional, replace, check = check::length(1, 4096))]
    branch_tag_regex: Option<String>,
    /// Full name of the robot with which base images are pulled from this registry, such as `acme+builder`: one of the repository's own
    /// namespace. Fixed once the trigger is set up.
    #[arg(optional, replace, check = names::robot_username())]
    pull_robot: Option<String>,
    /// Whether it starts builds. Quay switches a trigger off by itself when its builds fail too often in a row.
    #[arg(optional, default = true)]
    enabled: bool,
    /// Keeps the address to which the source reports in the state: then `webhook_url` is set. False by default.
    #[arg(optional, default = false)]
    store_webhook_url: bool,
    /// Where the source is: `custom-git`, `github`, `gitlab` or `bitbucket`.
    #[out(stable)]
    service: Out<String>,
    /// Page of the source; null where Quay knows none.
    #[out(stable)]
    repository_url: Out<Option<String>>,
    /// Why it was switched off at last: `user_toggled`, `successive_build_failures` or `successive_build_internal_errors`; null if it never was.
    #[out]
    disabled_reason: Out<Option<String>>,
    /// The key with which Quay reads the source; a plain Git server must be told to let it in.
    #[out(stable)]
    ssh_public_key: Out<Option<String>>,
    /// Address to which a plain Git server must report what is pushed. It holds a secret; null unless `store_webhook_url` is true, and for
    /// other services, which Quay tells itself.
    #[out(sensitive, unless_changed("store_webhook_url"))]
    webhook_url: Out<Option<Secret>>,
}

#[async_trait]
impl Resource for BuildTrigger {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let key = plan.key();
        let found = cx.find(triggers::among(&key)).await?.ok_or_else(|| unknown(&key))?;
        if found.is_active {
            let id = format!("{}/{}", key.repository.full_name(), key.id);
            return Err(exists_already("quay_build_trigger", &key.said(), &id));
        }
        let Some(active) = cx.find(triggers::activate(&key, &plan.config(), plan.pull_robot.as_deref())).await? else {
            return Err(no_robot(&key, plan.pull_robot.as_deref()));
        };
        let enabled = plan.enabled;
        let mut trigger = plan.with(active);
        cx.save(&trigger);
        if trigger.enabled != enabled {
            trigger = trigger.switched(cx, enabled).await?;
        }
        Ok(trigger)
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let key = state.key();
        let read = cx.read::<Triggers>(&key).await;
        let Some(found) = cx.or_gone(&state.namespace, read).await? else { return Ok(None) };
        let found = found.into_inner();
        if !found.is_active {
            cx.warn(
                format!("The {} is not set up", key.said()),
                "It is there, but nothing starts builds yet. It is taken for gone, so that it is set up.",
            );
            return Ok(None);
        }
        Ok(Some(state.with(found)))
    }

    async fn update(cx: &mut Context<Quay>, state: Self, plan: Self) -> Result<Self> {
        // All else replaces.
        let changes = state.enabled != plan.enabled;
        let trigger = Self { store_webhook_url: plan.store_webhook_url, ..state };
        if changes {
            return trigger.switched(cx, plan.enabled).await;
        }
        let found = cx.send(triggers::among(&trigger.key())).await?;
        Ok(trigger.with(found))
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        // Another repository's would be deleted too.
        let key = state.key();
        let found = cx.find(triggers::among(&key)).await;
        if cx.or_gone(&state.namespace, found).await?.is_some() {
            cx.delete(triggers::delete(&key)).await?;
        }
        Ok(())
    }

    fn plan(planning: &mut Planning<BuildTriggerView>) {
        let kept = match (&planning.state, &planning.plan) {
            (Some(state), Some(plan)) => state.trigger_id == plan.trigger_id,
            _ => false,
        };
        if planning.replaces() && kept {
            let detail = "Quay sets up a trigger once, and has no way to change its settings; replacing it would delete it for good. Make \
                          another trigger on Quay's web pages and give its id as `trigger_id`, or leave the settings as they are.";
            planning.report.error("trigger_id", "A build trigger cannot be set up again", detail);
        } else if planning.replaces() || planning.destroys() {
            let detail =
                "It cannot be made again but in a browser. The builds that it has started are deleted with it.";
            planning.report.warn_all("A build trigger will be deleted", detail);
        }
    }
}

impl BuildTrigger {
    fn key(&self) -> TriggerKey {
        let repository = RepositoryKey { namespace: self.namespace.clone(), name: self.repository.clone() };
        TriggerKey { repository, id: self.trigger_id.clone() }
    }

    fn config(&self) -> ConfigJson {
        ConfigJson {
            build_source: Some(self.build_source.clone()),
            dockerfile_path: Some(self.dockerfile_path.clone()),
            context: Some(self.context.clone()),
            tag_templates: Some(self.tag_templates.iter().cloned().collect()),
            default_tag_from_ref: Some(self.default_tag_from_ref),
            latest_for_default_branch: Some(self.latest_for_default_branch),
            branchtag_regex: self.branch_tag_regex.clone(),
            credentials: Vec::new(),
        }
    }

    /// Switches it on or off; the answer to that shows no settings.
    async fn switched(self, cx: &Context<Quay>, enabled: bool) -> Result<Self> {
        let key = self.key();
        cx.send(triggers::switch(&key, enabled)).await?;
        Ok(self.with(cx.send(triggers::among(&key)).await?))
    }

    fn with(self, json: TriggerJson) -> Self {
        let credential = |name: &str| json.config.credential(name).cloned();
        let key = credential(KEY).map(|key| key.expose().to_owned());
        let webhook = credential(WEBHOOK).filter(|_| self.store_webhook_url);
        let config = json.config;
        Self {
            build_source: config.build_source.or(json.build_source).unwrap_or_default(),
            dockerfile_path: config.dockerfile_path.unwrap_or_else(|| "/Dockerfile".to_owned()),
            context: config.context.unwrap_or_else(|| "/".to_owned()),
            tag_templates: config.tag_templates.unwrap_or_default().into_iter().collect(),
            // What is not said is so.
            default_tag_from_ref: config.default_tag_from_ref.unwrap_or(true),
            latest_for_default_branch: config.latest_for_default_branch.unwrap_or(true),
            branch_tag_regex: config.branchtag_regex.filter(|regex| !regex.is_empty()),
            pull_robot: json.pull_robot.map(|robot| robot.name),
            enabled: json.enabled,
            service: Out::from(json.service),
            repository_url: Out::from(json.repository_url),
            disabled_reason: Out::from(json.disabled_reason),
            ssh_public_key: Out::from(key),
            webhook_url: Out::from(webhook),
            ..self
        }
    }

    fn named(repository: &RepositoryKey, id: &str) -> Self {
        Self {
            namespace: repository.namespace.clone(),
            repository: repository.name.clone(),
            trigger_id: id.to_owned(),
            build_source: String::new(),
            dockerfile_path: String::new(),
            context: String::new(),
            tag_templates: BTreeSet::new(),
            default_tag_from_ref: true,
            latest_for_default_branch: true,
            branch_tag_regex: None,
            pull_robot: None,
            enabled: true,
            store_webhook_url: false,
            service: Out::UNSET,
            repository_url: Out::UNSET,
            disabled_reason: Out::UNSET,
            ssh_public_key: Out::UNSET,
            webhook_url: Out::UNSET,
        }
    }
}

/// How Quay calls what it made.
pub(super) const KEY: &str = "SSH Public Key";
const WEBHOOK: &str = "Webhook Endpoint URL";

/// There is no such trigger.
pub(super) fn unknown(key: &TriggerKey) -> Error {
    let detail = "Quay makes a build trigger only in a browser: on the repository's page, under Builds, \"Create Build Trigger\". The data source \
                  quay_build_triggers shows the ids of those that there are. (One that was deleted cannot be brought back.)";
    Error::new(format!("There is no {}", key.said()), detail).at("trigger_id")
}

/// Of two things that may be missing, one is.
fn no_robot(key: &TriggerKey, robot: Option<&str>) -> Error {
    match robot {
        Some(robot) => {
            let detail = "Create it first, for example with quay_robot, and refer to its `username` here, so that Terraform keeps the order.";
            Error::new(format!("There is no robot {robot}"), detail).at("pull_robot")
        }
        None => unknown(key),
    }
}

#[async_trait]
impl List for BuildTrigger {
    type Query = BuildTriggerQuery;

    async fn list(cx: &mut Context<Quay>, query: BuildTriggerQuery, found: &mut Found<Self>) -> Result<()> {
        let key = RepositoryKey { namespace: query.namespace, name: query.repository };
        let listed = cx.list(triggers::list(&key)).await?;
        if listed.is_empty() {
            cx.refuse_no_repository(&key).await?;
        }
        // What is not set up cannot be imported.
        for json in listed.into_iter().filter(|json| json.is_active) {
            let trigger = Self::named(&key, &json.id).with(json);
            if !found.push(&trigger).await {
                break;
            }
        }
        Ok(())
    }
}

/// Finds the build triggers of a repository that are set up.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_build_trigger")]
pub struct BuildTriggerQuery {
    /// Organization or user that owns the repository.
    #[arg(required, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace.
    #[arg(required, check = names::repository())]
    repository: String,
}
