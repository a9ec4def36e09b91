//! Projects.
//!
//! Observed: a PUT adds and changes metadata, never removes any, and ignores name, storage limit and registry without a word;
//! a POST ignores the allowlist; what a release does not know is dropped without a word; a deleted project's name is free again,
//! and the next project of that name has another id.

use std::collections::BTreeMap;

use registry_http::{Collection, Endpoint, Listing, Repetition, Seen};
use registry_service::dates;
use serde::{Deserialize, Serialize};

use super::quotas::{QuotaJson, Quotas};
use super::{PAGE, by_name, open};

/// A project as Harbor shows it.
#[derive(Debug, Clone, Deserialize)]
pub struct ProjectJson {
    #[serde(default)]
    pub project_id: i64,
    pub name: String,
    #[serde(default)]
    pub owner_name: String,
    /// Of the registry that it caches; 0 when it caches none.
    #[serde(default)]
    pub registry_id: i64,
    #[serde(default)]
    pub repo_count: i64,
    /// Only what was ever set.
    #[serde(default)]
    metadata: Option<BTreeMap<String, Option<String>>>,
    #[serde(default)]
    pub cve_allowlist: Option<AllowlistJson>,
    #[serde(default)]
    pub creation_time: String,
}

impl ProjectJson {
    /// A setting, if it is set.
    pub fn setting(&self, key: &str) -> Option<&str> {
        self.metadata.as_ref()?.get(key)?.as_deref().filter(|value| !value.is_empty())
    }
}

/// Vulnerabilities that do not count.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowlistJson {
    #[serde(default)]
    pub items: Vec<ItemJson>,
    /// Seconds since 1970; absent or null is never.
    #[serde(default)]
    pub expires_at: Option<i64>,
}

/// One of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ItemJson {
    #[serde(default)]
    pub cve_id: String,
}

/// What a new project is made of.
#[derive(Debug, Clone, Serialize)]
pub struct NewProject {
    pub project_name: String,
    pub metadata: BTreeMap<&'static str, String>,
    /// Bytes; -1 for no limit. Taken from system administrators only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_limit: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registry_id: Option<i64>,
}

/// What changes in a project.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ProjectChange {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cve_allowlist: Option<AllowlistJson>,
}

/// The part of a project's summary that is used here.
#[derive(Debug, Clone, Deserialize)]
pub struct SummaryJson {
    /// Absent for callers who may not see it, and when limits are switched off.
    #[serde(default)]
    pub quota: Option<Limits>,
}

/// Limits in a summary.
#[derive(Debug, Clone, Deserialize)]
pub struct Limits {
    #[serde(default)]
    pub hard: BTreeMap<String, i64>,
}

/// All projects that the caller sees.
pub struct Projects;

impl Collection for Projects {
    type Key = String;
    type Item = ProjectJson;
    const NAME: &'static str = "projects";

    fn parent(_: &String) -> String {
        String::new()
    }

    fn name(name: &String) -> String {
        name.clone()
    }

    fn name_of(_: &str, project: &ProjectJson) -> Option<String> {
        Some(project.name.clone())
    }

    fn single(name: &String) -> Endpoint<ProjectJson> {
        get(name)
    }

    fn list(_: &String) -> Listing<ProjectJson> {
        list(None, None)
    }
}

/// One project.
pub fn get(name: &str) -> Endpoint<ProjectJson> {
    let wanted = name.to_owned();
    open(by_name(Endpoint::<ProjectJson>::get("projects/{project}", &[name])))
        .describe(format!("read project {name}"))
        .identified(move |found| found.name == wanted)
        .requires_scope("the permission project:read of the project")
}

/// One project by its number.
pub fn get_by_id(id: i64) -> Endpoint<ProjectJson> {
    open(Endpoint::<ProjectJson>::get("projects/{project}", &[&id.to_string()]))
        .header("x-is-resource-name", "false")
        .describe(format!("read project {id}"))
        .identified(move |found| found.project_id == id)
        .requires_scope("the permission project:read of the project")
}

/// Projects, perhaps only those whose name contains a text, or public or private ones.
pub fn list(name: Option<&str>, public: Option<bool>) -> Listing<ProjectJson> {
    let mut endpoint = open(Endpoint::get("projects", &[])).query("with_detail", true).describe("list projects");
    if let Some(name) = name {
        endpoint = endpoint.query("name", name);
    }
    if let Some(public) = public {
        endpoint = endpoint.query("public", public);
    }
    Listing::numbered(endpoint, PAGE)
}

/// How old an object may be at most that a write whose answer was lost has just made, in seconds; clocks may differ.
pub const JUST_MADE: i64 = 600;

/// Whether a creation time is of just now.
pub fn is_fresh(creation_time: &str) -> bool {
    let now = jiff::Timestamp::now().as_second();
    dates::seconds(creation_time).is_some_and(|made| (now - made).abs() <= JUST_MADE)
}

/// Creates a project. Its answer tells nothing but the name.
pub fn create(body: &NewProject) -> Endpoint<()> {
    let name = body.project_name.clone();
    let registry_id = body.registry_id.unwrap_or_default();
    let wanted = body.metadata.clone();
    Endpoint::<()>::post("projects", &[])
        .json(body)
        .describe(format!("create project {name}"))
        .requires_scope("the permission project:create of the system (for proxy caches, an administrator's)")
        .invalidates_all::<Projects>()
        .invalidates_all::<Quotas>()
        .no_content()
        .repetition(Repetition::confirmed(get(&name), move |found| {
            let same = |(key, value): (&&'static str, &String)| found.setting(key) == Some(value);
            if found.registry_id != registry_id || !wanted.iter().all(same) {
                Seen::other("it has other settings")
            } else if found.repo_count > 0 || !is_fresh(&found.creation_time) {
                Seen::other("it is older than this request")
            } else {
                Seen::Ours(())
            }
        }))
}

/// Changes settings and the allowlist of a project.
pub fn update(name: &str, body: &ProjectChange) -> Endpoint<()> {
    by_name(Endpoint::<()>::put("projects/{project}", &[name]))
        .json(body)
        .describe(format!("change project {name}"))
        .requires_scope("the permission project:update of the project")
        .invalidates_all::<Projects>()
        .repetition(Repetition::IDEMPOTENT)
        .no_content()
}

/// Resets one setting to its default. One that is not set is success.
pub fn reset(name: &str, key: &str) -> Endpoint<()> {
    by_name(Endpoint::delete("projects/{project}/metadatas/{key}", &[name, key]))
        .describe(format!("reset {key} of project {name}"))
        .requires_scope("the permission metadata:delete of the project")
        .invalidates_all::<Projects>()
}

/// A project's summary, from which those who may not list limits read its own.
pub fn summary(name: &str) -> Endpoint<SummaryJson> {
    by_name(Endpoint::get("projects/{project}/summary", &[name]))
        .describe(format!("read the storage limit of project {name}"))
        .requires_scope("the permission project:read of the project")
}

/// Deletes a project with its robots and its limit, and takes what system robots may do in it from them. One that holds repositories is
/// refused (412). One whose retention policy has no cron ends the server's process: see [`super::retentions`].
pub fn delete(name: &str) -> Endpoint<()> {
    by_name(Endpoint::delete("projects/{project}", &[name]))
        .describe(format!("delete project {name}"))
        .requires_scope("the permission project:delete of the project")
        .invalidates_everything()
}

impl SummaryJson {
    /// Bytes; -1 is no limit.
    pub fn storage(&self) -> Option<i64> {
        let quota =
            QuotaJson { id: 0, of: super::quotas::Reference::default(), hard: self.quota.as_ref()?.hard.clone() };
        Some(quota.storage())
    }
}
