//! Invitations to teams: `organization/{orgname}/team/{teamname}/invite/{email}`, `teaminvite/{code}`.

use serde_json::{Value, json};
use uuid::Uuid;

use super::sync;
use super::team::find_mut;
use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::records::{Invite, Notification, User};
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;
use crate::quay::time::now;
use crate::quay::views::avatar;

pub(super) const ROUTES: &[Route] = &[
    Route::new("organization/{orgname}/team/{teamname}/invite/{email}", &[("PUT", invite), ("DELETE", withdraw)])
        .needs(&["FEATURE_MAILING"]),
    Route::new("teaminvite/{code}", &[("PUT", accept), ("DELETE", decline)]).needs(&["FEATURE_MAILING"]),
];

/// An address that was invited.
pub(super) fn invited_address(email: &str) -> Value {
    json!({"email": email, "kind": "invite", "avatar": avatar(email, email, "user"), "invited": true})
}

fn new_code() -> String {
    format!("urn:teaminvite:{}", Uuid::new_v4())
}

/// Invites a user to the route's team, once more if need be, and tells the user.
pub(super) fn invite_user(state: &mut State, call: &Call, user: &str) -> Result<(), Reply> {
    let (organization, team) = (call.parameter("orgname"), call.parameter("teamname"));
    let code = new_code();
    let invite = Invite { code: code.clone(), user: Some(user.to_owned()), email: None };
    find_mut(state, organization, team)?.invites.push(invite);
    let notification = Notification {
        id: Uuid::new_v4().to_string(),
        created: now(),
        code,
        inviter: call.caller.name().to_owned(),
        organization: organization.to_owned(),
        team: team.to_owned(),
        dismissed: false,
    };
    state.users.entry(user.to_owned()).and_modify(|user| user.notifications.push(notification));
    Ok(())
}

/// Invites an address, whatever it looks like, once more if need be.
fn invite(state: &mut State, call: &Call) -> Outcome {
    let (organization, email) = (call.parameter("orgname"), call.parameter("email"));
    sync::refuse(state, call)?;
    call.require(Access::new(state, &call.caller).org_admin(organization))?;
    let invite = Invite { code: new_code(), user: None, email: Some(email.to_owned()) };
    find_mut(state, organization, call.parameter("teamname"))?.invites.push(invite);
    Ok(Reply::ok(invited_address(email)))
}

/// Takes one invitation of an address back.
fn withdraw(state: &mut State, call: &Call) -> Outcome {
    let (organization, email) = (call.parameter("orgname"), call.parameter("email"));
    call.require(Access::new(state, &call.caller).org_admin(organization))?;
    let invites = &mut find_mut(state, organization, call.parameter("teamname"))?.invites;
    let at = invites.iter().position(|invite| invite.email.as_deref() == Some(email)).ok_or_else(Reply::not_found)?;
    invites.remove(at);
    Ok(Reply::gone())
}

/// The invitation with the code of the path, with its organization and its team.
fn find(state: &State, call: &Call) -> Result<(String, String, Invite), Reply> {
    let code = call.parameter("code");
    let mut teams = state
        .organizations
        .iter()
        .flat_map(|(organization, found)| found.teams.iter().map(move |(name, team)| (organization, name, team)));
    let found = teams.find_map(|(organization, name, team)| {
        let invite = team.invites.iter().find(|invite| invite.code == code)?;
        Some((organization.clone(), name.clone(), invite.clone()))
    });
    found.ok_or_else(|| Reply::message("Invalid confirmation code."))
}

/// Whether an invitation is for a user, by name or by a confirmed address.
fn is_for(invite: &Invite, name: &str, user: &User) -> bool {
    let by_address = user.verified && invite.email.is_some() && invite.email == user.namespace.email;
    invite.user.as_deref() == Some(name) || by_address
}

/// Accepts every invitation of the caller to the organization at once.
fn accept(state: &mut State, call: &Call) -> Outcome {
    call.require(Access::new(state, &call.caller).user_admin())?;
    let (organization, name, invite) = find(state, call)?;
    let caller = call.caller.name();
    let user = state.users.get(caller).cloned().ok_or_else(Reply::unauthorized)?;
    if !is_for(&invite, caller, &user) {
        let whom = match (&invite.user, &invite.email) {
            (None, Some(email)) => format!("email \"{email}\""),
            (user, _) => format!("user \"{}\"", user.as_deref().unwrap_or_default()),
        };
        return Err(Reply::message(format!(
            "This invite is intended for {whom}.\n                 Please login to that account and try again."
        )));
    }
    let teams = state.organizations.get_mut(&organization).map(|organization| organization.teams.values_mut());
    for team in teams.into_iter().flatten() {
        let before = team.invites.len();
        team.invites.retain(|invite| !is_for(invite, caller, &user));
        if team.invites.len() < before && !team.members.iter().any(|member| member == caller) {
            team.members.push(caller.to_owned());
        }
    }
    if let Some(user) = state.users.get_mut(caller) {
        user.notifications.retain(|notification| notification.organization != organization);
    }
    Ok(Reply::ok(json!({"org": organization, "team": name})))
}

fn decline(state: &mut State, call: &Call) -> Outcome {
    call.require(Access::new(state, &call.caller).user_admin())?;
    let (organization, name, invite) = find(state, call)?;
    let caller = call.caller.name();
    if invite.user.as_deref() != Some(caller) {
        return Err(Reply::message("Invalid confirmation code."));
    }
    find_mut(state, &organization, &name)?.invites.retain(|known| known.code != invite.code);
    if let Some(user) = state.users.get_mut(caller) {
        user.notifications.retain(|notification| notification.code != invite.code);
    }
    Ok(Reply::gone())
}
