//! `quay_team_invitation`: an invitation to a team by e-mail.
//!
//! Endpoints: `organization/{organization}/team/{team}/invite/{email}`; read from the list of the team's members; see
//! [`crate::api::teams`].

use std::collections::BTreeSet;

use async_trait::async_trait;
use registry_service::exists_already;
use terraform_framework::{
    Computed, Context, Error, Found, List, Model, ModifyPlan, Report, Resource, Result, changed,
};

use super::team;
use super::team_member::{find_in, present, team_exists, teams_with_members};
use crate::api::teams::{self, TeamKey};
use crate::client::Quay;
use crate::{features, names};

/// Invites somebody to a team by e-mail: whoever has, or makes, an account in Quay and follows the link becomes a member. (Users of this
/// Quay whose names are known are better added with `quay_team_member`.)
///
/// An invitation vanishes when it is accepted or declined, and Quay does not tell which. That is no drift: `pending` becomes false, the
/// resource stays as it is, and nobody is invited again. To invite again, change `resend`. Destroying the resource takes back an
/// invitation that is still open, and nothing more: who has become a member stays one.
///
/// Scope: `org:admin`. Needs a server with FEATURE_MAILING, and a team that does not follow a group of a directory.
#[derive(Debug, Clone, Model)]
#[model(
    type = "quay_team_invitation",
    id = "{organization}/{team}/{email}",
    identity(organization, team, email),
    subcategory = "Teams"
)]
pub struct TeamInvitation {
    /// Organization that the team belongs to.
    #[attribute(required, requires_replace, check = names::namespace())]
    organization: String,
    /// Name of the team.
    #[attribute(required, requires_replace, check = names::team())]
    team: String,
    /// Address that the invitation is sent to. Quay itself does not check it.
    #[attribute(required, requires_replace, check = names::address())]
    email: String,
    /// Any text; changing it from one to another takes back the invitation, if it is still open, and sends another one.
    #[attribute(optional)]
    resend: Option<String>,
    /// True as long as the invitation is open; false when it was accepted, declined or taken back by somebody else.
    #[computed(unknown_on_change_of("resend"))]
    pending: Computed<bool>,
}

#[async_trait]
impl Resource for TeamInvitation {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let key = plan.key();
        // A second request would send a second invitation.
        let lock = cx.lock(&format!("invitation of {} to team {key}", plan.email));
        let _alone = lock.lock().await;
        if present(cx, &key).await?.invites(&plan.email) {
            let what = format!("invitation of {} to team {key}", plan.email);
            return Err(exists_already("quay_team_invitation", &what, &format!("{key}/{}", plan.email)));
        }
        plan.send(cx, &key).await
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let email = state.email.clone();
        let open = find_in(cx, &state.key(), |members| members.invites(&email).then_some(())).await?.is_some();
        if open {
            return Ok(Some(Self { pending: Computed::from(true), ..state }));
        }
        // One that was never seen cannot be imported. For others the team alone counts.
        if state.pending.known().is_none() || !team_is_there(cx, &state.key()).await? {
            return Ok(None);
        }
        Ok(Some(Self { pending: Computed::from(false), ..state }))
    }

    async fn update(cx: &mut Context<Quay>, state: Self, plan: Self) -> Result<Self> {
        if !changed(&state.resend, &plan.resend) {
            return Ok(Self { pending: state.pending, ..plan });
        }
        let key = plan.key();
        withdraw_all(cx, &key, &plan.email).await?;
        plan.send(cx, &key).await
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        let key = state.key();
        match team_exists(cx, &key).await? {
            true => withdraw_all(cx, &key, &state.email).await,
            false => Ok(()),
        }
    }

    fn validate(config: &TeamInvitationView, report: &mut Report) {
        if config.email.known().is_some_and(String::is_empty) {
            report.error("email", "E-mail address is missing", "Name the address that the invitation is sent to.");
        }
    }

    fn plan(planning: &mut ModifyPlan<TeamInvitationView>) {
        let gone = planning.state.as_ref().and_then(|state| state.pending.known()) == Some(&false);
        if planning.destroys() && gone {
            let detail = "The invitation is not open any more, so there is nothing to take back. If it was accepted, its receiver stays a \
                          member of the team.";
            planning.report.warn_all("Nobody leaves the team by this", detail);
        }
    }

    async fn preflight(cx: &mut Context<Quay>, _: TeamInvitationView, report: &mut Report) {
        cx.expect(&features::MAILING, report).await;
    }
}

/// Takes all invitations of an address back: one request takes one of several.
async fn withdraw_all(cx: &Context<Quay>, key: &TeamKey, email: &str) -> Result<()> {
    for _ in 0..present(cx, key).await?.invitations(email) {
        cx.delete(teams::withdraw(key, email)).await?;
    }
    Ok(())
}

impl TeamInvitation {
    fn key(&self) -> TeamKey {
        TeamKey { organization: self.organization.clone(), team: self.team.clone() }
    }

    async fn send(self, cx: &Context<Quay>, key: &TeamKey) -> Result<Self> {
        cx.send(teams::invite(key, &self.email)).await.map_err(|e| explain(key, e))?;
        Ok(Self { pending: Computed::from(true), ..self })
    }
}

/// Whether the team is there, by what is read for all teams at a time.
async fn team_is_there(cx: &Context<Quay>, key: &TeamKey) -> Result<bool> {
    let found = cx.in_organization(&key.organization, |o| o.teams().contains_key(&key.team).then_some(())).await?;
    Ok(found.is_some())
}

fn explain(key: &TeamKey, error: registry_http::Error) -> Error {
    if error.is_not_found() {
        return team::no_team(key).at("team");
    }
    let synced = error.message().is_some_and(|message| message.contains("auth-synced"));
    let error = Error::from(error);
    match synced {
        true => error.with_hint(format!(
            "Team {key} follows a group of a directory: who shall be a member is added to that group, not invited."
        )),
        false => error,
    }
}

#[async_trait]
impl List for TeamInvitation {
    type Query = TeamInvitationQuery;

    async fn list(cx: &mut Context<Quay>, query: TeamInvitationQuery, found: &mut Found<Self>) -> Result<()> {
        for (key, members) in teams_with_members(cx, &query.organization, query.team.as_ref()).await? {
            let open = members.members.iter().filter(|member| member.is_invited());
            let emails: BTreeSet<&String> = open.filter_map(|member| member.email.as_ref()).collect();
            for email in emails {
                let invitation = TeamInvitation {
                    organization: key.organization.clone(),
                    team: key.team.clone(),
                    email: email.clone(),
                    resend: None,
                    pending: Computed::from(true),
                };
                if !found.push(&invitation).await {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// Finds the open invitations by e-mail to teams of an organization.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_team_invitation")]
pub struct TeamInvitationQuery {
    /// The organization.
    #[attribute(required, check = names::namespace())]
    organization: String,
    /// Only invitations to this team.
    #[attribute(optional, check = names::team())]
    team: Option<String>,
}
