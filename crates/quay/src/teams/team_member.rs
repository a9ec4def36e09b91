//! `quay_team_member`: one member of a team.
//!
//! Endpoints: `organization/{organization}/team/{team}/members/{member}`; read from the list of the team's members; see
//! [`crate::api::teams`].

use std::collections::BTreeSet;

use async_trait::async_trait;
use registry_http::{Collection, Origin};
use registry_service::exists_already;
use terraform_framework::{Computed, Context, Error, Found, List, Model, Resource, Result};

use super::team;
use crate::api::organizations;
use crate::api::teams::{self, MemberJson, MembersJson, TeamKey, TeamMembers};
use crate::client::Quay;
use crate::names;

/// Manages one membership of a team: of a user, or of a robot of the same organization. Other members are left alone.
///
/// On most servers a user from outside the organization is only invited, and becomes a member when the invitation is accepted. Until
/// then `invited` is true. That is no drift, and nothing is sent again.
///
/// Nobody's own last way to administer the organization is taken away: destroying the membership of the token's own user in the
/// only team that makes it an administrator leaves the membership in place, with a warning.
///
/// Scope: `org:admin`.
#[derive(Debug, Clone, Model)]
#[model(
    type = "quay_team_member",
    id = "{organization}/{team}/{member}",
    identity(organization, team, member),
    subcategory = "Teams"
)]
pub struct TeamMember {
    /// Organization that the team belongs to.
    #[attribute(required, requires_replace, check = names::namespace())]
    organization: String,
    /// Name of the team.
    #[attribute(required, requires_replace, check = names::team())]
    team: String,
    /// Name of a user, or full name of a robot of the organization (`username` of `quay_robot`, such as `acme+ci`).
    #[attribute(required, requires_replace, check = names::user_or_robot())]
    member: String,
    /// True as long as the user has not accepted the invitation.
    #[computed]
    invited: Computed<bool>,
}

#[async_trait]
impl Resource for TeamMember {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let key = plan.key();
        // A second request would make a second invitation.
        let lock = cx.lock(&format!("membership of {} in team {key}", plan.member));
        let _alone = lock.lock().await;
        let members = present(cx, &key).await?;
        if members.find(&plan.member).is_some() {
            let id = format!("{key}/{}", plan.member);
            return Err(exists_already(
                "quay_team_member",
                &format!("membership of {} in team {key}", plan.member),
                &id,
            ));
        }
        let added = cx.send(teams::add_member(&key, &plan.member)).await.map_err(|e| explain(e, &plan.member))?;
        Ok(plan.with(&added))
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let member = state.member.clone();
        let found = find_in(cx, &state.key(), |members| members.find(&member).cloned()).await?;
        Ok(found.map(|member| state.with(&member)))
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        let key = state.key();
        let Some(members) = cx.find(TeamMembers::single(&key)).await? else { return Ok(()) };
        match remove(cx, &key, &state.member, members.times(&state.member)).await? {
            Removed::Yes => {}
            Removed::LastRight => warn_last_right(cx, &key, &state.member),
        }
        Ok(())
    }
}

impl TeamMember {
    fn key(&self) -> TeamKey {
        TeamKey { organization: self.organization.clone(), team: self.team.clone() }
    }

    fn with(mut self, member: &MemberJson) -> Self {
        self.invited = Computed::from(member.is_invited());
        self
    }
}

/// Something among the members of a team. `None`: it, or the team, or the organization is certainly not there. (Quay answers 403 for
/// the members of a team whose organization is gone, so that is looked at first; the look is shared by all teams.)
pub(super) async fn find_in<T>(
    cx: &Context<Quay>,
    key: &TeamKey,
    find: impl Fn(&MembersJson) -> Option<T> + Send,
) -> Result<Option<T>> {
    let there = cx.in_organization(&key.organization, |o| o.teams().contains_key(&key.team).then_some(())).await?;
    if there.is_none() {
        return Ok(None);
    }
    let Some(found) = cx.read::<TeamMembers>(key).await? else { return Ok(None) };
    match find(&found) {
        None if found.origin() == Origin::List => {
            Ok(cx.read_uncached::<TeamMembers>(key).await?.and_then(|single| find(&single)))
        }
        wanted => Ok(wanted),
    }
}

/// The members of a team that must be there, by a request of its own.
pub(super) async fn present(cx: &Context<Quay>, key: &TeamKey) -> Result<MembersJson> {
    let members = cx.find(TeamMembers::single(key)).await?;
    members.ok_or_else(|| team::no_team(key).at("team"))
}

/// Whether the team is there, by a request of its own.
pub(super) async fn team_exists(cx: &Context<Quay>, key: &TeamKey) -> Result<bool> {
    let organization = cx.find(organizations::get(&key.organization)).await?;
    Ok(organization.is_some_and(|o| o.teams().contains_key(&key.team)))
}

/// What became of a removal.
pub(super) enum Removed {
    Yes,
    /// Refused: the token's own user would no longer administer the organization.
    LastRight,
}

/// Removes a member who stands in the list so many `times`: one request takes back one invitation of several. Somebody who is none is
/// success.
pub(super) async fn remove(cx: &Context<Quay>, key: &TeamKey, member: &str, times: usize) -> Result<Removed> {
    for _ in 0..times {
        match cx.delete(teams::remove_member(key, member)).await {
            Ok(_) => {}
            Err(e) if is_last_right(&e) => return Ok(Removed::LastRight),
            Err(e) => return Err(e.into()),
        }
    }
    Ok(Removed::Yes)
}

fn is_last_right(error: &registry_http::Error) -> bool {
    error.status() == Some(400) && error.message().is_some_and(|m| m.contains("only admin team"))
}

/// Tells that a membership was left in place.
pub(super) fn warn_last_right(cx: &mut Context<Quay>, key: &TeamKey, member: &str) {
    let detail = format!(
        "{member} is the token's own user, and {key} is the only team that makes it an administrator of the organization. Quay does not \
         let it give that up, so it stays a member, and Terraform no longer manages that."
    );
    cx.warn(format!("{member} stays in team {key}"), detail);
}

/// What the server's refusal of a new member most likely means.
pub(super) fn explain(error: registry_http::Error, member: &str) -> Error {
    let says = |text: &str| error.status() == Some(400) && error.message().is_some_and(|m| m.contains(text));
    let hint = if says("Unknown user") {
        format!(
            "There is no user or robot {member}. Users have to exist in Quay; a robot is named in full, as its `username`."
        )
    } else if says("Cannot add the specified robot") {
        format!("A team takes only robots of its own organization, and {member} is of another namespace.")
    } else if says("auth-synced") {
        "The team follows a group of a directory (see quay_team_sync): users are added to that group, and only robots to the team itself."
            .to_owned()
    } else {
        return error.into();
    };
    Error::from(error).with_hint(hint)
}

/// The teams that a list is to look into, with the members of each: one team, or all of an organization.
pub(super) async fn teams_with_members(
    cx: &Context<Quay>,
    organization: &str,
    team: Option<&String>,
) -> Result<Vec<(TeamKey, MembersJson)>> {
    let view = cx.find(organizations::get(organization)).await?;
    let view = view.ok_or_else(|| team::no_organization(organization))?;
    let mut teams = Vec::new();
    for name in view.into_teams().into_keys().filter(|name| team.is_none_or(|team| team == name)) {
        let key = TeamKey { organization: organization.to_owned(), team: name };
        // One that is deleted meanwhile is left out.
        if let Some(members) = cx.find(TeamMembers::single(&key)).await? {
            teams.push((key, members));
        }
    }
    match team {
        Some(team) if teams.is_empty() => {
            let key = TeamKey { organization: organization.to_owned(), team: team.clone() };
            Err(team::no_team(&key).at("team"))
        }
        _ => Ok(teams),
    }
}

#[async_trait]
impl List for TeamMember {
    type Query = TeamMemberQuery;

    async fn list(cx: &mut Context<Quay>, query: TeamMemberQuery, found: &mut Found<Self>) -> Result<()> {
        for (key, members) in teams_with_members(cx, &query.organization, query.team.as_ref()).await? {
            let mut seen = BTreeSet::new();
            for json in &members.members {
                // Invitations to e-mail addresses have no name; a user may have been invited twice.
                let Some(name) = json.name.clone().filter(|name| seen.insert(name.clone())) else { continue };
                let member = TeamMember {
                    organization: key.organization.clone(),
                    team: key.team.clone(),
                    member: name,
                    invited: Computed::UNSET,
                };
                if !found.push(&member.with(json)).await {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// Finds the members of the teams of an organization, those who were only invited too.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_team_member")]
pub struct TeamMemberQuery {
    /// The organization.
    #[attribute(required, check = names::namespace())]
    organization: String,
    /// Only members of this team.
    #[attribute(optional, check = names::team())]
    team: Option<String>,
}
