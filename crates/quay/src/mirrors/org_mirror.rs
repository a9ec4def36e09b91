//! `quay_org_mirror`: organizations that mirror a namespace of another registry.
//!
//! Endpoints: `organization/{organization}/mirror`; see [`crate::api::org_mirrors`].

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use registry_service::{dates, exists_already};
use terraform_framework::schema::{Check, Modify};
use terraform_framework::value::ValueSet;
use terraform_framework::{
    Computed, Context, Error, Found, List, Model, ModifyPlan, Report, Resource, Result, SecretArgument, check,
};

use super::mirror_settings;
use crate::api::org_mirrors::{self, OrgMirrorBody, OrgMirrorJson, ProxyJson, RegistryConfigJson};
use crate::client::Quay;
use crate::organizations::organization;
use crate::teams::team;
use crate::{features, names};

/// Makes an organization the mirror of a namespace of another registry: Quay finds the repositories there, and makes and synchronizes a
/// repository of its own for each.
///
/// Only an organization without repositories, immutability policies and proxy cache can be made a mirror; as long as it is one, nobody else
/// creates repositories in it. Destroying this resource ends the mirroring; the repositories that it made stay, and as long as they do, the
/// organization cannot be made a mirror again, not by a replacement either.
///
/// The robot must belong to the organization; a robot that is deleted takes the mirror with it, so a robot that is replaced replaces the
/// mirror too. A robot is exchanged safely in three applies: first make another robot, under another name; then, in a second apply, set
/// `robot_username` to it, which changes the mirror in place; remove the old one in a third. Made by the same apply, the new robot's
/// `username` is not known yet when the plan is made, and the plan replaces the mirror.
///
/// Needs Quay 3.17 or newer with FEATURE_ORG_MIRROR. The repositories that were found are shown by the data source
/// `quay_org_mirror_repositories`; the actions `quay_sync_org_mirror`, `quay_cancel_org_mirror_sync` and `quay_verify_org_mirror` drive it.
///
/// Scope: `org:admin`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_org_mirror", id = "{organization}", identity(organization), subcategory = "Mirrors")]
pub struct OrgMirror {
    /// The organization. A change replaces the mirror.
    #[attribute(required, requires_replace, check = names::namespace())]
    organization: String,
    /// What the source is: `quay` or `harbor`. Quay cannot change it: a change replaces the mirror.
    #[attribute(required, requires_replace, check = check::one_of(&["quay", "harbor"]))]
    external_registry_type: String,
    /// Address of the source, such as `https://quay.io`.
    #[attribute(required, check = url())]
    external_registry_url: String,
    /// Namespace (Quay) or project (Harbor) that is mirrored.
    #[attribute(required, check = check::length(1, 255))]
    external_namespace: String,
    /// Name of the user who logs in at the source; without it, images are pulled anonymously.
    #[attribute(optional, check = check::length(1, 255))]
    external_registry_username: Option<String>,
    /// Password of that user.
    #[attribute(optional, not_returned = "Quay never returns it, only whether there is one")]
    external_registry_password: SecretArgument,
    /// Verifies the certificate of the source; `true` by default.
    #[attribute(optional, default = true)]
    verify_tls: bool,
    /// Proxy for HTTP requests to the source.
    #[attribute(optional, check = check::length(1, 2_000))]
    http_proxy: Option<String>,
    /// Proxy for HTTPS requests to the source.
    #[attribute(optional, check = check::length(1, 2_000))]
    https_proxy: Option<String>,
    /// Hosts that are reached without proxy, separated by commas.
    #[attribute(optional, check = check::length(1, 2_000))]
    no_proxy: Option<String>,
    /// Patterns (`app-*`) of the names of repositories that are mirrored; without any, all are.
    #[attribute(optional, default = ValueSet::default(), check = check::each(check::length(1, 255)))]
    repository_filters: BTreeSet<String>,
    /// Full name of the robot of the organization that makes and fills the repositories: `acme+mirror`. While it is not known, because the
    /// robot is being replaced, the mirror is replaced too.
    #[attribute(required, check = names::robot_username(), requires_replace_if = is_unknown)]
    robot_username: String,
    /// Who may pull from the repositories that are made: `private` (the default) or `public`. Those that are there stay as they are.
    #[attribute(optional, default = "private", check = check::one_of(&["private", "public"]))]
    visibility: String,
    /// Whether anything is synchronized at all; `true` by default.
    #[attribute(optional, default = true)]
    is_enabled: bool,
    /// Seconds between two synchronizations; at least 60.
    #[attribute(required, check = check::between(60, i64::from(i32::MAX)))]
    sync_interval: i64,
    /// When the first synchronization begins, in UTC: `2027-01-31T00:00:00Z`; otherwise at once. The server moves it on with each
    /// synchronization, which is no drift: where it is now is shown by `next_sync_date`.
    #[attribute(optional, computed, use_state_for_unknown, check = moment(), semantic_equals = mirror_settings::is_start_counted_on)]
    sync_start_date: Computed<String>,
    /// Seconds after which a single transfer is given up: 30 to 3600; 300 by default.
    #[attribute(optional, default = 300, check = check::between(30, 3_600))]
    skopeo_timeout: i64,
    /// When the next synchronization begins, as the server has it now (RFC 3339).
    #[computed]
    next_sync_date: Computed<String>,
    /// Whether the server has a password for the source.
    #[computed]
    has_external_registry_password: Computed<bool>,
    /// How far it is: `NEVER_RUN`, `SYNC_NOW`, `SYNCING`, `SUCCESS`, `FAIL`, `CANCEL`.
    #[computed]
    sync_status: Computed<String>,
    /// How often a synchronization that failed is tried again.
    #[computed]
    sync_retries_remaining: Computed<i64>,
    /// When the running synchronization is given up (RFC 3339); null while none runs.
    #[computed]
    sync_expiration_date: Computed<Option<String>>,
    /// How many of the repositories that were found are in which state, by state.
    #[computed]
    repo_sync_status_counts: Computed<BTreeMap<String, i64>>,
    /// When the mirror was made (RFC 3339).
    #[computed(use_state_for_unknown)]
    creation_date: Computed<String>,
}

/// The robot is being replaced, and takes the mirror with it.
fn is_unknown(modify: &Modify<'_>) -> bool {
    modify.plan.is_unknown()
}

fn url() -> Check {
    check::text("an address such as `https://quay.io`", |text| {
        let rest = ["https://", "http://"].iter().find_map(|scheme| text.strip_prefix(scheme));
        match rest.is_some_and(|rest| rest.starts_with(char::is_alphanumeric) && !rest.contains(char::is_whitespace)) {
            true => Ok(()),
            false => Err(format!("{text:?} is not an address such as \"https://quay.io\".")),
        }
    })
}

/// The only form of dates that Quay reads here.
fn moment() -> Check {
    check::text("a time in UTC without fractions, such as `2027-01-31T00:00:00Z`", |text| {
        let parsed = jiff::fmt::strtime::parse("%Y-%m-%dT%H:%M:%SZ", text).and_then(|time| time.to_datetime());
        match parsed {
            Ok(_) if text.len() == "2027-01-31T00:00:00Z".len() => Ok(()),
            _ => {
                Err(format!("{text:?} is not a time such as \"2027-01-31T00:00:00Z\", the only form that Quay reads."))
            }
        }
    })
}

#[async_trait]
impl Resource for OrgMirror {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let mut mirror = plan;
        if mirror.sync_start_date.known().is_none() {
            mirror.sync_start_date = Computed::from(jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        }
        let password = mirror.external_registry_password.given().cloned();
        let body = OrgMirrorBody {
            external_registry_type: Some(mirror.external_registry_type.clone()),
            external_registry_password: password.map(Some),
            sync_start_date: mirror.sync_start_date.known().cloned(),
            ..mirror.body()
        };
        cx.send(org_mirrors::create(&mirror.organization, &body))
            .await
            .map_err(|e| explain(&mirror.organization, e))?;
        cx.save(&mirror);
        let made = cx.send(org_mirrors::get(&mirror.organization)).await?;
        mirror.watch(&made);
        Ok(mirror)
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let Some(json) = cx.find(org_mirrors::get(&state.organization)).await? else { return Ok(None) };
        if state.sync_start_date.known().is_none() {
            mirror_settings::note_start(cx.private_mut(), &json.sync_status)?;
        }
        let mut mirror = state;
        mirror.take(&json);
        Ok(Some(mirror))
    }

    async fn update(cx: &mut Context<Quay>, state: Self, plan: Self) -> Result<Self> {
        let moved = plan.sync_start_date.known() != state.sync_start_date.known();
        let body = OrgMirrorBody {
            external_registry_password: plan.new_password(&state),
            sync_start_date: plan.sync_start_date.known().filter(|_| moved).cloned(),
            ..plan.body()
        };
        cx.send(org_mirrors::update(&plan.organization, &body)).await?;
        if moved {
            mirror_settings::forget_start(cx.private_mut());
        }
        let mut mirror = plan;
        let changed = cx.send(org_mirrors::get(&mirror.organization)).await?;
        mirror.watch(&changed);
        Ok(mirror)
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        cx.delete(org_mirrors::delete(&state.organization)).await?;
        Ok(())
    }

    fn validate(config: &OrgMirrorView, report: &mut Report) {
        if config.external_registry_username.is_null() && config.external_registry_password.known().is_some() {
            let why = "A password without a user's name is of no use.";
            report.error("external_registry_username", "Incomplete login", why);
        }
        if let (Some(organization), Some(robot)) = (config.organization.known(), config.robot_username.known())
            && robot.split_once('+').is_some_and(|(of, _)| of != organization)
        {
            let why = format!("Quay takes only a robot of the organization itself: \"{organization}+...\".");
            report.error("robot_username", "Foreign robot", why);
        }
    }

    fn plan(planning: &mut ModifyPlan<OrgMirrorView>) {
        if planning.replaces() {
            planning.report.warn_all("A mirror can be made again only in an empty organization", AGAIN);
        }
    }

    async fn preflight(cx: &mut Context<Quay>, _: OrgMirrorView, report: &mut Report) {
        cx.expect(&features::ORG_MIRROR, report).await;
    }
}

impl OrgMirror {
    /// The mirror of an organization, of which nothing is known yet.
    fn named(organization: String) -> Self {
        Self {
            organization,
            external_registry_type: String::new(),
            external_registry_url: String::new(),
            external_namespace: String::new(),
            external_registry_username: None,
            external_registry_password: SecretArgument::default(),
            verify_tls: true,
            http_proxy: None,
            https_proxy: None,
            no_proxy: None,
            repository_filters: BTreeSet::new(),
            robot_username: String::new(),
            visibility: String::new(),
            is_enabled: true,
            sync_interval: 0,
            sync_start_date: Computed::UNSET,
            skopeo_timeout: 0,
            next_sync_date: Computed::UNSET,
            has_external_registry_password: Computed::UNSET,
            sync_status: Computed::UNSET,
            sync_retries_remaining: Computed::UNSET,
            sync_expiration_date: Computed::UNSET,
            repo_sync_status_counts: Computed::UNSET,
            creation_date: Computed::UNSET,
        }
    }

    /// What a change sends, without what is sent only at times.
    fn body(&self) -> OrgMirrorBody {
        let (http_proxy, https_proxy) = (self.http_proxy.clone(), self.https_proxy.clone());
        let proxy = ProxyJson { http_proxy, https_proxy, no_proxy: self.no_proxy.clone() };
        OrgMirrorBody {
            external_registry_type: None,
            external_registry_url: self.external_registry_url.clone(),
            external_namespace: self.external_namespace.clone(),
            external_registry_username: self.external_registry_username.clone(),
            external_registry_password: None,
            external_registry_config: RegistryConfigJson { verify_tls: Some(self.verify_tls), proxy },
            repository_filters: self.repository_filters.iter().cloned().collect(),
            robot_username: self.robot_username.clone(),
            visibility: self.visibility.clone(),
            is_enabled: self.is_enabled,
            sync_interval: self.sync_interval,
            sync_start_date: None,
            skopeo_timeout: self.skopeo_timeout,
        }
    }

    /// The password that a change sends: none to leave it as it is. One that is gone from the server is sent again.
    fn new_password(&self, state: &Self) -> Option<Option<terraform_framework::Secret>> {
        let (password, earlier) = (&self.external_registry_password, &state.external_registry_password);
        let is_missing = state.has_external_registry_password.known() == Some(&false);
        match password.given() {
            Some(given) => (is_missing || password.changed_since(earlier)).then(|| Some(given.clone())),
            None if password.removed_since(earlier) => Some(None),
            None => None,
        }
    }

    /// All that the server says.
    fn take(&mut self, json: &OrgMirrorJson) {
        self.external_registry_type.clone_from(&json.external_registry_type);
        self.external_registry_url.clone_from(&json.external_registry_url);
        self.external_namespace.clone_from(&json.external_namespace);
        self.external_registry_username = json.external_registry_username.clone().filter(|name| !name.is_empty());
        let config = &json.external_registry_config;
        self.verify_tls = config.verify_tls.unwrap_or(true);
        let set = |proxy: &Option<String>| proxy.clone().filter(|proxy| !proxy.is_empty());
        self.http_proxy = set(&config.proxy.http_proxy);
        self.https_proxy = set(&config.proxy.https_proxy);
        self.no_proxy = set(&config.proxy.no_proxy);
        self.repository_filters = json.repository_filters.iter().cloned().collect();
        self.robot_username = json.robot_username.clone().unwrap_or_default();
        self.visibility.clone_from(&json.visibility);
        self.is_enabled = json.is_enabled;
        self.sync_interval = json.sync_interval;
        self.skopeo_timeout = json.skopeo_timeout;
        if json.has_external_registry_password == Some(false) {
            self.external_registry_password = SecretArgument::default();
        }
        let shown = json.sync_start_date.clone().unwrap_or_default();
        if !self.sync_start_date.known().is_some_and(|mine| moved_on(mine, &shown)) {
            self.sync_start_date = Computed::from(shown);
        }
        self.watch(json);
    }

    /// What the server says of its own work.
    fn watch(&mut self, json: &OrgMirrorJson) {
        self.next_sync_date = Computed::from(json.sync_start_date.clone().unwrap_or_default());
        let has_password = self.external_registry_password.given().is_some();
        self.has_external_registry_password =
            Computed::from(json.has_external_registry_password.unwrap_or(has_password));
        self.sync_status = Computed::from(json.sync_status.clone());
        self.sync_retries_remaining = Computed::from(json.sync_retries_remaining);
        self.sync_expiration_date = Computed::from(json.sync_expiration_date.clone());
        self.repo_sync_status_counts = Computed::from(json.repo_sync_status_counts.clone());
        self.creation_date = Computed::from(json.creation_date.clone().unwrap_or_default());
    }
}

/// Whether the server has the start where it was set to be, or has moved it itself since: on with each synchronization, and to the present
/// when one is asked for, which may be before the start. Quay takes no fractions of a second; with one, the date is its own.
fn moved_on(mine: &str, shown: &str) -> bool {
    match (dates::seconds(mine), dates::seconds(shown)) {
        (Some(mine), Some(later)) => mine <= later || shown.contains('.'),
        _ => mine == shown,
    }
}

const AGAIN: &str = "This plan deletes the mirror of the organization and makes it again, and Quay makes a mirror only of an organization \
                     that holds no repositories: delete those that were mirrored before, or create the mirror in another organization. \
                     A robot is exchanged in place if the new one is there first, under another name.";

/// Says what Quay means by its refusal.
fn explain(organization: &str, error: registry_http::Error) -> Error {
    if error.status() == Some(400) && error.message().is_some_and(|m| m.contains("already exists for this")) {
        return exists_already("quay_org_mirror", &format!("mirror of organization {organization}"), organization);
    }
    match error.is_not_found() {
        true => team::no_organization(organization),
        false => error.into(),
    }
}

#[async_trait]
impl List for OrgMirror {
    type Query = OrgMirrorQuery;

    async fn list(cx: &mut Context<Quay>, query: OrgMirrorQuery, found: &mut Found<Self>) -> Result<()> {
        let (names, may_be_shut) = organization::asked_for(cx, query.organization).await?;
        for name in names {
            let shown = organization::looked_into(cx, &name, may_be_shut, org_mirrors::get(&name)).await?;
            if let Some(json) = shown {
                let mut mirror = Self::named(name);
                mirror.take(&json);
                if !found.push(&mirror).await {
                    break;
                }
            }
        }
        Ok(())
    }
}

/// Finds the mirrors of organizations: of one, or of all that the token may look into. Each organization takes a request.
///
/// Scope: `org:admin`; without `organization` also `user:read`, which finds the organizations that the token's user belongs to, or a
/// superuser's `super:user`, which finds all.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_org_mirror")]
pub struct OrgMirrorQuery {
    /// Only of this organization.
    #[attribute(optional, check = names::namespace())]
    organization: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use terraform_framework::Value;

    #[test]
    fn a_start_that_the_server_moved_on_is_no_drift() {
        let mine = "2027-01-01T00:00:00Z";
        assert!(moved_on(mine, mine) && moved_on(mine, "2027-01-02T03:04:05.957919Z"));
        assert!(moved_on(mine, "2026-11-20T14:15:15.957919Z"), "a synchronization was asked for before the start");
        assert!(!moved_on(mine, "2026-12-31T23:59:59Z"));
    }

    #[test]
    fn dates_have_the_one_form_that_quay_reads() {
        let ok = |text: &str| (moment().test)(&Value::from(text)).is_ok();
        assert!(ok("2027-01-31T00:00:00Z"));
        assert!(
            !["2027-01-31", "2027-01-31T00:00:00+01:00", "2027-01-31T00:00:00.5Z", "2027-02-30T00:00:00Z"]
                .into_iter()
                .any(ok)
        );
    }

    #[test]
    fn sources_have_a_scheme() {
        let ok = |text: &str| (url().test)(&Value::from(text)).is_ok();
        assert!(ok("https://quay.io") && ok("http://10.1.2.3:8080/"));
        assert!(!["quay.io", "ftp://quay.io", "https://", "https:// x"].into_iter().any(ok));
    }
}
