//! Data source `quay_organization_collaborators`.
//!
//! Endpoint: `organization/{organization}/collaborators`; see [`crate::api::organizations`].

use std::collections::BTreeSet;

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Model, Nested, Result};

use crate::api::organizations::{self, MemberOfOrganizationJson};
use crate::client::Quay;
use crate::names;
use crate::teams::team;

/// Reads the users who have permissions in repositories of an organization without being in one of its teams.
///
/// Scope: `org:admin`, of an owner of the organization.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_organization_collaborators", subcategory = "Organizations")]
pub struct CollaboratorsData {
    /// Name of the organization.
    #[attribute(required, check = names::namespace())]
    organization: String,
    /// The collaborators, by name.
    #[computed]
    collaborators: Computed<Vec<Collaborator>>,
}

/// Somebody from outside of an organization.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Nested)]
pub struct Collaborator {
    /// Name of the user.
    #[computed]
    username: String,
    /// Names of the organization's repositories in which the user has a permission.
    #[computed]
    repositories: BTreeSet<String>,
}

impl From<MemberOfOrganizationJson> for Collaborator {
    fn from(json: MemberOfOrganizationJson) -> Self {
        Self { username: json.name, repositories: json.repositories.into_iter().collect() }
    }
}

#[async_trait]
impl DataSource for CollaboratorsData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let found = cx.find(organizations::collaborators(&config.organization)).await?;
        let found = found.ok_or_else(|| team::no_organization(&config.organization))?;
        let mut collaborators: Vec<Collaborator> = found.into_iter().map(Collaborator::from).collect();
        collaborators.sort();
        Ok(Self { collaborators: Computed::from(collaborators), ..config })
    }
}
