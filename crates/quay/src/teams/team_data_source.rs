//! Data source `quay_team`.
//!
//! Endpoints: `organization/{organization}` and `organization/{organization}/team/{team}/members`; see [`crate::api::teams`].

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Model, Nested, Result};

use super::team;
use crate::api::organizations::Organizations;
use crate::api::teams::{self, MemberJson, TeamKey};
use crate::client::Quay;
use crate::names;

/// Reads a team with its members.
///
/// Scope: `org:admin`. A member of the team who may not administer the organization sees no invitations.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_team")]
pub struct TeamData {
    /// Organization that the team belongs to.
    #[attribute(required, check = names::namespace())]
    organization: String,
    /// Name of the team.
    #[attribute(required, check = names::team())]
    name: String,
    /// `member`, `creator` or `admin`.
    #[computed]
    role: Computed<String>,
    /// What the team is for.
    #[computed]
    description: Computed<String>,
    /// Whether its members follow a group of a directory.
    #[computed]
    is_synced: Computed<bool>,
    /// Its members, by name; those too who were invited and have not accepted yet. (Invitations to e-mail addresses are left out.)
    #[computed]
    members: Computed<Vec<TeamDataMember>>,
}

/// A member of a team.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Nested)]
pub struct TeamDataMember {
    /// Name of the user, or full name of the robot.
    #[computed]
    name: String,
    /// Whether it is a robot.
    #[computed]
    is_robot: bool,
    /// Whether the user was only invited so far.
    #[computed]
    invited: bool,
}

#[async_trait]
impl DataSource for TeamData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let key = TeamKey { organization: config.organization.clone(), team: config.name.clone() };
        let view = cx.read_fresh::<Organizations>(&key.organization).await?;
        let view = view.ok_or_else(|| team::no_organization(&key.organization))?;
        let found = view.teams().get(&key.team).ok_or_else(|| team::no_team(&key).at("name"))?;
        let listed = cx.find(teams::members(&key)).await?.ok_or_else(|| team::no_team(&key).at("name"))?;
        let mut members: Vec<_> = listed.members.into_iter().filter_map(TeamDataMember::of).collect();
        members.sort();
        members.dedup();
        Ok(Self {
            role: Computed::from(found.role.clone()),
            description: Computed::from(found.description.clone().unwrap_or_default()),
            is_synced: Computed::from(found.is_synced.unwrap_or_default()),
            members: Computed::from(members),
            ..config
        })
    }
}

impl TeamDataMember {
    fn of(json: MemberJson) -> Option<Self> {
        let (invited, is_robot) = (json.is_invited(), json.is_robot.unwrap_or_default());
        Some(Self { name: json.name?, is_robot, invited })
    }
}
