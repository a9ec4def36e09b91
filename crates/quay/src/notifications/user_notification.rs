//! `quay_user_notification`: who is told how full the quota of the token's own user is.
//!
//! Endpoints: `user/namespacenotifications...`; see [`crate::api::notifications`].

use async_trait::async_trait;
use serde_json::Map;
use terraform_framework::{
    Computed, Context, Error, Flatten, Found, List, Model, Path, Report, Resource, Result, check,
};

use super::notification::{self, Methods, MethodsView};
use crate::api::notifications::{self, NotificationJson, NotificationKey, Notifications, Owner};
use crate::client::Quay;
use crate::features;

/// Manages a notification of the token's own user: somebody is told how full the user's quota is.
///
/// Exactly one method says how: `webhook`, `email`, `slack`, `flowdock`, `hipchat` or `quay_notification`. Quay cannot change a notification:
/// a change replaces it.
///
/// To keep addresses and tokens out of the state, use the write-only arguments, such as `url_wo` instead of `url`. An import, and the list for
/// `terraform query`, take them into the state all the same; the apply after it takes them out where the configuration has the write-only
/// argument.
///
/// Needs Quay 3.18 with FEATURE_QUOTA_NOTIFICATIONS.
///
/// Scope: `user:admin`.
#[derive(Debug, Clone, Model)]
#[model(
    type = "quay_user_notification",
    id = "{username}/{uuid}",
    identity(username, uuid),
    exactly_one_of(webhook, email, slack, flowdock, hipchat, quay_notification),
    subcategory = "Notifications"
)]
pub struct UserNotification {
    /// What has to happen: a limit of the quota that warns is reached (`quota_warning`), or one that rejects (`quota_error`). A change
    /// replaces the notification.
    #[attribute(required, requires_replace, check = check::one_of(notification::OF_NAMESPACES))]
    event: String,
    /// What people call it. A change replaces the notification.
    #[attribute(optional, default = "", requires_replace, check = check::length(0, 255))]
    title: String,
    /// How somebody is told.
    #[attribute(optional)]
    methods: Flatten<Methods>,
    /// Name of the token's own user, to whom the notification belongs.
    #[computed(use_state_for_unknown)]
    username: Computed<String>,
    /// UUID that Quay gives it.
    #[computed(use_state_for_unknown)]
    uuid: Computed<String>,
    /// How often telling has failed in a row.
    #[computed]
    number_of_failures: Computed<i64>,
}

#[async_trait]
impl Resource for UserNotification {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let username = cx.authenticated_user().await?;
        let new = plan.methods.0.body(&plan.title, &plan.event, Map::new())?;
        let made = cx.send(notifications::create(&Owner::User, &new)).await?;
        let (uuid, failures) = (Computed::from(made.uuid), Computed::from(made.number_of_failures));
        Ok(Self { username: Computed::from(username), uuid, number_of_failures: failures, ..plan })
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        state.refuse_others(cx).await?;
        match cx.read::<Notifications>(&state.key()?).await? {
            Some(found) => state.with(&found).map(Some),
            None => Ok(None),
        }
    }

    async fn update(_: &mut Context<Quay>, state: Self, plan: Self) -> Result<Self> {
        // What the server knows of replaces; this is about where a secret is kept.
        let Self { username, uuid, number_of_failures, .. } = state;
        Ok(Self { username, uuid, number_of_failures, ..plan })
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        state.refuse_others(cx).await?;
        cx.find(notifications::delete(&state.key()?)).await?;
        Ok(())
    }

    fn validate(config: &UserNotificationView, report: &mut Report) {
        notification::validate(&config.methods, None, report);
        refuse_team(&config.methods, report);
    }

    async fn preflight(cx: &mut Context<Quay>, _: UserNotificationView, report: &mut Report) {
        cx.expect(&features::NAMESPACE_NOTIFICATIONS, report).await;
    }
}

/// A user has no teams, and is no organization.
fn refuse_team(methods: &MethodsView, report: &mut Report) {
    if let Some(kind) = methods.quay_notification.known().and_then(|target| target.kind.known())
        && kind != "user"
    {
        let why = "Only users can be told of a user's quota: a `team` or `org` belongs to an organization.";
        report.error(Path::attribute("quay_notification").child("kind"), "Invalid value", why);
    }
}

impl UserNotification {
    fn key(&self) -> Result<NotificationKey> {
        Ok(NotificationKey { owner: Owner::User, uuid: self.uuid.get()?.clone() })
    }

    /// The token shows the notifications of its own user only: those of another one are not gone.
    async fn refuse_others(&self, cx: &Context<Quay>) -> Result<()> {
        let (own, username) = (cx.authenticated_user().await?, self.username.get()?);
        if own == *username {
            return Ok(());
        }
        let detail =
            format!("The provider has a token of user {own}, who cannot see them. Use a token of user {username}.");
        Err(Error::new(format!("Notifications of user {username} cannot be managed"), detail))
    }

    fn with(self, json: &NotificationJson) -> Result<Self> {
        Ok(Self {
            event: json.event.clone(),
            title: json.title.clone().unwrap_or_default(),
            methods: Flatten(self.methods.0.shown(json)?),
            uuid: Computed::from(json.uuid.clone()),
            number_of_failures: Computed::from(json.number_of_failures),
            ..self
        })
    }
}

#[async_trait]
impl List for UserNotification {
    type Query = UserNotificationQuery;

    async fn list(cx: &mut Context<Quay>, _: UserNotificationQuery, found: &mut Found<Self>) -> Result<()> {
        let username = cx.authenticated_user().await?;
        for json in cx.list(notifications::list(&Owner::User)).await? {
            let stub = Self {
                event: String::new(),
                title: String::new(),
                methods: Flatten(Methods::none()),
                username: Computed::from(username.clone()),
                uuid: Computed::UNSET,
                number_of_failures: Computed::UNSET,
            };
            if !found.push(&stub.with(&json)?).await {
                break;
            }
        }
        Ok(())
    }
}

/// Finds the notifications of the token's own user.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_user_notification")]
pub struct UserNotificationQuery {}
