//! `quay_team_members`: all members of a team.
//!
//! Endpoints: as for `quay_team_member`.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use registry_http::Collection as _;
use terraform_framework::{Computed, Context, Error, Found, List, Model, Resource, Result};

use super::team_member::{Removed, explain, find_in, present, remove, teams_with_members, warn_last_right};
use crate::api::teams::{self, MembersJson, TeamKey, TeamMembers};
use crate::client::Quay;
use crate::names;

/// Manages all members of a team: users, and robots of the same organization. Members that are not in `members` show up in plans as a
/// change, and are removed: only those that a plan has shown. Do not use it together with `quay_team_member` for the same team.
///
/// A team that has other members when the resource is created is not taken over, because no plan has shown that they would be removed:
/// add them to `members`, or import the resource, so that the next plan shows it.
///
/// On most servers a user from outside the organization is only invited, and becomes a member when the invitation is accepted. That is
/// no drift, and nothing is sent again. Destroying the resource removes those in `members`, except the token's own user where it
/// would lose its last way to administer the organization. Invitations to e-mail addresses are left alone.
///
/// A robot that is replaced loses its membership on the server. Where it has the same name afterwards, Terraform sees that only in the next
/// plan, and the apply after it adds the robot again. For robots that may be replaced, `quay_team_member` follows in the same apply;
/// or use `lifecycle { replace_triggered_by = [quay_robot.ci.created] }`, which removes and adds all members.
///
/// Scope: `org:admin`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_team_members", id = "{organization}/{team}", identity(organization, team), subcategory = "Teams")]
pub struct Members {
    /// Organization that the team belongs to.
    #[attribute(required, requires_replace, check = names::namespace())]
    organization: String,
    /// Name of the team.
    #[attribute(required, requires_replace, check = names::team())]
    team: String,
    /// Names of users, and full names of robots of the organization (`username` of `quay_robot`, such as `acme+ci`).
    #[attribute(required, check = terraform_framework::check::each(names::user_or_robot()))]
    members: BTreeSet<String>,
    /// Those of `members` who have not accepted their invitation yet.
    #[computed]
    invited: Computed<BTreeSet<String>>,
}

#[async_trait]
impl Resource for Members {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let found = Now::of(&present(cx, &plan.key()).await?);
        plan.refuse_strangers(&found.members)?;
        plan.settle(cx, found).await
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let found = find_in(cx, &state.key(), |members| Some(Now::of(members))).await?;
        Ok(found.map(|now| state.with(now)))
    }

    async fn update(cx: &mut Context<Quay>, state: Self, plan: Self) -> Result<Self> {
        let mut found = Now::of(&present(cx, &plan.key()).await?);
        // Whoever joined after the refresh stays until a plan has shown the removal.
        found.keep(|name| plan.members.contains(name) || state.members.contains(name));
        plan.settle(cx, found).await
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        let key = state.key();
        let Some(found) = cx.find(TeamMembers::single(&key)).await? else { return Ok(()) };
        for member in &own_last(cx, state.members).await? {
            if let Removed::LastRight = remove(cx, &key, member, found.times(member)).await? {
                warn_last_right(cx, &key, member);
            }
        }
        Ok(())
    }
}

/// The members of a team at a time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Now {
    members: BTreeSet<String>,
    invited: BTreeSet<String>,
    /// Those who are listed more than once, because they were invited again, and how often.
    again: BTreeMap<String, usize>,
}

impl Now {
    /// Members and invited users; an invitation to an e-mail address has no name.
    fn of(json: &MembersJson) -> Self {
        let mut now = Self::default();
        for (name, member) in json.members.iter().filter_map(|m| Some((m.name.as_ref()?, m))) {
            now.note(name, member.is_invited());
            match json.times(name) {
                0 | 1 => {}
                times => drop(now.again.insert(name.clone(), times)),
            }
        }
        now
    }

    /// How many requests take somebody out.
    fn times(&self, name: &str) -> usize {
        self.again.get(name).copied().unwrap_or(1)
    }

    /// Leaves out all others.
    fn keep(&mut self, counts: impl Fn(&str) -> bool) {
        self.members.retain(|name| counts(name));
        self.invited.retain(|name| counts(name));
    }

    fn note(&mut self, name: &str, invited: bool) {
        self.members.insert(name.to_owned());
        if invited {
            self.invited.insert(name.to_owned());
        }
    }
}

impl Members {
    fn key(&self) -> TeamKey {
        TeamKey { organization: self.organization.clone(), team: self.team.clone() }
    }

    fn with(&self, now: Now) -> Self {
        Self { members: now.members, invited: Computed::from(now.invited), ..self.clone() }
    }

    /// Adds those who are missing, then removes those who are too many. What is there is saved at every step.
    async fn settle(self, cx: &mut Context<Quay>, mut now: Now) -> Result<Self> {
        let key = self.key();
        for name in self.members.difference(&now.members.clone()) {
            cx.save(&self.with(now.clone()));
            let added = cx.send(teams::add_member(&key, name)).await.map_err(|e| explain(e, name))?;
            now.note(name, added.is_invited());
        }
        let surplus = now.members.difference(&self.members).cloned().collect();
        for name in own_last(cx, surplus).await? {
            cx.save(&self.with(now.clone()));
            if let Removed::LastRight = remove(cx, &key, &name, now.times(&name)).await? {
                return Err(last_right(&key, &name));
            }
            now.members.remove(&name);
            now.invited.remove(&name);
        }
        Ok(self.with(now))
    }

    /// Creating must not remove anybody: nobody has seen that in a plan.
    fn refuse_strangers(&self, found: &BTreeSet<String>) -> Result<()> {
        let strangers: Vec<&str> = found.difference(&self.members).map(String::as_str).collect();
        if strangers.is_empty() {
            return Ok(());
        }
        let key = self.key();
        let detail = format!(
            "Beside those in `members`, the team has: {}. This resource would remove them, but no plan has shown that. Add them to \
             `members`; or import the resource, and look at the next plan:\n\n  terraform import quay_team_members.NAME '{key}'\n\n(with \
             the resource's own address for quay_team_members.NAME).",
            strangers.join(", ")
        );
        Err(Error::new(format!("Team {key} has other members"), detail).at("members"))
    }
}

/// Names in an order in which the token's own user comes last: it may lose the right to remove the others.
async fn own_last(cx: &Context<Quay>, names: BTreeSet<String>) -> Result<Vec<String>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let own = cx.user().await?.map(str::to_owned);
    let (last, mut names): (Vec<String>, Vec<String>) = names.into_iter().partition(|name| Some(name) == own.as_ref());
    names.extend(last);
    Ok(names)
}

fn last_right(key: &TeamKey, member: &str) -> Error {
    let detail = format!(
        "{member} is the token's own user, and {key} is the only team that makes it an administrator of the organization. Quay does not \
         let it give that up. Add it to `members`."
    );
    Error::new(format!("{member} cannot be removed from team {key}"), detail).at("members")
}

#[async_trait]
impl List for Members {
    type Query = MembersQuery;

    async fn list(cx: &mut Context<Quay>, query: MembersQuery, found: &mut Found<Self>) -> Result<()> {
        for (key, members) in teams_with_members(cx, &query.organization, query.team.as_ref()).await? {
            let now = Now::of(&members);
            let all = Members {
                organization: key.organization,
                team: key.team,
                members: now.members,
                invited: Computed::from(now.invited),
            };
            if !found.push(&all).await {
                break;
            }
        }
        Ok(())
    }
}

/// Finds the teams of an organization, each with all its members. Use this or the list of `quay_team_member`, not both.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_team_members")]
pub struct MembersQuery {
    /// The organization.
    #[attribute(required, check = names::namespace())]
    organization: String,
    /// Only this team.
    #[attribute(optional, check = names::team())]
    team: Option<String>,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn team(members: &[&str]) -> Members {
        Members {
            organization: "acme".to_owned(),
            team: "devs".to_owned(),
            members: members.iter().map(|m| (*m).to_owned()).collect(),
            invited: Computed::UNSET,
        }
    }

    #[test]
    fn invited_users_are_members_and_addresses_are_not() {
        let json = r#"{"name":"devs","can_edit":true,"members":[{"name":"alice","invited":false},{"name":"bob","invited":true},
            {"name":"bob","invited":true},{"email":"x@example.com","kind":"invite","invited":true}]}"#;
        let now = Now::of(&serde_json::from_str(json).unwrap());
        assert_eq!(now.members.len(), 2);
        assert_eq!(now.invited, BTreeSet::from(["bob".to_owned()]));
    }

    #[test]
    fn strangers_are_not_taken_over() {
        let found = BTreeSet::from(["alice".to_owned(), "bob".to_owned()]);
        assert!(team(&["alice", "bob", "carol"]).refuse_strangers(&found).is_ok());
        let error = team(&["alice"]).refuse_strangers(&found).unwrap_err();
        assert!(error.detail().contains("the team has: bob."), "{}", error.detail());
    }
}
