//! Members of a team: `organization/{orgname}/team/{teamname}/members`.

use serde_json::{Value, json};

use super::invitations::{self, invited_address};
use super::sync;
use super::team::{find, find_mut, only_admin_team};
use crate::quay::access::{Access, user_role};
use crate::quay::call::Call;
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;
use crate::quay::views::avatar_of;

pub(super) const ROUTES: &[Route] = &[
    Route::new("organization/{orgname}/team/{teamname}/members", &[("GET", list)]),
    Route::new("organization/{orgname}/team/{teamname}/members/{membername}", &[("PUT", put), ("DELETE", delete)]),
];

/// A member, or somebody who was invited.
fn view(state: &State, name: &str, invited: bool) -> Value {
    json!({
        "name": name,
        "kind": "user",
        "is_robot": name.contains('+'),
        "avatar": avatar_of(state, name, "user"),
        "invited": invited,
    })
}

fn list(state: &mut State, call: &Call) -> Outcome {
    let (organization, name) = (call.parameter("orgname"), call.parameter("teamname"));
    let access = Access::new(state, &call.caller);
    call.require(access.team_viewer(organization, name))?;
    let team = find(state, organization, name)?;
    let can_edit = access.org_admin(organization);
    let mut members: Vec<Value> = team.members.iter().map(|member| view(state, member, false)).collect();
    if can_edit && call.flag("includePending", false) {
        members.extend(team.invites.iter().map(|invite| match (&invite.user, &invite.email) {
            (Some(user), _) => view(state, user, true),
            (None, email) => invited_address(email.as_deref().unwrap_or_default()),
        }));
    }
    let mut shown = json!({"name": name, "members": members, "can_edit": can_edit});
    sync::tell(state, call, &mut shown);
    Ok(Reply::ok(shown))
}

/// Adds robots, and users who are in another team of the organization; everybody else is only invited. Where nobody has
/// to be invited, nothing is looked at, not even whose robot it is.
fn put(state: &mut State, call: &Call) -> Outcome {
    let (organization, name) = (call.parameter("orgname"), call.parameter("teamname"));
    let member = call.parameter("membername");
    sync::refuse(state, call)?;
    call.require(Access::new(state, &call.caller).org_admin(organization))?;
    find(state, organization, name)?;
    let is_robot = state.robots.contains_key(member);
    if !is_robot && !state.users.contains_key(member) {
        return Err(Reply::invalid("Unknown user"));
    }
    let invites = state.feature("FEATURE_MAILING") && state.feature("FEATURE_REQUIRE_TEAM_INVITE");
    if invites && is_robot && !member.starts_with(&format!("{organization}+")) {
        return Err(Reply::message(
            "Cannot add the specified robot to this team, as it is not a member of the organization",
        ));
    }
    if invites && !is_robot && user_role(state, organization, member).is_none() {
        invitations::invite_user(state, call, member)?;
        return Ok(Reply::ok(view(state, member, true)));
    }
    let team = find_mut(state, organization, name)?;
    if team.members.iter().any(|known| known == member) {
        return Err(Reply::message(format!("User {member} is already a member of team {name}")));
    }
    team.members.push(member.to_owned());
    Ok(Reply::ok(view(state, member, false)))
}

/// Takes one invitation back, if there is any, else the member out.
fn delete(state: &mut State, call: &Call) -> Outcome {
    let (organization, name) = (call.parameter("orgname"), call.parameter("teamname"));
    let member = call.parameter("membername");
    sync::refuse(state, call)?;
    call.require(Access::new(state, &call.caller).org_admin(organization))?;
    find(state, organization, name)?;
    if !state.users.contains_key(member) && !state.robots.contains_key(member) {
        return Err(Reply::not_found());
    }
    let teams = state.organizations.get(organization).map(|organization| &organization.teams);
    let is_last = teams.and_then(|teams| only_admin_team(teams, member)) == Some(name);
    let team = find_mut(state, organization, name)?;
    if let Some(at) = team.invites.iter().position(|invite| invite.user.as_deref() == Some(member)) {
        team.invites.remove(at);
        return Ok(Reply::gone());
    }
    if !team.members.iter().any(|known| known == member) {
        return Err(Reply::message(format!("User {member} does not belong to team {name}")));
    }
    if member == call.caller.name() && is_last {
        return Err(Reply::message("User cannot remove themselves from their only admin team."));
    }
    team.members.retain(|known| known != member);
    Ok(Reply::gone())
}
