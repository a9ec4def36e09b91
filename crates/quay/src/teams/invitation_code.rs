//! What accepting and declining an invitation to a team share: which one is meant, and what a refusal means.

use terraform_framework::{Context, Error, PlanValue, Report, Result};

use crate::api::notices::NoticeJson;
use crate::client::Quay;
use crate::users::user_notices;

/// A team or a code, not both and not half of one.
pub(super) fn refuse_half(
    organization: &PlanValue<String>,
    team: &PlanValue<String>,
    code: &PlanValue<String>,
    report: &mut Report,
) {
    let nulls = [organization, team, code].map(|given| matches!(given, PlanValue::Null));
    if !matches!(nulls, [false, false, true] | [true, true, false]) {
        let detail = "Name `organization` and `team`, or else the `code` of the invitation.";
        report.error("code", "Which invitation is meant is not clear", detail);
    }
}

/// The code of the invitation that is meant.
pub(super) async fn code(
    cx: &Context<Quay>,
    code: Option<String>,
    organization: Option<&str>,
    team: Option<&str>,
) -> Result<String> {
    if let Some(code) = code {
        return Ok(code);
    }
    let (organization, team) = (organization.unwrap_or_default(), team.unwrap_or_default());
    let notices = user_notices::all(cx).await?;
    find(&notices, organization, team).ok_or_else(|| {
        let detail = "The token's own user was not invited to it, or has accepted or declined already. (Who was invited by e-mail has no \
                      notification: then set `code`.)";
        Error::new(format!("There is no invitation to team {organization}/{team}"), detail).at("team")
    })
}

/// The code of the newest invitation to a team.
fn find(notices: &[NoticeJson], organization: &str, team: &str) -> Option<String> {
    let invitations = notices.iter().filter(|notice| notice.kind == "org_team_invite").map(|notice| &notice.metadata);
    let mut fitting = invitations.filter(|invited| invited["org"] == organization && invited["team"] == team);
    fitting.find_map(|invited| invited["code"].as_str().map(str::to_owned))
}

/// What a refusal means.
pub(super) fn explain(error: registry_http::Error) -> Error {
    let says = |text: &str| error.status() == Some(400) && error.message().is_some_and(|m| m.contains(text));
    let hint = if says("Invalid confirmation code") {
        "The invitation was withdrawn, accepted or declined already."
    } else if says("intended for") {
        "The provider's token must be that of the invited user."
    } else {
        return error.into();
    };
    Error::from(error).with_hint(hint)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_invitation_to_the_team_counts() {
        let notices: Vec<NoticeJson> = serde_json::from_value(serde_json::json!([
            { "kind": "password_required", "metadata": {} },
            { "kind": "org_team_invite", "metadata": { "code": "c3", "org": "acme", "team": "ops" } },
            { "kind": "org_team_invite", "metadata": { "code": "c2", "org": "acme", "team": "devs" } },
            { "kind": "org_team_invite", "metadata": { "code": "c1", "org": "acme", "team": "devs" } },
        ]))
        .unwrap();
        assert_eq!(find(&notices, "acme", "devs").as_deref(), Some("c2"));
        assert_eq!(find(&notices, "beta", "devs"), None);
    }
}
