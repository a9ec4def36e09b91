//! Action `quay_remove_organization_member`.
//!
//! Endpoint: `organization/{organization}/members/{member}`; see [`crate::api::organizations`].

use async_trait::async_trait;
use terraform_framework::{Action, Context, Error, Model, Progress, Result};

use crate::api::organizations;
use crate::client::Quay;
use crate::names;
use crate::teams::team;

/// Takes a user out of an organization: out of all of its teams, and away from all of its repositories, at once. For somebody who leaves,
/// for one.
///
/// Terraform does not learn of it by itself: what else is managed of the user (`quay_team_member`, `quay_repository_permission`) has to
/// leave the configuration too, or the next apply brings it back.
///
/// The token's own user is refused.
///
/// Scope: `org:admin`, of an owner of the organization.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_remove_organization_member", subcategory = "Organizations")]
pub struct RemoveOrganizationMember {
    /// Name of the organization.
    #[attribute(required, check = names::namespace())]
    organization: String,
    /// Name of the user.
    #[attribute(required, check = names::user())]
    username: String,
}

#[async_trait]
impl Action for RemoveOrganizationMember {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        let Self { organization, username } = &config;
        let is_own = cx.user().await? == Some(username.as_str());
        if is_own {
            let detail =
                "The token's own user would take away its own rights in the organization. Nothing was changed.";
            return Err(Error::new(format!("{username} is the token's own user"), detail).at("username"));
        }
        let member = cx.find(organizations::member(organization, username)).await?;
        if member.is_none() && !cx.is_user(username).await? {
            let detail = "Users are named as in Quay. Robots are removed with quay_robot.";
            return Err(Error::new(format!("There is no user {username}"), detail).at("username"));
        }
        // Who is in no team may have permissions in repositories: these go too.
        let gone = cx.find(organizations::remove_member(organization, username)).await?;
        if gone.is_none() {
            return Err(team::no_organization(organization));
        }
        let teams = member.map(|member| member.teams).unwrap_or_default();
        let teams: Vec<String> = teams.into_iter().map(|team| team.name).collect();
        let from = match teams.is_empty() {
            true => "was in no team".to_owned(),
            false => format!("was in {}", teams.join(", ")),
        };
        progress.say(format!("{username} ({from}) has nothing to do with organization {organization} any more.")).await;
        Ok(())
    }
}
