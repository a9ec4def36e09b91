//! Members of a team, and invitations to it: `organization/{orgname}/team/{teamname}/members`, `.../invite/{email}`,
//! `teaminvite/{code}`, `user/notifications`.

use serde_json::{Value, json};
use uuid::Uuid;

use super::access::{Access, user_role};
use super::call::Call;
use super::reply::{Outcome, Reply};
use super::router::Route;
use super::state::{Invite, State, now};
use super::teams::{find, find_mut, only_admin_team};
use super::views::{avatar, avatar_of};

const CODE: &str = "urn:teaminvite:";

pub(super) const ROUTES: &[Route] = &[
    Route::new("organization/{orgname}/team/{teamname}/members", &[("GET", list)]),
    Route::new("organization/{orgname}/team/{teamname}/members/{membername}", &[("PUT", put), ("DELETE", delete)]),
    Route::new("organization/{orgname}/team/{teamname}/invite/{email}", &[("PUT", invite), ("DELETE", withdraw)])
        .needs(&["FEATURE_MAILING"]),
    Route::new("teaminvite/{code}", &[("PUT", accept), ("DELETE", decline)]).needs(&["FEATURE_MAILING"]),
    Route::new("user/notifications", &[("GET", notifications)]),
];

fn view(state: &State, name: &str, invited: bool) -> Value {
    json!({
        "name": name,
        "kind": "user",
        "is_robot": name.contains('+'),
        "avatar": avatar_of(state, name, "user"),
        "invited": invited,
    })
}

fn invited_address(email: &str) -> Value {
    json!({"email": email, "kind": "invite", "avatar": avatar(email, email, "user"), "invited": true})
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
    Ok(Reply::ok(json!({"name": name, "members": members, "can_edit": can_edit})))
}

/// Adds robots of the organization, the caller, and who is in another team of it; everybody else is only invited.
fn put(state: &mut State, call: &Call) -> Outcome {
    let (organization, name) = (call.parameter("orgname"), call.parameter("teamname"));
    let member = call.parameter("membername");
    call.require(Access::new(state, &call.caller).org_admin(organization))?;
    let team = find(state, organization, name)?;
    let is_robot = state.robots.contains_key(member);
    if !is_robot && !state.users.contains_key(member) {
        return Err(Reply::invalid("Unknown user"));
    }
    if team.members.iter().any(|known| known == member) {
        return Err(Reply::message(format!("User {member} is already a member of team {name}")));
    }
    if is_robot && !member.starts_with(&format!("{organization}+")) {
        return Err(Reply::message(
            "Cannot add the specified robot to this team, as it is not a member of the organization",
        ));
    }
    let at_once = is_robot
        || member == call.caller.name()
        || user_role(state, organization, member).is_some()
        || !state.feature("FEATURE_REQUIRE_TEAM_INVITE");
    let answer = view(state, member, !at_once);
    let invite = invitation(call, Some(member), None);
    let team = find_mut(state, organization, name)?;
    match at_once {
        true => team.members.push(member.to_owned()),
        false => team.invites.push(invite),
    }
    Ok(Reply::ok(answer))
}

fn invitation(call: &Call, user: Option<&str>, email: Option<&str>) -> Invite {
    Invite {
        code: format!("{CODE}{}", Uuid::new_v4()),
        user: user.map(str::to_owned),
        email: email.map(str::to_owned),
        inviter: call.caller.name().to_owned(),
        created: now(),
        notification: Uuid::new_v4().to_string(),
    }
}

/// Takes a member out, or an invitation back; 204 also for somebody who is neither.
fn delete(state: &mut State, call: &Call) -> Outcome {
    let (organization, name) = (call.parameter("orgname"), call.parameter("teamname"));
    let member = call.parameter("membername");
    call.require(Access::new(state, &call.caller).org_admin(organization))?;
    find(state, organization, name)?;
    if !state.users.contains_key(member) && !state.robots.contains_key(member) {
        return Err(Reply::not_found());
    }
    let teams = state.organizations.get(organization).map(|organization| &organization.teams);
    let is_last = teams.is_some_and(|teams| only_admin_team(teams.iter(), name, member));
    let team = find_mut(state, organization, name)?;
    if member == call.caller.name() && is_last && team.members.iter().any(|known| known == member) {
        return Err(Reply::message("User cannot remove themselves from their only admin team."));
    }
    team.members.retain(|known| known != member);
    team.invites.retain(|invite| invite.user.as_deref() != Some(member));
    Ok(Reply::gone())
}

/// Invites an address, whatever it looks like.
fn invite(state: &mut State, call: &Call) -> Outcome {
    let (organization, email) = (call.parameter("orgname"), call.parameter("email"));
    call.require(Access::new(state, &call.caller).org_admin(organization))?;
    let invite = invitation(call, None, Some(email));
    find_mut(state, organization, call.parameter("teamname"))?.invites.push(invite);
    Ok(Reply::ok(invited_address(email)))
}

fn withdraw(state: &mut State, call: &Call) -> Outcome {
    let (organization, email) = (call.parameter("orgname"), call.parameter("email"));
    call.require(Access::new(state, &call.caller).org_admin(organization))?;
    let team = find_mut(state, organization, call.parameter("teamname"))?;
    team.invites.retain(|invite| invite.email.as_deref() != Some(email));
    Ok(Reply::gone())
}

/// Takes the invitation with the code of the path out of its team, if it is for the caller.
fn take(state: &mut State, call: &Call) -> Result<(String, String), Reply> {
    call.require(Access::new(state, &call.caller).user_admin())?;
    let code = call.parameter("code");
    for (organization, name, team) in state
        .organizations
        .iter_mut()
        .flat_map(|(organization, found)| found.teams.iter_mut().map(move |(name, team)| (organization, name, team)))
    {
        let Some(at) = team.invites.iter().position(|invite| invite.code == code) else { continue };
        match &team.invites[at].user {
            Some(user) if user != call.caller.name() => {
                let text = format!(
                    "This invite is intended for user \"{user}\".\n                 \
                     Please login to that account and try again."
                );
                return Err(Reply::message(text));
            }
            _ => team.invites.remove(at),
        };
        return Ok((organization.clone(), name.clone()));
    }
    Err(Reply::message("Invalid confirmation code."))
}

fn accept(state: &mut State, call: &Call) -> Outcome {
    let (organization, name) = take(state, call)?;
    let user = call.caller.name();
    let team = find_mut(state, &organization, &name)?;
    team.invites.retain(|invite| invite.user.as_deref() != Some(user));
    team.members.push(user.to_owned());
    Ok(Reply::ok(json!({"org": organization, "team": name})))
}

fn decline(state: &mut State, call: &Call) -> Outcome {
    take(state, call).map(|_| Reply::gone())
}

fn notifications(state: &mut State, call: &Call) -> Outcome {
    call.require(Access::new(state, &call.caller).user_admin())?;
    let teams = state
        .organizations
        .iter()
        .flat_map(|(organization, found)| found.teams.iter().map(move |(name, team)| (organization, name, team)));
    let invites = teams
        .flat_map(|(organization, name, team)| team.invites.iter().map(move |invite| (organization, name, invite)));
    let mut notifications: Vec<Value> = invites
        .filter(|(_, _, invite)| invite.user.as_deref() == Some(call.caller.name()))
        .map(|(organization, name, invite)| {
            json!({
                "id": invite.notification,
                "organization": null,
                "kind": "org_team_invite",
                "created": invite.created,
                "metadata": {"code": invite.code, "inviter": invite.inviter, "org": organization, "team": name},
                "dismissed": false,
            })
        })
        .collect();
    notifications.reverse();
    Ok(Reply::ok(json!({"notifications": notifications, "additional": false})))
}
