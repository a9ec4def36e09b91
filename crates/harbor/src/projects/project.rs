//! `harbor_project`: projects, their settings and their storage limits.
//!
//! Endpoints: `projects`, `projects/{project}/metadatas/{key}`, `quotas`; see [`crate::api::projects`].

use async_trait::async_trait;
use registry_http::Kind;
use registry_service::dates;
use registry_service::exists_already;
use terraform_framework::{
    Computed, Context, Error, Found, List, Model, ModifyPlan, PlanValue, Report, Resource, Result, check,
};

use crate::api::projects::{self, NewProject, ProjectChange, ProjectJson, Projects};
use crate::client::Harbor;
use crate::names;

mod allowlist;
mod removal;
mod replacement;
mod settings;
mod storage;

pub use super::project::allowlist::Allowlist;
pub use super::project::storage::{Limit, read as storage_limit};

/// Manages a project: a set of repositories with its own members, robots, settings and storage limit.
///
/// A project that holds repositories is not destroyed unless `force_destroy` is true.
///
/// Its robots go with a project, and robots of the system lose what they may do in it. Where the project is replaced, a plan of these robots
/// does not show it: the plan of the project warns and names them. `replace_triggered_by`, as in the example, creates a robot of the project
/// again in the same apply; a robot of the system gets its permissions back by the next apply.
///
/// A retention policy whose trigger has no `cron` (only the API makes such ones) ends Harbor's process when its project is deleted. So
/// destroying or replacing a project reads its policy first, and is refused where the policy is such a one, or may not be read.
///
/// Settings that a release of Harbor does not know are refused with the release that brought them. A setting that is removed from the
/// configuration is reset to its default.
///
/// Permissions: to create projects (by default every user may), a system administrator for `storage_limit` and `registry_id`, the role
/// of project administrator for all else. A robot needs `project:create` and `project:list` of the system, and `project:read`,
/// `project:update`, `project:delete` and `metadata:delete` of all projects, and `tag-retention:read` to destroy one that has a retention
/// policy (a proxy cache always has); `quota:read`, `quota:list` and `quota:update` of the system for the storage limit.
#[derive(Debug, Clone, Model)]
#[model(type = "harbor_project", id = "{name}", identity(name), subcategory = "Projects")]
pub struct Project {
    /// Name of the project. Harbor cannot rename projects: a change replaces the project.
    #[attribute(required, requires_replace, check = names::project())]
    name: String,
    /// Everybody may pull from it, also without logging in. Default: false.
    #[attribute(optional, default = false)]
    public: bool,
    /// Most data that it may hold: an amount such as `10 GiB` (at most 1024 TiB), or `unlimited` (also `-1`). Left out, it is the server's
    /// default for new projects, and is not changed later. Only system administrators may set it. Null when the credentials do not show
    /// it.
    #[attribute(optional, computed)]
    storage_limit: Computed<Option<Limit>>,
    /// Number of the registry that the project caches: it makes the project a proxy cache. A change replaces the project, and its robots go
    /// with the old one.
    #[attribute(optional, requires_replace, check = check::between(1, i64::MAX))]
    registry_id: Option<i64>,
    /// Scans images for vulnerabilities when they are pushed. Default: false.
    #[attribute(optional, default = false)]
    auto_scan: bool,
    /// Generates the bill of materials (SBOM) of what is pushed. Since Harbor 2.11. Default: false.
    #[attribute(optional, default = false)]
    auto_sbom_generation: bool,
    /// Refuses pulls of images with vulnerabilities of `severity` or worse. Default: false.
    #[attribute(optional, default = false)]
    prevent_vul: bool,
    /// From which severity on `prevent_vul` refuses pulls: `none`, `low`, `medium`, `high` or `critical`. Left out, Harbor decides.
    #[attribute(optional, check = check::one_of(&["none", "low", "medium", "high", "critical"]))]
    severity: Option<String>,
    /// Refuses pulls of images that are not signed with Notation. Not for proxy caches. Default: false.
    #[attribute(optional, default = false)]
    enable_content_trust: bool,
    /// Refuses pulls of images that are not signed with Cosign. Default: false.
    #[attribute(optional, default = false)]
    enable_content_trust_cosign: bool,
    /// Uses the system's list of vulnerabilities that do not count, and not `cve_allowlist`. Default: true.
    #[attribute(optional, default = true)]
    reuse_sys_cve_allowlist: bool,
    /// Vulnerabilities that do not count in this project; needs `reuse_sys_cve_allowlist = false` to have an effect.
    #[attribute(optional)]
    cve_allowlist: Option<Allowlist>,
    /// For proxy caches: most bandwidth towards the cached registry, in kilobits per second; -1 for no limit, which is the default. Since
    /// Harbor 2.12.
    #[attribute(optional, default = -1, check = names::limit())]
    proxy_speed_kb: i64,
    /// For proxy caches: most connections per artifact to the cached registry; -1 for no limit, which is the default. Since Harbor 2.15.
    #[attribute(optional, default = -1, check = names::limit())]
    max_upstream_conn: i64,
    /// For proxy caches: goes on serving images that the cached registry no longer has. Since Harbor 2.15.2. Default: false.
    #[attribute(optional, default = false)]
    proxy_cache_local_on_not_found: bool,
    /// Deletes the repositories of the project when it is destroyed; otherwise a project that holds any is not destroyed. Default: false.
    #[attribute(optional, default = false)]
    force_destroy: bool,
    /// Number of the project. A project that is deleted and made again under the same name has another one.
    #[computed(use_state_for_unknown)]
    project_id: Computed<i64>,
    /// User name of the owner, who created it.
    #[computed(use_state_for_unknown)]
    owner: Computed<String>,
    /// When it was made (RFC 3339).
    #[computed(use_state_for_unknown)]
    created: Computed<String>,
}

#[async_trait]
impl Resource for Project {
    type Client = Harbor;

    async fn create(cx: &mut Context<Harbor>, plan: Self) -> Result<Self> {
        replacement::forget(cx.private_mut());
        plan.check_version(cx).await?;
        let wanted = plan.wanted_limit()?;
        let body = NewProject {
            project_name: plan.name.clone(),
            metadata: plan.settings().set,
            storage_limit: wanted,
            registry_id: plan.registry_id,
        };
        match cx.send(projects::create(&body)).await {
            Err(e) if e.kind() == Kind::Conflict && e.status() == Some(409) => {
                return Err(exists_already("harbor_project", &format!("project {}", plan.name), &plan.name));
            }
            other => other?,
        }
        let mut project = plan.clone();
        // It is there, whatever comes after.
        cx.save(&project);
        project.take_facts(cx.send(projects::get(&plan.name)).await?);
        cx.save(&project);
        if let Some(list) = &plan.cve_allowlist {
            let change = ProjectChange { cve_allowlist: Some(list.to_json()?), ..ProjectChange::default() };
            cx.send(projects::update(&plan.name, &change)).await?;
        }
        // Harbor takes the limit of a new project from system administrators only, and ignores that of others without a word.
        project.storage_limit = project.set_limit(cx, wanted).await?;
        cx.save(&project);
        project.check_taken(cx).await?;
        Ok(project)
    }

    async fn read(cx: &mut Context<Harbor>, state: Self) -> Result<Option<Self>> {
        let Some(found) = cx.read::<Projects>(&state.name).await? else { return Ok(None) };
        let mut project = state;
        let id = found.project_id;
        project.take(found.into_inner());
        let kept = project.storage_limit.known().cloned().flatten();
        project.storage_limit = Computed::from(storage::read(cx, id, &project.name).await?.or(kept));
        Ok(Some(project))
    }

    async fn update(cx: &mut Context<Harbor>, state: Self, plan: Self) -> Result<Self> {
        plan.check_version(cx).await?;
        let mut project = plan.clone();
        (project.project_id, project.owner, project.created) =
            (state.project_id.clone(), state.owner.clone(), state.created.clone());
        let difference = plan.settings().since(&state.settings());
        let list = Allowlist::change(state.cve_allowlist.as_ref(), plan.cve_allowlist.as_ref())?;
        let change = ProjectChange { metadata: difference.set, cve_allowlist: list };
        let sends = !change.metadata.is_empty() || change.cve_allowlist.is_some() || !difference.reset.is_empty();
        if !change.metadata.is_empty() || change.cve_allowlist.is_some() {
            cx.send(projects::update(&plan.name, &change)).await?;
        }
        for key in difference.reset {
            cx.delete(projects::reset(&plan.name, key)).await?;
        }
        let before = state.storage_limit.known().cloned().flatten();
        let wanted = plan.wanted_limit()?.filter(|wanted| before.as_ref().and_then(Limit::bytes) != Some(*wanted));
        project.storage_limit = match wanted {
            Some(_) => project.set_limit(cx, wanted).await?,
            None => Computed::from(plan.storage_limit.known().cloned().flatten().or(before)),
        };
        if sends {
            project.check_taken(cx).await?;
        }
        Ok(project)
    }

    async fn delete(cx: &mut Context<Harbor>, state: Self) -> Result<()> {
        removal::remove(cx, &state.name, state.force_destroy).await
    }

    fn validate(config: &ProjectView, report: &mut Report) {
        settings::validate(config, report);
        let reuses = !matches!(config.reuse_sys_cve_allowlist, PlanValue::Unknown | PlanValue::Known(false));
        if config.cve_allowlist.known().is_some() && reuses {
            let detail = "Harbor uses the system's list as long as `reuse_sys_cve_allowlist` is true, which it is by default. Set it to \
                          false to use this list.";
            report.warn("cve_allowlist", "The list has no effect", detail);
        }
    }

    fn plan(planning: &mut ModifyPlan<ProjectView>) {
        replacement::note(planning);
    }

    async fn preflight(cx: &mut Context<Harbor>, plan: ProjectView, report: &mut Report) {
        replacement::preflight(cx, &plan, report).await;
        let new: Vec<_> = settings::NEWER.iter().filter(|newer| (newer.is_used)(&plan)).collect();
        if new.is_empty() {
            return;
        }
        let Ok(Some(version)) = cx.version().await else { return };
        for newer in new {
            if let Some(detail) = newer.refusal(version) {
                report.error(newer.attribute, settings::TOO_OLD, detail);
            }
        }
    }
}

impl Project {
    /// What is known of a project that was found: everything but its limit.
    fn found(json: ProjectJson) -> Self {
        let mut project = Self {
            name: json.name.clone(),
            public: false,
            storage_limit: Computed::from(None),
            registry_id: None,
            auto_scan: false,
            auto_sbom_generation: false,
            prevent_vul: false,
            severity: None,
            enable_content_trust: false,
            enable_content_trust_cosign: false,
            reuse_sys_cve_allowlist: true,
            cve_allowlist: None,
            proxy_speed_kb: -1,
            max_upstream_conn: -1,
            proxy_cache_local_on_not_found: false,
            force_destroy: false,
            project_id: Computed::UNSET,
            owner: Computed::UNSET,
            created: Computed::UNSET,
        };
        project.take(json);
        project
    }

    /// All that the server says, but the limit.
    fn take(&mut self, json: ProjectJson) {
        self.take_settings(&json);
        self.registry_id = Some(json.registry_id).filter(|id| *id != 0);
        self.cve_allowlist = Allowlist::of(json.cve_allowlist.as_ref(), self.cve_allowlist.take());
        self.take_facts(json);
    }

    /// What the user has no say in.
    fn take_facts(&mut self, json: ProjectJson) {
        self.project_id = Computed::from(json.project_id);
        self.owner = Computed::from(json.owner_name);
        self.created = Computed::from(dates::rfc3339(&json.creation_time).unwrap_or(json.creation_time));
    }

    /// Reads the project again, and says what of the settings Harbor did not take.
    async fn check_taken(&self, cx: &mut Context<Harbor>) -> Result<()> {
        let found = Self::found(cx.send(projects::get(&self.name)).await?);
        let missed = self.settings().since(&found.settings());
        let missed: Vec<&str> = missed.set.keys().copied().chain(missed.reset).collect();
        if missed.is_empty() {
            return Ok(());
        }
        let server = cx.name().await;
        let detail = format!(
            "{server} answered that it changed project {}, but it did not take: {}. Either this release does not know them, or they are not for \
             this kind of project. Remove them from the configuration, or upgrade Harbor.",
            self.name,
            missed.join(", ")
        );
        Err(Error::new(format!("Settings of project {} were ignored", self.name), detail).at(missed[0]))
    }
}

#[async_trait]
impl List for Project {
    type Query = ProjectQuery;

    async fn list(cx: &mut Context<Harbor>, query: ProjectQuery, found: &mut Found<Self>) -> Result<()> {
        let mut pages = cx.pages(projects::list(query.name_contains.as_deref(), query.public));
        while let Some(page) = pages.next().await? {
            for json in page {
                let id = json.project_id;
                let mut project = Self::found(json);
                if found.wants_objects() {
                    project.storage_limit = Computed::from(storage::read(cx, id, &project.name).await?);
                }
                if !found.push(&project).await {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// Finds the projects that the credentials may see.
#[derive(Debug, Clone, Model)]
#[model(type = "harbor_project")]
pub struct ProjectQuery {
    /// A part of the name, whatever the case of its letters.
    #[attribute(optional)]
    name_contains: Option<String>,
    /// Only public projects, or only private ones.
    #[attribute(optional)]
    public: Option<bool>,
}
