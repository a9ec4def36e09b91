//! `quay_team`: teams of an organization.
//!
//! Endpoints: `organization/{organization}/team/{team}` to write; a team is read from its organization's view; see
//! [`crate::api::teams`].

use async_trait::async_trait;
use registry_http::Kind;
use registry_service::exists_already;
use terraform_framework::{Context, Error, Found, List, Model, Resource, Result, check};

use crate::api::organizations::TeamJson;
use crate::api::teams::{self, TeamBody, TeamKey};
use crate::api::{namespaces, organizations};
use crate::client::Quay;
use crate::names;

/// Manages a team: a group of users and robots of an organization, to which repositories give permissions.
///
/// Every organization has the team `owners` from its beginning. It can be managed without an import: then it is taken over when
/// it is created, and left in place when it is destroyed. Any other team that exists already has to be imported. A team that is
/// destroyed loses its members, its permissions, and its part in default permissions.
///
/// Scope: `org:admin`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_team", id = "{organization}/{name}", identity(organization, name), subcategory = "Teams")]
pub struct Team {
    /// Organization that the team belongs to. A change replaces the team.
    #[attribute(required, requires_replace, check = names::namespace())]
    organization: String,
    /// Name: lower-case letters and digits, with single `.`, `_`, `-` between them. A change replaces the team.
    #[attribute(required, requires_replace, check = names::team())]
    name: String,
    /// What the members may do in the organization: `member` (only what repositories allow them), `creator` (also create repositories),
    /// `admin` (everything).
    #[attribute(required, check = check::one_of(&["member", "creator", "admin"]))]
    role: String,
    /// What the team is for (Markdown); `""` by default.
    #[attribute(optional, default = "")]
    description: String,
}

/// The team that every organization has.
const OWNERS: &str = "owners";

#[async_trait]
impl Resource for Team {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        // Between the look and the request nobody else here may make the same.
        let lock = cx.lock(&format!("team {}", plan.key()));
        let _alone = lock.lock().await;
        let organization = cx.find(organizations::get(&plan.organization)).await?;
        let organization = organization.ok_or_else(|| no_organization(&plan.organization))?;
        // The request that creates would also change a team that is there.
        if plan.name == OWNERS {
            return plan.write(cx).await;
        }
        let key = plan.key();
        let taken = || exists_already("quay_team", &format!("team {key}"), &key.to_string());
        if organization.teams().contains_key(&plan.name) {
            return Err(taken());
        }
        match cx.send(teams::create(&key, &plan.body())).await {
            Ok(made) => Ok(plan.with(made)),
            // Another client was a moment faster: the team is its own.
            Err(error) if error.kind() == Kind::Conflict && error.status() == Some(200) => Err(taken()),
            Err(error) => Err(error.into()),
        }
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let found = cx.in_organization(&state.organization, |o| o.teams().get(&state.name).cloned()).await?;
        Ok(found.map(|team| state.with(team)))
    }

    async fn update(cx: &mut Context<Quay>, _: Self, plan: Self) -> Result<Self> {
        plan.write(cx).await
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        let key = state.key();
        if state.name == OWNERS || cx.find(namespaces::organization(&state.organization)).await?.is_none() {
            return Ok(());
        }
        cx.delete(teams::delete(&key)).await?;
        Ok(())
    }
}

/// The error for what is to be made in an organization that is not there.
pub(crate) fn no_organization(name: &str) -> Error {
    let detail = "Create it first, for example with quay_organization, and refer to its `name` here, so that Terraform keeps the order.";
    Error::new(format!("There is no organization {name}"), detail).at("organization")
}

/// The error for what is to be made in a team that is not there.
pub(crate) fn no_team(key: &TeamKey) -> Error {
    let detail =
        "Create it first, for example with quay_team, and refer to its `name` here, so that Terraform keeps the order.";
    Error::new(format!("There is no team {key}"), detail)
}

impl Team {
    fn key(&self) -> TeamKey {
        TeamKey { organization: self.organization.clone(), team: self.name.clone() }
    }

    fn body(&self) -> TeamBody {
        TeamBody { role: self.role.clone(), description: self.description.clone() }
    }

    async fn write(self, cx: &Context<Quay>) -> Result<Self> {
        let written = cx.send(teams::put(&self.key(), &self.body())).await?;
        Ok(self.with(written))
    }

    fn with(self, json: TeamJson) -> Self {
        Self { role: json.role, description: json.description.unwrap_or_default(), ..self }
    }
}

#[async_trait]
impl List for Team {
    type Query = TeamQuery;

    async fn list(cx: &mut Context<Quay>, query: TeamQuery, found: &mut Found<Self>) -> Result<()> {
        let view = cx.find(organizations::get(&query.organization)).await?;
        let view = view.ok_or_else(|| no_organization(&query.organization))?;
        for (name, json) in view.into_teams() {
            let (organization, description) = (query.organization.clone(), String::new());
            let team = Team { organization, name, role: json.role.clone(), description };
            if !found.push(&team.with(json)).await {
                break;
            }
        }
        Ok(())
    }
}

/// Finds the teams of an organization.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_team")]
pub struct TeamQuery {
    /// The organization.
    #[attribute(required, check = names::namespace())]
    organization: String,
}
