//! Storage limits of projects. They have a life of their own: a change of the project never changes them.

use std::collections::BTreeMap;

use registry_http::{Collection, Endpoint, Listing, NotFound, Repetition};
use serde::Deserialize;
use serde_json::json;

use super::PAGE;

/// The storage limit of a project.
#[derive(Debug, Clone, Deserialize)]
pub struct QuotaJson {
    pub id: i64,
    #[serde(rename = "ref", default)]
    pub of: Reference,
    /// Amounts by resource; -1 is no limit.
    #[serde(default)]
    pub hard: BTreeMap<String, i64>,
}

/// What a limit is on.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Reference {
    /// Of the project.
    #[serde(default)]
    pub id: i64,
}

impl QuotaJson {
    /// Bytes; -1 is no limit.
    pub fn storage(&self) -> i64 {
        self.hard.get("storage").copied().unwrap_or(-1)
    }
}

const READ: &str = "the permission quota:list of the system (an administrator's)";

/// The storage limits of all projects.
pub struct Quotas;

impl Collection for Quotas {
    type Key = i64;
    type Item = QuotaJson;
    const NAME: &'static str = "quotas";

    fn parent(_: &i64) -> String {
        String::new()
    }

    fn name(project_id: &i64) -> String {
        project_id.to_string()
    }

    fn name_of(_: &str, quota: &QuotaJson) -> Option<String> {
        Some(quota.of.id.to_string())
    }

    fn single(project_id: &i64) -> Endpoint<QuotaJson> {
        get(*project_id)
    }

    fn list(_: &i64) -> Listing<QuotaJson> {
        let all = Endpoint::get("quotas", &[]).query("reference", "project");
        Listing::numbered(all.describe("list the storage limits").requires_scope(READ), PAGE)
    }
}

/// The limit of one project; none when limits are switched off on the server.
pub fn get(project_id: i64) -> Endpoint<QuotaJson> {
    // Where the filter was lost on the way, the list holds the limits of other projects.
    let is_of = move |quota: &QuotaJson| quota.of.id == project_id;
    Endpoint::<Vec<QuotaJson>>::get("quotas", &[])
        .query("reference", "project")
        .query("reference_id", project_id)
        .not_found_when(NotFound::empty_list(200))
        .describe(format!("read the storage limit of project {project_id}"))
        .requires_scope(READ)
        .identified(move |found| found.iter().any(is_of))
        .pick("there is no such limit", move |found| found.into_iter().find(is_of))
}

/// Sets a limit in bytes; -1 for none.
pub fn set(quota_id: i64, bytes: i64) -> Endpoint<()> {
    Endpoint::<()>::put("quotas/{id}", &[&quota_id.to_string()])
        .json(&json!({"hard": {"storage": bytes}}))
        .describe("set the storage limit of the project")
        .requires_scope("the permission quota:update of the system (an administrator's)")
        .invalidates_all::<Quotas>()
        .repetition(Repetition::IDEMPOTENT)
        .no_content()
}

#[cfg(test)]
mod tests {
    use super::get;
    use registry_http::Answer;

    #[test]
    fn only_the_limit_that_was_asked_for_is_found() {
        let found = |list: &'static str| get(5).decode(&Answer::new(200, "application/json", list)).ok().map(|q| q.id);
        assert_eq!(found(r#"[{"id": 3, "ref": {"id": 5}}]"#), Some(3));
        assert_eq!(found(r#"[{"id": 5, "ref": {"id": 9}}, {"id": 3, "ref": {"id": 5}}]"#), Some(3));
        for others in [r#"[{"id": 5, "ref": {"id": 9}}]"#, r#"[{"id": 5}]"#] {
            assert_eq!(found(others), None, "{others}");
        }
    }
}
