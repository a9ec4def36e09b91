//! Data source `quay_user_notices`.
//!
//! Endpoints: `user/notifications` and `user/notifications/{uuid}`; see [`crate::api::notices`].

use async_trait::async_trait;
use registry_service::dates;
use terraform_framework::{Computed, Context, DataSource, Model, Nested, Result, check};

use super::user_notices;
use crate::api::notices::{NoticeJson, one};
use crate::client::Quay;

/// Reads what Quay tells the token's own user: what its web pages show at the bell, such as invitations to teams. What an organization is
/// told is among it where the user is an administrator of the organization.
///
/// (The resource `quay_user_notification` is something else: it has events sent to another place.)
///
/// Scope: `user:admin`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_user_notices", subcategory = "Users")]
pub struct UserNoticesData {
    /// The one notice that is to be read, which may have been dismissed; it is an error when the user has none of this name. Without it, all
    /// are read that were not dismissed.
    #[attribute(optional, check = check::length(1, 255))]
    uuid: Option<String>,
    /// The notices, the newest first.
    #[computed]
    notices: Computed<Vec<UserNotice>>,
}

/// What a user is told.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct UserNotice {
    /// Names the notice, for `quay_dismiss_user_notice`.
    #[computed]
    uuid: String,
    /// What it is about: `org_team_invite`, `password_required`, `quota_warning`, `service_key_submitted`, `assigned_authorization` and so on.
    #[computed]
    kind: String,
    /// The organization that is told; null where it is the user.
    #[computed]
    organization: Option<String>,
    /// When it was sent (RFC 3339).
    #[computed]
    created: String,
    /// Whether the user has dismissed it.
    #[computed]
    dismissed: bool,
    /// What there is to know, as JSON, whose members depend on the kind: of an invitation `code`, `inviter`, `org` and `team`.
    #[computed]
    metadata: String,
}

impl From<NoticeJson> for UserNotice {
    fn from(json: NoticeJson) -> Self {
        Self {
            uuid: json.id,
            kind: json.kind,
            organization: json.organization,
            created: dates::rfc3339(&json.created).unwrap_or(json.created),
            dismissed: json.dismissed,
            metadata: json.metadata.to_string(),
        }
    }
}

#[async_trait]
impl DataSource for UserNoticesData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let found = match &config.uuid {
            Some(uuid) => vec![cx.find(one(uuid)).await?.ok_or_else(|| user_notices::none(uuid))?],
            None => user_notices::all(cx).await?,
        };
        Ok(Self { notices: Computed::from(found.into_iter().map(UserNotice::from).collect::<Vec<_>>()), ..config })
    }
}
