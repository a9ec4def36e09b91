//! Teams whose users are those of a group in a directory: `organization/{orgname}/team/{teamname}/syncing`.
//!
//! Which kind of directory, `AUTHENTICATION_TYPE` tells. With users in the database there is none. (What a server with a directory
//! answers was read in Quay's source, not recorded.)

use serde_json::{Map, Value, json};

use super::team::{find, find_mut, view};
use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::records::TeamSync;
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;

pub(super) const ROUTES: &[Route] =
    &[Route::new("organization/{orgname}/team/{teamname}/syncing", &[("POST", start), ("DELETE", stop)])
        .needs(&["FEATURE_TEAM_SYNCING"])];

/// The directory that the server takes its users from, and what names a group there.
fn directory(state: &State) -> Option<(&'static str, &'static str)> {
    match state.setting("AUTHENTICATION_TYPE").as_str()? {
        "LDAP" => Some(("ldap", "group_dn")),
        "OIDC" => Some(("oidc", "group_name")),
        "Keystone" => Some(("keystone", "group_id")),
        _ => None,
    }
}

/// Whether the caller may set up where a team's users come from.
fn may_set_up(state: &State, call: &Call) -> bool {
    let access = Access::new(state, &call.caller);
    let by_anybody = state.feature("FEATURE_NONSUPERUSER_TEAM_SYNCING_SETUP");
    (by_anybody || access.superuser()) && access.org_admin(call.parameter("orgname"))
}

/// A second one is not expected: the server crashes.
fn start(state: &mut State, call: &Call) -> Outcome {
    let (organization, name) = (call.parameter("orgname"), call.parameter("teamname"));
    call.require(may_set_up(state, call))?;
    find(state, organization, name)?;
    let group = call.body(&json!({"type": "object"}))?.as_object().cloned().unwrap_or_default();
    let service =
        check_group(state, &group).map_err(|why| Reply::invalid(format!("Could not sync to group: {why}")))?;
    let team = find_mut(state, organization, name)?;
    if team.sync.is_some() {
        return Err(Reply::crash());
    }
    team.sync = Some(TeamSync { service: service.to_owned(), group, last_updated: None });
    view(state, call, organization, name, false)
}

/// The directory, if the group can be there. Of an OIDC group nobody can tell.
fn check_group(state: &State, group: &Map<String, Value>) -> Result<&'static str, String> {
    let (service, member) = directory(state).ok_or("Not supported")?;
    let name = group.get(member).and_then(Value::as_str).filter(|name| !name.is_empty());
    if service == "oidc" {
        return Ok(service);
    }
    let name = name.ok_or_else(|| format!("Missing {member}"))?;
    let is_there = state.directory_groups.as_ref().is_none_or(|groups| groups.iter().any(|known| known == name));
    if is_there { Ok(service) } else { Err("Group does not exist or is empty".to_owned()) }
}

/// One that is not there is no error.
fn stop(state: &mut State, call: &Call) -> Outcome {
    let (organization, name) = (call.parameter("orgname"), call.parameter("teamname"));
    call.require(may_set_up(state, call))?;
    find_mut(state, organization, name)?.sync = None;
    view(state, call, organization, name, false)
}

/// Adds what a team's members' view tells of its group: which one it is, only superusers learn.
pub(super) fn tell(state: &State, call: &Call, shown: &mut Value) {
    let (organization, name) = (call.parameter("orgname"), call.parameter("teamname"));
    let Some((service, _)) = directory(state).filter(|_| state.feature("FEATURE_TEAM_SYNCING")) else { return };
    if may_set_up(state, call) {
        shown["can_sync"] = json!({"service": service});
        if service == "ldap" {
            shown["can_sync"]["base_dn"] = json!(["dc=example", "dc=com"]);
        }
    }
    let Ok(Some(sync)) = find(state, organization, name).map(|team| &team.sync) else { return };
    shown["synced"] = json!({"service": sync.service});
    if Access::new(state, &call.caller).superuser() {
        shown["synced"]["last_updated"] = json!(sync.last_updated);
        shown["synced"]["config"] = json!(sync.group);
    }
}

/// Refuses what the directory alone decides for a team that follows one of its groups.
pub(super) fn refuse(state: &State, call: &Call) -> Result<(), Reply> {
    let followed = state.feature("FEATURE_TEAM_SYNCING") && directory(state).is_some();
    let team = find(state, call.parameter("orgname"), call.parameter("teamname"));
    if followed && team.is_ok_and(|team| team.sync.is_some()) && !call.parameter("membername").contains('+') {
        return Err(Reply::invalid("Cannot call this method on an auth-synced team"));
    }
    Ok(())
}
