//! Action `quay_decline_team_invitation`.
//!
//! Endpoint: `teaminvite/{code}`; see [`crate::api::authorizations`].

use async_trait::async_trait;
use terraform_framework::{Action, Context, Model, Progress, Report, Result, check};

use super::invitation_code;
use crate::api::authorizations;
use crate::client::Quay;
use crate::names;

/// Declines an invitation to a team in the name of the invited user: the provider's token must be that user's.
///
/// Scope: `user:admin`, of the invited user. Needs FEATURE_MAILING.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_decline_team_invitation", subcategory = "Teams")]
pub struct DeclineTeamInvitation {
    /// Organization that the team belongs to. The newest invitation to the team is looked for among the user's notifications.
    #[attribute(optional, check = names::namespace())]
    organization: Option<String>,
    /// Name of the team.
    #[attribute(optional, check = names::team())]
    team: Option<String>,
    /// Code of the invitation, in place of `organization` and `team`.
    #[attribute(optional, check = check::length(1, 255))]
    code: Option<String>,
}

#[async_trait]
impl Action for DeclineTeamInvitation {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        let code =
            invitation_code::code(cx, config.code, config.organization.as_deref(), config.team.as_deref()).await?;
        cx.send(authorizations::decline_invitation(&code)).await.map_err(invitation_code::explain)?;
        progress.say("The invitation is declined.").await;
        Ok(())
    }

    fn validate(config: &DeclineTeamInvitationView, report: &mut Report) {
        invitation_code::refuse_half(&config.organization, &config.team, &config.code, report);
    }
}
