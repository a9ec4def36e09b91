//! Who has to do with an organization: `organization/{orgname}/members`, `organization/{orgname}/collaborators`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;
use crate::quay::teams::team::by_creation;
use crate::quay::views::{avatar_of, shuffled, team_avatar};

pub(super) const ROUTES: &[Route] = &[
    Route::new("organization/{orgname}/members", &[("GET", list)]),
    Route::new("organization/{orgname}/members/{membername}", &[("GET", get), ("DELETE", delete)]),
    Route::new("organization/{orgname}/collaborators", &[("GET", collaborators)]),
];

/// Lets only administrators of an organization that is there go on.
fn administered<'a>(state: &State, call: &'a Call) -> Result<&'a str, Reply> {
    let name = call.parameter("orgname");
    call.require(Access::new(state, &call.caller).org_admin(name))?;
    if !state.organizations.contains_key(name) {
        return Err(Reply::not_found());
    }
    Ok(name)
}

/// Users in teams. Robots do not count.
fn members(state: &State, organization: &str) -> BTreeSet<String> {
    let teams = state.organizations.get(organization).map(|organization| organization.teams.values());
    let members = teams.into_iter().flatten().flat_map(|team| &team.members);
    members.filter(|member| !member.contains('+')).cloned().collect()
}

/// Repositories in which a user has a role of its own.
fn repositories(state: &State, organization: &str, user: &str) -> Vec<String> {
    let mut names: Vec<String> = state
        .repositories_of(organization)
        .into_iter()
        .filter(|(_, repository)| repository.users.contains_key(user))
        .map(|(name, _)| name.to_owned())
        .collect();
    names.sort();
    names
}

fn view(state: &State, organization: &str, member: &str) -> Value {
    let teams = state.organizations.get(organization).map(by_creation).unwrap_or_default();
    let teams: Vec<Value> = teams
        .into_iter()
        .filter(|(_, team)| team.members.iter().any(|name| name == member))
        .map(|(name, _)| json!({"name": name, "avatar": team_avatar(name)}))
        .collect();
    json!({
        "name": member,
        "kind": "user",
        "avatar": avatar_of(state, member, "user"),
        "teams": teams,
        "repositories": repositories(state, organization, member),
    })
}

fn list(state: &mut State, call: &Call) -> Outcome {
    let organization = administered(state, call)?;
    let views = members(state, organization).iter().map(|member| view(state, organization, member)).collect();
    Ok(Reply::ok(json!({"members": shuffled::<Value>(views)})))
}

/// One member. A robot of the organization counts, also without a team.
fn get(state: &mut State, call: &Call) -> Outcome {
    let organization = administered(state, call)?;
    let member = call.parameter("membername");
    let is_robot = state.robots.contains_key(member) && member.starts_with(&format!("{organization}+"));
    if !is_robot && !members(state, organization).contains(member) {
        return Err(Reply::not_found());
    }
    let mut view = view(state, organization, member);
    if is_robot {
        view["kind"] = json!("robot");
    }
    Ok(Reply::ok(view))
}

/// Takes a user out of all teams, and takes away the user's roles in repositories. 204 for those who were in none, too.
fn delete(state: &mut State, call: &Call) -> Outcome {
    let name = administered(state, call)?;
    let member = call.parameter("membername");
    if !state.users.contains_key(member) {
        return Err(Reply::not_found());
    }
    if let Some(organization) = state.organizations.get_mut(name) {
        for team in organization.teams.values_mut() {
            team.members.retain(|name| name != member);
        }
    }
    let prefix = format!("{name}/");
    for (_, repository) in state.repositories.iter_mut().filter(|(full, _)| full.starts_with(&prefix)) {
        repository.users.remove(member);
    }
    Ok(Reply::gone())
}

/// Those who have a role in a repository without being members.
fn collaborators(state: &mut State, call: &Call) -> Outcome {
    let organization = administered(state, call)?;
    let members = members(state, organization);
    let with_role: BTreeSet<&String> =
        state.repositories_of(organization).into_iter().flat_map(|(_, repository)| repository.users.keys()).collect();
    let outsiders = with_role.into_iter().filter(|name| !name.contains('+') && !members.contains(*name));
    let views = outsiders
        .map(|name| {
            json!({
                "kind": "user",
                "name": name,
                "avatar": avatar_of(state, name, "user"),
                "repositories": repositories(state, organization, name),
            })
        })
        .collect();
    Ok(Reply::ok(json!({"collaborators": shuffled::<Value>(views)})))
}
