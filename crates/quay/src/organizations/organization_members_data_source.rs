//! Data source `quay_organization_members`.
//!
//! Endpoint: `organization/{organization}/members`; see [`crate::api::organizations`].

use std::collections::BTreeSet;

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Model, Nested, Result};

use crate::api::organizations::{self, MemberOfOrganizationJson};
use crate::client::Quay;
use crate::names;
use crate::teams::team;

/// Reads the users who are in teams of an organization. Robot accounts are not among them, nor are invited users.
///
/// Scope: `org:admin`, of an owner of the organization.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_organization_members", subcategory = "Organizations")]
pub struct MembersData {
    /// Name of the organization.
    #[attribute(required, check = names::namespace())]
    organization: String,
    /// The members, by name.
    #[computed]
    members: Computed<Vec<OrganizationMember>>,
}

/// A member of an organization.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Nested)]
pub struct OrganizationMember {
    /// Name of the user.
    #[computed]
    username: String,
    /// Teams that the user is in.
    #[computed]
    teams: BTreeSet<String>,
    /// Names of the organization's repositories in which the user has a permission of its own, beside those of the teams.
    #[computed]
    repositories: BTreeSet<String>,
}

impl From<MemberOfOrganizationJson> for OrganizationMember {
    fn from(json: MemberOfOrganizationJson) -> Self {
        Self {
            username: json.name,
            teams: json.teams.into_iter().map(|team| team.name).collect(),
            repositories: json.repositories.into_iter().collect(),
        }
    }
}

#[async_trait]
impl DataSource for MembersData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let found = cx.find(organizations::members(&config.organization)).await?;
        let found = found.ok_or_else(|| team::no_organization(&config.organization))?;
        let mut members: Vec<OrganizationMember> = found.into_iter().map(OrganizationMember::from).collect();
        members.sort();
        Ok(Self { members: Computed::from(members), ..config })
    }
}
