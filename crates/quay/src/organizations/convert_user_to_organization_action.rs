//! Action `quay_convert_user_to_organization`.
//!
//! Endpoint: `user/convert`; see [`crate::api::account`].

use async_trait::async_trait;
use registry_http::Kind;
use terraform_framework::{Action, Context, Error, Model, PlanValue, Progress, Report, Result, Secret, check};

use crate::api::{account, namespaces};
use crate::client::Quay;
use crate::users::own_account::is_own;
use crate::{features, names};

/// Makes an organization of the token's own user, for good: it keeps its name, repositories and robot accounts, and somebody else owns it. For
/// a user that a team has shared, for one.
///
/// The user cannot log in any more, and loses the permissions that it had in repositories. Quay does not end its tokens, so revoke those that
/// nobody should have first (the action `quay_revoke_user_authorization`, for one), and use none of them afterwards, the provider's own
/// included: import the organization with a token of its owner, as a `quay_organization`.
///
/// Scope: `user:admin`, and `user:read` to know whose token it is. Needs a server that keeps its users itself
/// (`AUTHENTICATION_TYPE: Database`).
#[derive(Debug, Clone, Model)]
#[model(type = "quay_convert_user_to_organization", subcategory = "Organizations")]
pub struct ConvertUserToOrganization {
    /// Name of the token's own user, as a confirmation: of anybody else's, nothing is done.
    #[attribute(required, check = names::user())]
    username: String,
    /// Name of another user, who owns the organization then.
    #[attribute(required, check = names::user())]
    owner: String,
    /// Password with which the owner logs in to Quay.
    #[attribute(required, write_only, check = check::length(1, 4096))]
    owner_password: Secret,
}

#[async_trait]
impl Action for ConvertUserToOrganization {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        let Self { username, owner, owner_password } = &config;
        is_own(cx, username).await?;
        if let Err(error) = cx.send(account::convert(username, owner, owner_password)).await
            && !is_done(cx, username, &error).await
        {
            return Err(explain(owner, error));
        }
        progress
            .say(format!(
                "User {username} is an organization, which {owner} owns. Work with a token of {owner} from now on."
            ))
            .await;
        Ok(())
    }

    fn validate(config: &ConvertUserToOrganizationView, report: &mut Report) {
        if let (PlanValue::Known(user), PlanValue::Known(owner)) = (&config.username, &config.owner)
            && user == owner
        {
            let detail = "The user becomes the organization, and cannot own it: `owner` must be somebody else.";
            report.error("owner", "Invalid value", detail);
        }
    }

    async fn preflight(cx: &mut Context<Quay>, _: ConvertUserToOrganizationView, report: &mut Report) {
        cx.expect(&features::CONVERSION, report).await;
    }
}

/// Whether it is done in spite of an error: the answer was lost, or tells that the owner cannot log in.
async fn is_done(cx: &Context<Quay>, username: &str, error: &registry_http::Error) -> bool {
    matches!(error.kind(), Kind::UnknownOutcome | Kind::Forbidden | Kind::Unauthenticated)
        && matches!(cx.find(namespaces::organization(username)).await, Ok(Some(_)))
}

/// Says what Quay means by its refusal.
fn explain(owner: &str, error: registry_http::Error) -> Error {
    if error.kind() == Kind::Rejected {
        let hint =
            format!("Quay takes a conversion only with the password with which {owner} logs in to its web pages.");
        return Error::from(error).with_hint(hint).at("owner_password");
    }
    error.into()
}
