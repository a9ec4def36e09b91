//! `quay_build_trigger`: what starts builds when something happens to a source.
//!
//! Endpoints: `repository/{repository}/trigger/...`; see [`crate::api::triggers`].

mod list;
mod settings;

use std::collections::BTreeSet;

use async_trait::async_trait;
use registry_http::Kind;
use registry_service::exists_already;
use terraform_framework::value::ValueSet;
use terraform_framework::{Computed, Context, Error, Model, ModifyPlan, Report, Resource, Result, Secret, check};

use crate::api::keys::RepositoryKey;
use crate::api::triggers::{self, ConfigJson, TriggerJson, TriggerKey, Triggers};
use crate::client::Quay;
use crate::names;

/// Sets up a build trigger that exists: from then on Quay builds an image whenever something is pushed to its source.
///
/// Quay makes a trigger only in a browser, on its web pages ("Create Build Trigger"), because somebody logs in to GitHub, GitLab or Bitbucket
/// there, or gives the address of another Git server. What is left unfinished there is finished by this resource, which knows the trigger by its
/// id: the data source `quay_build_triggers` shows it. A trigger that is set up already is imported.
///
/// Quay sets up a trigger once. A change of its settings is an error of the plan, unless `trigger_id` changes too: then the old trigger is
/// deleted, and the new one set up. Whether it is switched on can be changed at any time. Destroying it deletes the trigger, which cannot be
/// made again but in a browser; the builds that it has started stay.
///
/// The token must be that of the user who made the trigger, or, from Quay 3.12 on, of a superuser where superusers may do everything.
///
/// Scopes: `repo:admin` and `user:admin`; with `pull_robot` also `org:admin`.
#[derive(Debug, Clone, Model)]
#[model(
    type = "quay_build_trigger",
    id = "{namespace}/{repository*}/{trigger_id}",
    identity(namespace, repository, trigger_id),
    subcategory = "Builds"
)]
pub struct BuildTrigger {
    /// Organization or user that owns the repository. Another one needs another trigger.
    #[attribute(required, requires_replace, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace. Another one needs another trigger.
    #[attribute(required, requires_replace, check = names::repository())]
    repository: String,
    /// Id of the trigger, a UUID. Another one replaces this trigger, which is deleted.
    #[attribute(required, requires_replace, check = check::length(1, 255))]
    trigger_id: String,
    /// The source: `acme/app` at GitHub, GitLab and Bitbucket, an address such as `git@git.example.com:acme/app.git` elsewhere; without a
    /// password, which would be in the state and on Quay's pages: the source is to let `ssh_public_key` in. Fixed once the trigger is set up.
    #[attribute(required, requires_replace, check = check::length(1, 4096))]
    build_source: String,
    /// Path of the Dockerfile in the source. Fixed once the trigger is set up.
    #[attribute(optional, default = "/Dockerfile", requires_replace, check = check::length(1, 4096))]
    dockerfile_path: String,
    /// Folder in the source that the Dockerfile sees. Fixed once the trigger is set up.
    #[attribute(optional, default = "/", requires_replace, check = check::length(1, 4096))]
    context: String,
    /// Further tags that images get, in Quay's words: `${parsed_ref.branch}-${commit_info.short_sha}`, for one. (Terraform wants each `$` twice.)
    /// Fixed once the trigger is set up.
    #[attribute(optional, default = ValueSet::default(), requires_replace, check = check::each(check::length(1, 4096)))]
    tag_templates: BTreeSet<String>,
    /// Whether images are tagged with the name of the branch or tag. Fixed once the trigger is set up.
    #[attribute(optional, default = true, requires_replace)]
    default_tag_from_ref: bool,
    /// Whether images of the default branch are tagged `latest`. Fixed once the trigger is set up.
    #[attribute(optional, default = true, requires_replace)]
    latest_for_default_branch: bool,
    /// A regular expression (Python's) for the branches and tags that are built; all are without it. It must match the whole of `heads/BRANCH`
    /// or `tags/TAG`, as `heads/(main|release-.*)` does. Fixed once the trigger is set up.
    #[attribute(optional, requires_replace, check = check::length(0, 4096))]
    branch_tag_regex: Option<String>,
    /// Full name of the robot with which base images are pulled from this registry, such as `acme+builder`: one of the repository's own
    /// namespace. Fixed once the trigger is set up; a trigger whose robot is deleted has none from then on, for good.
    #[attribute(optional, requires_replace, check = names::robot_username())]
    pull_robot: Option<String>,
    /// Whether it starts builds. Quay switches a trigger off by itself when its builds fail too often in a row.
    #[attribute(optional, default = true)]
    enabled: bool,
    /// Keeps the address to which the source reports in the state: then `webhook_url` is set. False by default.
    #[attribute(optional, default = false)]
    store_webhook_url: bool,
    /// Where the source is: `custom-git`, `github`, `gitlab` or `bitbucket`.
    #[computed(use_state_for_unknown)]
    service: Computed<String>,
    /// Page of the source; null where Quay knows none.
    #[computed(use_state_for_unknown)]
    repository_url: Computed<Option<String>>,
    /// Why it was switched off at last: `user_toggled`, `successive_build_failures` or `successive_build_internal_errors`; null if it never was.
    #[computed]
    disabled_reason: Computed<Option<String>>,
    /// The key with which Quay reads the source; a plain Git server must be told to let it in.
    #[computed(use_state_for_unknown)]
    ssh_public_key: Computed<Option<String>>,
    /// Address to which a plain Git server must report what is pushed. It holds a secret; null unless `store_webhook_url` is true, and for
    /// other services, which Quay tells itself. (The ephemeral resource `quay_build_trigger_webhook` gives it without storing it.)
    #[computed(sensitive, unknown_on_change_of("store_webhook_url"))]
    webhook_url: Computed<Option<Secret>>,
}

#[async_trait]
impl Resource for BuildTrigger {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let key = plan.key();
        // Of two at once both would be told that they set it up.
        let lock = cx.lock(&key.said());
        let _alone = lock.lock().await;
        let found = cx.find(triggers::among(&key)).await?.ok_or_else(|| unknown(&key))?;
        if found.is_active {
            return Err(is_set_up_already(&key));
        }
        let active = match cx.find(triggers::activate(&key, &plan.config(), plan.pull_robot.as_deref())).await {
            Ok(Some(active)) => active,
            Ok(None) => return Err(plan.pull_robot.map_or_else(|| unknown(&key), |robot| no_robot(&robot))),
            Err(error) => return Err(explain(cx, &key, error).await),
        };
        let enabled = plan.enabled;
        let trigger = plan.with(active);
        if trigger.enabled == enabled {
            return Ok(trigger);
        }
        // Saved before, it would be replaced by the next apply, that is, deleted for good.
        trigger.switched(cx, enabled).await.map_err(|error| {
            let id = import_id(&key);
            let hint = format!(
                "The trigger is set up, and on. Nothing of it was saved, because Terraform would delete it for good to make it anew. Import it, \
                 and the next apply switches it off:\n\n  terraform import quay_build_trigger.NAME '{id}'"
            );
            error.with_hint(hint)
        })
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let key = state.key();
        let Some(found) = cx.read::<Triggers>(&key).await? else { return Ok(None) };
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
        // All else replaces. What Quay has switched off since the plan is switched on again.
        let found = cx.send(triggers::among(&state.key())).await?;
        let seen = Self { store_webhook_url: plan.store_webhook_url, ..state.clone() }.with(found);
        let trigger = Self {
            store_webhook_url: seen.store_webhook_url,
            webhook_url: seen.webhook_url,
            enabled: seen.enabled,
            disabled_reason: seen.disabled_reason,
            ..state
        };
        match trigger.enabled == plan.enabled {
            true => Ok(trigger),
            false => trigger.switched(cx, plan.enabled).await,
        }
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        // Another repository's would be deleted too. One that is not set up is none of this resource's.
        let key = state.key();
        if cx.find(triggers::active(&key)).await?.is_some() {
            cx.delete(triggers::delete(&key)).await?;
        }
        Ok(())
    }

    fn validate(config: &BuildTriggerView, report: &mut Report) {
        settings::doubt(config, report);
    }

    async fn preflight(cx: &mut Context<Quay>, plan: BuildTriggerView, report: &mut Report) {
        // One that is managed already has its service.
        let (true, Some(namespace), Some(name), Some(id)) =
            (plan.service.is_unknown(), plan.namespace.known(), plan.repository.known(), plan.trigger_id.known())
        else {
            return;
        };
        let repository = RepositoryKey { namespace: namespace.clone(), name: name.clone() };
        let key = TriggerKey { repository, id: id.clone() };
        let Ok(all) = cx.list(triggers::list(&key.repository)).await else { return };
        match all.iter().find(|trigger| trigger.id == key.id) {
            None => report.push(unknown(&key)),
            Some(found) if found.is_active => {
                let hint = "Where Terraform manages it already: it cannot be replaced, for that would delete it for good. Leave `-replace` out; \
                            where it is tainted, `terraform untaint` takes that back.";
                report.push(is_set_up_already(&key).with_hint(hint));
            }
            Some(_) => {}
        }
    }

    fn plan(planning: &mut ModifyPlan<BuildTriggerView>) {
        let robot = planning.plan.as_ref().and_then(settings::strange_robot);
        if let Some((robot, namespace)) = robot {
            let detail = format!(
                "{robot} is not of namespace {namespace}. Quay takes a robot of the repository's own namespace alone."
            );
            planning.report.error("pull_robot", "The robot belongs to another namespace", detail);
        }
        if (planning.creates() || planning.replaces())
            && let Some(plan) = &planning.plan
        {
            settings::refuse_flawed(plan, &mut planning.report);
        }
        let same = match (&planning.state, &planning.plan) {
            (Some(state), Some(plan)) if state.trigger_id == plan.trigger_id => settings::differences(state, plan),
            _ => Vec::new(),
        };
        if planning.replaces()
            && let Some((name, unknown)) = same.first()
        {
            let why = if *unknown {
                "is known only after the apply"
            } else {
                "is set to something else than what the trigger was set up with"
            };
            let detail = format!(
                "`{name}` {why}. Quay sets up a trigger once, and has no way to change its settings; replacing it would delete it for good. \
                 Make another trigger on Quay's web pages and give its id as `trigger_id`, or leave the settings as they are."
            );
            planning.report.error(*name, "A build trigger cannot be set up again", detail);
        } else if planning.replaces() || planning.destroys() {
            let detail = "It cannot be made again but in a browser.";
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

    /// Switches it on or off.
    async fn switched(self, cx: &Context<Quay>, enabled: bool) -> Result<Self> {
        let now = cx.send(triggers::switch(&self.key(), enabled)).await?;
        Ok(Self { enabled: now.enabled, disabled_reason: Computed::from(now.disabled_reason), ..self })
    }

    pub(super) fn with(self, json: TriggerJson) -> Self {
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
            branch_tag_regex: config.branchtag_regex,
            pull_robot: json.pull_robot.map(|robot| robot.name),
            enabled: json.enabled,
            service: Computed::from(json.service),
            repository_url: Computed::from(json.repository_url),
            disabled_reason: Computed::from(json.disabled_reason),
            ssh_public_key: Computed::from(key),
            webhook_url: Computed::from(webhook),
            ..self
        }
    }
}

/// How Quay calls what it made.
pub(super) const KEY: &str = "SSH Public Key";
pub(super) const WEBHOOK: &str = "Webhook Endpoint URL";

fn import_id(key: &TriggerKey) -> String {
    format!("{}/{}", key.repository.full_name(), key.id)
}

fn is_set_up_already(key: &TriggerKey) -> Error {
    exists_already("quay_build_trigger", &key.said(), &import_id(key))
}

/// Why a trigger was not set up: Quay says of one that is set up already that the settings do not suffice.
async fn explain(cx: &Context<Quay>, key: &TriggerKey, error: registry_http::Error) -> Error {
    match error.kind() {
        Kind::Rejected if matches!(cx.find(triggers::active(key)).await, Ok(Some(_))) => is_set_up_already(key),
        _ => error.into(),
    }
}

/// There is no such trigger.
pub(super) fn unknown(key: &TriggerKey) -> Error {
    let detail = "Quay makes a build trigger only in a browser: on the repository's page, under Builds, \"Create Build Trigger\". The data source \
                  quay_build_triggers shows the ids of those that there are. (One that was deleted cannot be brought back.)";
    Error::new(format!("There is no {}", key.said()), detail).at("trigger_id")
}

/// There is no such robot.
pub(super) fn no_robot(robot: &str) -> Error {
    let detail = "Create it first, for example with quay_robot, and refer to its `username` here, so that Terraform keeps the order.";
    Error::new(format!("There is no robot {robot}"), detail).at("pull_robot")
}
