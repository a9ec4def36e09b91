//! Members of a team, and invitations to it: `organization/{orgname}/team/{teamname}/members`, `.../invite/{email}`,
//! `teaminvite/{code}`, `user/notifications`.

use serde_json::{Value, json};
use uuid::Uuid;

use super::access::{Access, user_role};
use super::call::Call;
use super::reply::{Outcome, Reply};
use super::router::Route;
use super::state::{Invite, Notification, State, now};
use super::teams::{find, find_mut, only_admin_team};
use super::views::{avatar, avatar_of};

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
    let team = find_mut(state, organization, name)?;
    if at_once {
        team.members.push(member.to_owned());
        return Ok(Reply::ok(answer));
    }
    let code = new_code();
    team.invites.push(Invite { code: code.clone(), user: Some(member.to_owned()), email: None });
    let notification = Notification {
        id: Uuid::new_v4().to_string(),
        created: now(),
        code,
        inviter: call.caller.name().to_owned(),
        organization: organization.to_owned(),
        team: name.to_owned(),
    };
    state.users.entry(member.to_owned()).and_modify(|user| user.notifications.push(notification));
    Ok(Reply::ok(answer))
}

fn new_code() -> String {
    format!("urn:teaminvite:{}", Uuid::new_v4())
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
    let invite = Invite { code: new_code(), user: None, email: Some(email.to_owned()) };
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

/// Takes the invitation with the code of the path out of its team, if it is for the caller, and the notification with it.
fn take(state: &mut State, call: &Call) -> Result<(String, String), Reply> {
    call.require(Access::new(state, &call.caller).user_admin())?;
    let (code, caller) = (call.parameter("code"), call.caller.name());
    let teams = state
        .organizations
        .iter_mut()
        .flat_map(|(organization, found)| found.teams.iter_mut().map(move |(name, team)| (organization, name, team)));
    let found = teams.into_iter().find_map(|(organization, name, team)| {
        let at = team.invites.iter().position(|invite| invite.code == code)?;
        Some((organization.clone(), name.clone(), &mut team.invites, at))
    });
    let Some((organization, name, invites, at)) = found else {
        return Err(Reply::message("Invalid confirmation code."));
    };
    if let Some(user) = invites[at].user.as_ref().filter(|user| *user != caller) {
        return Err(Reply::message(format!(
            "This invite is intended for user \"{user}\".\n                 Please login to that account and try again."
        )));
    }
    invites.remove(at);
    if let Some(user) = state.users.get_mut(caller) {
        user.notifications.retain(|notification| notification.code != code);
    }
    Ok((organization, name))
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

/// Newest first.
fn notifications(state: &mut State, call: &Call) -> Outcome {
    call.require(Access::new(state, &call.caller).user_admin())?;
    let user = state.users.get(call.caller.name());
    let sent = user.into_iter().flat_map(|user| user.notifications.iter().rev());
    let views = sent.map(|notification| {
        json!({
            "id": notification.id,
            "organization": null,
            "kind": "org_team_invite",
            "created": notification.created,
            "metadata": {
                "code": notification.code,
                "inviter": notification.inviter,
                "org": notification.organization,
                "team": notification.team,
            },
            "dismissed": false,
        })
    });
    Ok(Reply::ok(json!({"notifications": views.collect::<Vec<Value>>(), "additional": false})))
}
