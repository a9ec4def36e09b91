//! `quay_repository_mirror`: repositories that Quay fills from another registry.
//!
//! Endpoints: `repository/{repository}/mirror`, and `.../changestate`; see [`crate::api::mirrors`].

use std::collections::BTreeSet;

use async_trait::async_trait;
use registry_service::exists_already;
use terraform_framework::value::ValueSet;
use terraform_framework::{
    Computed, Context, Error, Found, List, Model, PlanValue, Report, Resource, Result, SecretArgument, check,
};

use super::mirror_settings as settings;
use crate::api::keys::RepositoryKey;
use crate::api::mirrors::{self, MirrorBody, MirrorJson, RegistryConfigJson};
use crate::api::repositories::{self, Repositories};
use crate::client::Quay;
use crate::client::lookup::no_repository;
use crate::{features, names};

/// Makes a repository a mirror of a repository in another registry: Quay copies its tags from there, again and again.
///
/// It sets the repository's state to `MIRROR`, in which only the robot may push: leave `state` of the `quay_repository` unset, or set it to `MIRROR`.
///
/// Quay gives the robot the permission `write` in the repository, unless it has `write` or `admin` already; `read` is raised to `write`. So leave out a
/// `quay_repository_permission` for the robot: made after the mirror, it is refused as one that exists already. If it must be managed, give it the role
/// `write` or `admin`, and make it first: `depends_on = [quay_repository_permission.NAME]` in this resource. In a `quay_repository_permissions`, list the
/// robot with one of these roles.
///
/// **Quay's API cannot delete a mirror.** Destroying this resource switches the mirror off, takes its login away, and sets the repository's
/// state back to `NORMAL`. The rest of the configuration stays behind on the server until the repository is deleted; as long as it is there,
/// Quay refuses to delete the robot that it names. A new `quay_repository_mirror` for the repository takes over what was left behind in
/// this way. Any other mirror is not taken over: import it.
///
/// In an organization that is a mirror itself (`quay_org_mirror`), Quay takes no mirror of a single repository.
///
/// Needs a server with FEATURE_REPO_MIRROR.
///
/// Scope: `repo:admin`.
#[derive(Debug, Clone, Model)]
#[model(
    type = "quay_repository_mirror",
    id = "{namespace}/{repository*}",
    identity(namespace, repository),
    subcategory = "Mirrors"
)]
pub struct RepositoryMirror {
    /// Organization or user that owns the repository. A change replaces the mirror.
    #[attribute(required, requires_replace, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace. A change replaces the mirror.
    #[attribute(required, requires_replace, check = names::repository())]
    repository: String,
    /// The repository to copy from, with its registry and without a scheme: `quay.io/acme/app`.
    #[attribute(required, check = settings::reference())]
    pub(super) external_reference: String,
    /// Full name of the robot account that pushes the copies, such as `acme+mirror`: best the `username` of a `quay_robot`. It must belong
    /// to `namespace`.
    #[attribute(required, check = names::robot_username())]
    pub(super) robot_username: String,
    /// Which tags to copy: names, or patterns such as `v1.*`. At least one.
    #[attribute(required, check = check::count(1, usize::MAX), check = check::each(check::length(1, 4096)))]
    pub(super) tags: BTreeSet<String>,
    /// Seconds from one synchronization to the next. Quay takes 0 too.
    #[attribute(required, check = check::between(0, 2_147_483_647))]
    pub(super) sync_interval: i64,
    /// When the first synchronization is due, in UTC and in this form only: `2026-12-01T00:00:00Z`. After a synchronization the server counts
    /// on from it: see `next_sync`. A later date on the server is therefore not drift once the mirror has run, nor is, after the import of
    /// such a mirror, an earlier date in the configuration.
    #[attribute(required, check = settings::date(), semantic_equals = settings::is_start_counted_on)]
    pub(super) sync_start_date: String,
    /// Whether synchronizations take place. On the server they do when the mirror is switched on and the repository's state is `MIRROR`.
    #[attribute(optional, default = true)]
    pub(super) is_enabled: bool,
    /// Name of the user at the other registry; without it, Quay copies as everybody can.
    #[attribute(optional, check = check::length(1, 255))]
    pub(super) external_registry_username: Option<String>,
    /// Password of the user at the other registry.
    #[attribute(optional, not_returned = "Quay never shows it, nor whether there is one")]
    pub(super) external_registry_password: SecretArgument,
    /// Whether the other registry must be reached by HTTPS, with a certificate that is valid.
    #[attribute(optional, default = true)]
    pub(super) verify_tls: bool,
    /// Whether images without a valid signature are copied too.
    #[attribute(optional, default = false)]
    pub(super) unsigned_images: bool,
    /// Address of a proxy for HTTP, such as `http://proxy.example.com:3128`. Quay shows it to all administrators of the repository: put no
    /// password into it.
    #[attribute(optional, check = check::length(1, 4096))]
    pub(super) http_proxy: Option<String>,
    /// Address of a proxy for HTTPS, as for `http_proxy`.
    #[attribute(optional, check = check::length(1, 4096))]
    pub(super) https_proxy: Option<String>,
    /// Hosts that are reached without a proxy, separated by commas.
    #[attribute(optional, check = check::length(1, 4096))]
    pub(super) no_proxy: Option<String>,
    /// Seconds after which copying is given up, at least 300. Quay has it since 3.15; older servers have limits of their own.
    #[attribute(optional, default = settings::SKOPEO_TIMEOUT, check = check::between(settings::SKOPEO_TIMEOUT, 2_147_483_647))]
    pub(super) skopeo_timeout_interval: i64,
    /// Which architectures to copy from images for several: `amd64`, `arm64`, `ppc64le`, `s390x`; all by default. Quay has it since 3.17,
    /// with FEATURE_SPARSE_INDEX.
    #[attribute(optional, default = ValueSet::default(), check = check::each(check::one_of(&["amd64", "arm64", "ppc64le", "s390x"])))]
    pub(super) architecture_filter: BTreeSet<String>,
    /// Which way images go: `PULL`.
    #[computed(use_state_for_unknown)]
    mirror_type: Computed<String>,
    /// How the last synchronization went: `NEVER_RUN`, `SYNC_NOW`, `SYNCING`, `SUCCESS`, `FAIL` or `CANCEL`.
    #[computed]
    sync_status: Computed<String>,
    /// How often the next synchronization is tried.
    #[computed]
    sync_retries_remaining: Computed<i64>,
    /// When a synchronization that is going on is given up (RFC 3339).
    #[computed]
    sync_expiration_date: Computed<Option<String>>,
    /// When the next synchronization is due (RFC 3339).
    #[computed]
    next_sync: Computed<Option<String>>,
}

#[async_trait]
impl Resource for RepositoryMirror {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let key = plan.key();
        let body = plan.whole(has_skopeo_timeout(cx, "POST").await);
        match cx.find(mirrors::get(&key)).await? {
            None => {
                if let Err(error) = make(cx, &key, &body).await {
                    let is_there = matches!(cx.find(mirrors::get(&key)).await, Ok(Some(_)));
                    match error.status() {
                        // Some releases make the mirror, and then refuse its `architecture_filter`.
                        Some(400) if is_there => cx.save(&plan),
                        // Somebody else was faster.
                        Some(409 | 500) if is_there => return Err(is_mirror_already(&key)),
                        _ => {}
                    }
                    return Err(explain(cx, &key, error).await);
                }
            }
            Some(found) if is_left_behind(&found, in_state(cx, &key).await?) => {
                // What was left behind may filter: that has to end too, on a server that knows filters.
                let filter = found.architecture_filter.is_some().then(|| plan.architecture_filter.clone());
                cx.send(mirrors::update(&key, &MirrorBody { architecture_filter: filter, ..body })).await?;
                cx.save(&plan);
                cx.send(repositories::change_state(&key, MIRROR)).await?;
            }
            Some(_) => return Err(is_mirror_already(&key)),
        }
        cx.save(&plan);
        plan.settle(cx).await
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let key = state.key();
        let Some(found) = cx.find(mirrors::get(&key)).await? else { return Ok(None) };
        let Some(repository) = cx.read::<Repositories>(&key).await? else { return Ok(None) };
        let mirrors = repository.state.as_deref() == Some(MIRROR);
        let imported = state.sync_start_date.is_empty();
        let is_to_be_off = !imported && !state.is_enabled;
        if is_left_behind(&found, mirrors) && !is_to_be_off {
            return Ok(None);
        }
        if imported {
            settings::note_start(cx.private_mut(), &found.sync_status)?;
        }
        let mut mirror = state;
        mirror.take(&found, mirrors);
        Ok(Some(mirror))
    }

    async fn update(cx: &mut Context<Quay>, state: Self, plan: Self) -> Result<Self> {
        let key = plan.key();
        let body = plan.changes(&state, has_skopeo_timeout(cx, "PUT").await);
        cx.send(mirrors::update(&key, &body)).await?;
        if body.sync_start_date.is_some() {
            settings::forget_start(cx.private_mut());
        }
        if plan.is_enabled && !state.is_enabled && !in_state(cx, &key).await? {
            cx.send(repositories::change_state(&key, MIRROR)).await?;
        }
        plan.settle(cx).await
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        let key = state.key();
        if cx.find(mirrors::update(&key, &settings::off())).await?.is_some() && in_state(cx, &key).await? {
            cx.find(repositories::change_state(&key, "NORMAL")).await?;
        }
        Ok(())
    }

    fn validate(config: &RepositoryMirrorView, report: &mut Report) {
        if let (PlanValue::Known(namespace), PlanValue::Known(robot)) = (&config.namespace, &config.robot_username)
            && robot.split_once('+').is_some_and(|(of, _)| of != namespace)
        {
            let why = format!(
                "Robot {robot:?} does not belong to {namespace:?}: only robots of the repository's own namespace can mirror."
            );
            report.error("robot_username", "Foreign robot", why);
        }
        if !config.external_registry_password.is_null() && config.external_registry_username.is_null() {
            let why = "`external_registry_password` is of no use without `external_registry_username`.";
            report.error("external_registry_username", "Arguments that belong together", why);
        }
    }

    async fn preflight(cx: &mut Context<Quay>, plan: RepositoryMirrorView, report: &mut Report) {
        cx.expect(&features::REPOSITORY_MIRROR, report).await;
        let timeout = plan.skopeo_timeout_interval.known().and_then(terraform_framework::value::Number::as_i64);
        if timeout.is_some_and(|seconds| seconds != settings::SKOPEO_TIMEOUT) && !has_skopeo_timeout(cx, "POST").await {
            let why =
                "This Quay has no time limit for copying: it came with 3.15. Leave `skopeo_timeout_interval` out.";
            report.error("skopeo_timeout_interval", "Not offered by this server", why);
        }
        let filters = plan.architecture_filter.known().is_some_and(|filter| !filter.is_empty());
        if filters && cx.takes("POST", mirrors::ROUTE, "architecture_filter").await == Some(false) {
            let why = "This Quay does not choose architectures: that came with 3.17. Leave `architecture_filter` out.";
            report.error("architecture_filter", "Not offered by this server", why);
        } else if filters && cx.chooses_architectures().await == Some(false) && !has_filter(cx, &plan).await {
            let why = format!("This Quay does not choose architectures: {SPARSE}");
            report.error("architecture_filter", "Not offered by this server", why);
        }
    }
}

/// Makes a mirror. Where several are made at once Quay fails at times, and none may be there after it: then it is tried once more.
async fn make(cx: &Quay, key: &RepositoryKey, body: &MirrorBody) -> registry_http::Result<()> {
    match cx.send(mirrors::create(key, body)).await {
        Err(error) if error.status() == Some(500) && matches!(cx.find(mirrors::get(key)).await, Ok(None)) => {
            cx.send(mirrors::create(key, body)).await
        }
        made => made,
    }
}

fn is_mirror_already(key: &RepositoryKey) -> Error {
    exists_already("quay_repository_mirror", &format!("mirror of repository {}", key.full_name()), &key.full_name())
}

const SPARSE: &str = "its FEATURE_SPARSE_INDEX is off. Leave `architecture_filter` out.";

/// Whether the mirror has the planned filter already, from a time when the server let it be chosen.
async fn has_filter(cx: &Quay, plan: &RepositoryMirrorView) -> bool {
    let (Some(namespace), Some(name)) = (plan.namespace.known(), plan.repository.known()) else { return false };
    let key = RepositoryKey { namespace: namespace.clone(), name: name.clone() };
    let Ok(Some(found)) = cx.find(mirrors::get(&key)).await else { return false };
    let (Some(wanted), Some(present)) = (plan.architecture_filter.known(), found.architecture_filter) else {
        return false;
    };
    wanted.len() == present.len() && wanted.iter().all(|one| one.known().is_some_and(|one| present.contains(one)))
}

/// The state of a repository that is filled by its mirror.
const MIRROR: &str = "MIRROR";

async fn in_state(cx: &Context<Quay>, key: &RepositoryKey) -> Result<bool> {
    let found = cx.find(repositories::get(key)).await?;
    Ok(found.is_some_and(|repository| repository.state.as_deref() == Some(MIRROR)))
}

/// Switched off, without a login, and in a repository that is no mirror any more: so a destruction leaves it.
fn is_left_behind(found: &MirrorJson, mirrors: bool) -> bool {
    let has_login = settings::given(found.external_registry_username.as_ref()).is_some();
    !found.is_enabled && !mirrors && !has_login
}

/// Older servers fail when they are sent what they do not know.
async fn has_skopeo_timeout(cx: &Quay, method: &str) -> bool {
    cx.takes(method, mirrors::ROUTE, "skopeo_timeout_interval").await != Some(false)
}

/// Says what Quay means by its refusal.
async fn explain(cx: &Quay, key: &RepositoryKey, error: registry_http::Error) -> Error {
    if error.message().is_some_and(|message| message.contains("FEATURE_SPARSE_INDEX")) {
        return Error::from(error).with_hint(format!("As the server says, {SPARSE}")).at("architecture_filter");
    }
    if error.status() == Some(500) && cx.takes("POST", mirrors::ROUTE, "skopeo_timeout_interval").await.is_none() {
        let hint = "Quay before 3.15 fails in this way on `skopeo_timeout_interval`, which it does not know, and its description of its own API \
                    (`/api/v1/discovery`), which would tell, could not be read. Let the provider reach that.";
        return Error::from(error).with_hint(hint);
    }
    if error.is_not_found() {
        return no_repository(key);
    }
    error.into()
}

impl RepositoryMirror {
    fn key(&self) -> RepositoryKey {
        RepositoryKey { namespace: self.namespace.clone(), name: self.repository.clone() }
    }

    /// Looks at what the server made of a write, which it answers with success whatever it did.
    async fn settle(self, cx: &mut Context<Quay>) -> Result<Self> {
        let key = self.key();
        let mut found = cx.send(mirrors::get(&key)).await?;
        if settings::proxies(&found.external_registry_config) != self.proxies() {
            // The first proxy that is sent to a mirror without any is lost: now there is room for it.
            cx.send(mirrors::update(&key, &settings::only_config(self.registry_config()))).await?;
            found = cx.send(mirrors::get(&key)).await?;
        }
        if found.root_rule.rule_value != self.tags {
            return Err(settings::rule_is_stuck(&key.full_name()));
        }
        let mut mirror = self;
        mirror.take(&found, true);
        Ok(mirror)
    }

    /// What the server shows. `mirrors`: the repository is in the state for it.
    fn take(&mut self, json: &MirrorJson, mirrors: bool) {
        self.is_enabled = json.is_enabled && mirrors;
        self.external_reference.clone_from(&json.external_reference);
        self.robot_username = json.robot_username.clone().unwrap_or_default();
        self.tags.clone_from(&json.root_rule.rule_value);
        self.sync_interval = json.sync_interval;
        let shown = json.sync_start_date.as_deref();
        if let Some(date) = settings::moved_by_hand(&self.sync_start_date, shown, &json.sync_status) {
            self.sync_start_date = date;
        }
        self.external_registry_username = settings::given(json.external_registry_username.as_ref());
        self.take_config(&json.external_registry_config);
        if let Some(seconds) = json.skopeo_timeout_interval {
            self.skopeo_timeout_interval = seconds;
        } else if self.skopeo_timeout_interval == 0 {
            self.skopeo_timeout_interval = settings::SKOPEO_TIMEOUT;
        }
        self.architecture_filter = json.architecture_filter.clone().unwrap_or_default();
        self.mirror_type = Computed::from(json.mirror_type.clone().unwrap_or_else(|| "PULL".to_owned()));
        self.sync_status = Computed::from(json.sync_status.clone());
        self.sync_retries_remaining = Computed::from(json.sync_retries_remaining.unwrap_or_default());
        self.sync_expiration_date = Computed::from(json.sync_expiration_date.clone());
        self.next_sync = Computed::from(json.sync_start_date.clone());
    }

    fn take_config(&mut self, config: &RegistryConfigJson) {
        self.verify_tls = config.verify_tls.unwrap_or(true);
        self.unsigned_images = config.unsigned_images.unwrap_or(false);
        [self.http_proxy, self.https_proxy, self.no_proxy] = settings::proxies(config);
    }
}

#[async_trait]
impl List for RepositoryMirror {
    type Query = RepositoryMirrorQuery;

    async fn list(cx: &mut Context<Quay>, query: RepositoryMirrorQuery, found: &mut Found<Self>) -> Result<()> {
        let mut pages = cx.pages(repositories::list(&query.namespace));
        let mut empty = true;
        while let Some(page) = pages.next().await? {
            empty &= page.is_empty();
            for json in page {
                let mirrors = json.state.as_deref() == Some(MIRROR);
                if !mirrors && query.all_states != Some(true) {
                    continue;
                }
                let key = RepositoryKey { namespace: json.namespace, name: json.name };
                // The state alone does not make a mirror.
                let Some(shown) = cx.find(mirrors::get(&key)).await? else { continue };
                if is_left_behind(&shown, mirrors) {
                    continue;
                }
                let mut mirror = Self::named(key);
                mirror.take(&shown, mirrors);
                if !found.push(&mirror).await {
                    return Ok(());
                }
            }
        }
        if empty { cx.ensure_namespace(&query.namespace).await } else { Ok(()) }
    }
}

impl RepositoryMirror {
    pub(super) fn named(key: RepositoryKey) -> Self {
        Self {
            namespace: key.namespace,
            repository: key.name,
            external_reference: String::new(),
            robot_username: String::new(),
            tags: BTreeSet::new(),
            sync_interval: 0,
            sync_start_date: String::new(),
            is_enabled: false,
            external_registry_username: None,
            external_registry_password: SecretArgument::default(),
            verify_tls: true,
            unsigned_images: false,
            http_proxy: None,
            https_proxy: None,
            no_proxy: None,
            skopeo_timeout_interval: 0,
            architecture_filter: BTreeSet::new(),
            mirror_type: Computed::UNSET,
            sync_status: Computed::UNSET,
            sync_retries_remaining: Computed::UNSET,
            sync_expiration_date: Computed::UNSET,
            next_sync: Computed::UNSET,
        }
    }
}

/// Finds the mirrors of a namespace: those of repositories in the state `MIRROR`, each of which takes a request.
///
/// A mirror whose repository is in another state, so that no synchronization takes place, is found with `all_states` only. Mirrors that a
/// destruction leaves behind (switched off, without a login, and in a repository in another state) are none, and are never found.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_repository_mirror")]
pub struct RepositoryMirrorQuery {
    /// Organization or user.
    #[attribute(required, check = names::namespace())]
    namespace: String,
    /// Whether mirrors are also looked for in repositories in other states: then every repository of the namespace takes a request.
    #[attribute(optional)]
    all_states: Option<bool>,
}
