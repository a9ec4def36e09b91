//! Retention policies, as far as a proxy project has one by itself: it can be read, and shows in the project's metadata.

use super::call::Call;
use super::failure::Failure;
use super::projects::ProjectRef;
use super::records::Retention;
use super::state::State;
use super::wire::Reply;
use serde_json::json;

/// After how many days without a pull a proxy project forgets an artifact.
const DAYS: i64 = 7;

/// Makes the policy of a new proxy project.
pub(super) fn add_for_proxy(state: &mut State, project_id: i64) {
    let every = |decoration: &str| json!([{"kind": "doublestar", "decoration": decoration, "pattern": "**"}]);
    let policy = json!({
        "algorithm": "or",
        "rules": [{
            "priority": 1,
            "disabled": false,
            "action": "retain",
            "template": "nDaysSinceLastPull",
            "params": {"nDaysSinceLastPull": DAYS},
            "tag_selectors": every("matches"),
            "scope_selectors": {"repository": every("repoMatches")},
        }],
        "trigger": {"kind": "Schedule", "settings": {"cron": "0 0 0 * * *"}},
        "scope": {"level": "project", "ref": project_id},
    });
    let id = state.retentions.insert(Retention { project_id, policy });
    if let Some(project) = state.projects.get_mut(project_id) {
        project.metadata.insert("retention_id".into(), id.to_string());
    }
}

/// `GET /retentions/{id}`: an unknown id is a 500, because the server's own error has no type.
pub(super) fn show(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let id = call.id("id")?;
    call.require_known()?;
    let retention = call.state.retentions.get(id).ok_or_else(Failure::internal)?;
    call.require_project(&ProjectRef::Id(retention.project_id), "tag-retention", "read")?;
    let mut policy = retention.policy.clone();
    policy["id"] = json!(id);
    Ok(Reply::json(policy))
}
