//! Teams of an organization: `organization/{orgname}/team/{teamname}`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::names;
use crate::quay::permissions::repository_permissions;
use crate::quay::records::{Organization, Team, TeamRole};
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;
use crate::quay::views::team_avatar;

pub(super) const ROUTES: &[Route] = &[
    Route::new("organization/{orgname}/team/{teamname}", &[("PUT", put), ("DELETE", delete)]),
    Route::new("organization/{orgname}/team/{teamname}/permissions", &[("GET", list_permissions)]),
];

/// Teams in the order of creation.
pub(crate) fn by_creation(organization: &Organization) -> Vec<(&str, &Team)> {
    let mut teams: Vec<(&str, &Team)> = organization.teams.iter().map(|(name, team)| (name.as_str(), team)).collect();
    teams.sort_by_key(|(_, team)| team.number);
    teams
}

/// A team, if there are it and its organization.
pub(super) fn find<'a>(state: &'a State, organization: &str, team: &str) -> Result<&'a Team, Reply> {
    let teams = state.organizations.get(organization).map(|organization| &organization.teams);
    teams.and_then(|teams| teams.get(team)).ok_or_else(Reply::not_found)
}

/// The same, to be changed.
pub(super) fn find_mut<'a>(state: &'a mut State, organization: &str, team: &str) -> Result<&'a mut Team, Reply> {
    let teams = state.organizations.get_mut(organization).map(|organization| &mut organization.teams);
    teams.and_then(|teams| teams.get_mut(team)).ok_or_else(Reply::not_found)
}

/// A team as its organization shows it.
pub(crate) fn in_organization(state: &State, call: &Call, organization: &str, name: &str) -> Value {
    let Ok(team) = find(state, organization, name) else { return Value::Null };
    let access = Access::new(state, &call.caller);
    let repositories = state.repositories_of(organization);
    json!({
        "name": name,
        "description": team.description,
        "role": team.role,
        "avatar": team_avatar(name),
        "can_view": access.sees_team(organization, name),
        "repo_count": repositories.iter().filter(|(_, repository)| repository.teams.contains_key(name)).count(),
        "member_count": team.members.len(),
        "is_synced": team.sync.is_some(),
    })
}

/// A team as the routes that change it show it.
pub(super) fn view(state: &State, call: &Call, organization: &str, name: &str, new: bool) -> Outcome {
    let team = find(state, organization, name)?;
    Ok(Reply::ok(json!({
        "name": name,
        "description": team.description,
        "can_view": Access::new(state, &call.caller).team_viewer(organization, name),
        "role": team.role,
        "avatar": team_avatar(name),
        "new_team": new,
    })))
}

fn team_schema() -> Value {
    json!({
        "type": "object",
        "description": "Description of a team",
        "required": ["role"],
        "properties": {
            "role": {
                "type": "string",
                "description": "Org wide permissions that should apply to the team",
                "enum": ["member", "creator", "admin"]
            },
            "description": {"type": "string", "description": "Markdown description for the team"}
        }
    })
}

/// Creates or changes, and says 200 to both.
fn put(state: &mut State, call: &Call) -> Outcome {
    let body = call.body(&team_schema())?;
    let (organization, name) = (call.parameter("orgname"), call.parameter("teamname"));
    call.require(Access::new(state, &call.caller).org_admin(organization))?;
    let role: TeamRole = serde_json::from_value(body["role"].clone()).map_err(|_| Reply::crash())?;
    let number = state.number();
    let Some(teams) = state.organizations.get_mut(organization).map(|organization| &mut organization.teams) else {
        return Err(Reply::message(format!("Organization does not exist: {organization}")));
    };
    let new = !teams.contains_key(name);
    if new && let Some(objection) = names::objection(name, "Team") {
        return Err(Reply::message(format!("Invalid team name {name}: {objection}")));
    }
    let last = only_admin_team(teams, call.caller.name()) == Some(name);
    let team = teams.entry(name.to_owned()).or_insert_with(|| Team {
        number,
        role,
        description: String::new(),
        members: Vec::new(),
        invites: Vec::new(),
        sync: None,
    });
    if let Some(description) = body["description"].as_str() {
        team.description = description.to_owned();
    }
    if last && role != TeamRole::Admin {
        return Err(Reply::message(format!(
            "Cannot remove admin from team '{name}' because calling user would no longer have admin on org '{organization}'"
        )));
    }
    team.role = role;
    view(state, call, organization, name, new)
}

/// Teams of administrators that somebody is in.
fn admin_teams<'a>(teams: &'a BTreeMap<String, Team>, member: &str) -> Vec<&'a str> {
    let of_member = teams.iter().filter(|(_, team)| team.members.iter().any(|known| known == member));
    of_member.filter(|(_, team)| team.role == TeamRole::Admin).map(|(name, _)| name.as_str()).collect()
}

/// The one team that makes somebody an administrator, if it is only one.
pub(super) fn only_admin_team<'a>(teams: &'a BTreeMap<String, Team>, member: &str) -> Option<&'a str> {
    match admin_teams(teams, member).as_slice() {
        [only] => Some(only),
        _ => None,
    }
}

/// The server crashes when a superuser who is no administrator of the organization deletes a team of administrators.
fn delete(state: &mut State, call: &Call) -> Outcome {
    let (organization, name) = (call.parameter("orgname"), call.parameter("teamname"));
    call.require(Access::new(state, &call.caller).org_admin(organization))?;
    let teams = state.organizations.get_mut(organization).map(|organization| &mut organization.teams);
    let Some((teams, role)) = teams.and_then(|teams| teams.get(name).map(|team| team.role).map(|role| (teams, role)))
    else {
        return Err(Reply::message(format!("Team '{name}' is not a team in org '{organization}'")));
    };
    let caller = call.caller.name();
    match admin_teams(teams, caller).as_slice() {
        [] if role == TeamRole::Admin => return Err(Reply::crash()),
        [only] if *only == name => {
            return Err(Reply::message(format!(
                "Deleting team '{name}' would remove admin ability for user '{caller}' in organization '{organization}'"
            )));
        }
        _ => {}
    }
    teams.remove(name);
    if let Some(organization) = state.organizations.get_mut(organization) {
        organization.prototypes.retain(|_, prototype| prototype.team.as_deref() != Some(name));
    }
    let prefix = format!("{organization}/");
    for (_, repository) in state.repositories.iter_mut().filter(|(full, _)| full.starts_with(&prefix)) {
        repository.teams.remove(name);
    }
    Ok(Reply::gone())
}

fn list_permissions(state: &mut State, call: &Call) -> Outcome {
    let (organization, name) = (call.parameter("orgname"), call.parameter("teamname"));
    call.require(Access::new(state, &call.caller).org_admin(organization))?;
    find(state, organization, name)?;
    Ok(repository_permissions::of_holder(state, organization, |repository| repository.teams.get(name).copied()))
}
