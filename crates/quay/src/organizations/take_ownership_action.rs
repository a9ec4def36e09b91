//! Action `quay_take_ownership`.
//!
//! Endpoint: `superuser/takeownership/{namespace}`; see [`crate::api::organizations`].

use async_trait::async_trait;
use terraform_framework::{Action, Context, Error, Model, Progress, Report, Result};

use crate::api::{namespaces, organizations};
use crate::client::Quay;
use crate::{features, names};

/// Makes the token's user, who must be a superuser, an owner of an organization: for example of one whose owners are gone.
///
/// Whoever is an owner already stays one. The organization's `owners` team has a member more then, which `quay_team_members` for that team
/// would show as a change.
///
/// The name of a user is refused: Quay would make an organization of that user, for good.
///
/// Scope: `super:user`, of a superuser. The server needs FEATURE_SUPER_USERS.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_take_ownership", subcategory = "Organizations")]
pub struct TakeOwnership {
    /// Name of the organization.
    #[attribute(required, check = names::namespace())]
    organization: String,
}

#[async_trait]
impl Action for TakeOwnership {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        let name = &config.organization;
        if cx.find(namespaces::organization(name)).await?.is_none() {
            return Err(refused(name, cx.is_user(name).await?));
        }
        cx.send(organizations::take_ownership(name)).await?;
        let who = cx.user().await?.unwrap_or("The token's user");
        progress.say(format!("{who} is an owner of organization {name}.")).await;
        Ok(())
    }

    async fn preflight(cx: &mut Context<Quay>, _: TakeOwnershipView, report: &mut Report) {
        cx.expect(&features::SUPERUSERS, report).await;
    }
}

/// What is no organization. On a user, the server would turn it into one.
fn refused(name: &str, is_user: bool) -> Error {
    let (summary, detail) = match is_user {
        true => (
            format!("{name} is a user, not an organization"),
            "Taking ownership of a user would turn the user into an organization, for good: the user could not log in any more. Nothing was \
             changed.",
        ),
        false => (format!("There is no organization {name}"), "Check its name."),
    };
    Error::new(summary, detail).at("organization")
}

#[cfg(test)]
mod tests {
    use super::refused;

    #[test]
    fn a_user_stays_a_user() {
        assert!(refused("dave", true).detail().contains("Nothing was changed"));
        assert_eq!(refused("dave", false).summary(), "There is no organization dave");
    }
}
