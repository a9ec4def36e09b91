//! `quay_org_notification`: who is told how full the quota of an organization is.
//!
//! Endpoints: `organization/{organization}/notifications...`; see [`crate::api::notifications`].

use async_trait::async_trait;
use serde_json::Map;
use terraform_framework::{Computed, Context, Flatten, Found, List, Model, Report, Resource, Result, check};

use super::notification::{self, Methods};
use crate::api::notifications::{self, NotificationJson, NotificationKey, Notifications, Owner};
use crate::client::Quay;
use crate::teams::team::no_organization;
use crate::{features, names};

/// Manages a notification of an organization: somebody is told how full its quota is.
///
/// Exactly one method says how: `webhook`, `email`, `slack`, `flowdock`, `hipchat` or `quay_notification`. Quay cannot change a notification:
/// a change replaces it.
///
/// Quay shows the addresses and tokens of a notification to all administrators of the organization. To keep them out of the state, use the
/// write-only arguments, such as `url_wo` instead of `url`. An import, and the list for `terraform query`, take them into the state all the
/// same; the apply after it takes them out where the configuration has the write-only argument.
///
/// Needs Quay 3.18 with FEATURE_QUOTA_NOTIFICATIONS.
///
/// Scope: `org:admin`.
#[derive(Debug, Clone, Model)]
#[model(
    type = "quay_org_notification",
    id = "{organization}/{uuid}",
    identity(organization, uuid),
    exactly_one_of(webhook, email, slack, flowdock, hipchat, quay_notification),
    subcategory = "Notifications"
)]
pub struct OrgNotification {
    /// The organization. A change replaces the notification.
    #[attribute(required, requires_replace, check = names::namespace())]
    organization: String,
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
    /// UUID that Quay gives it.
    #[computed(use_state_for_unknown)]
    uuid: Computed<String>,
    /// How often telling has failed in a row.
    #[computed]
    number_of_failures: Computed<i64>,
}

#[async_trait]
impl Resource for OrgNotification {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let new = plan.methods.0.body(&plan.title, &plan.event, Map::new())?;
        let made = match cx.send(notifications::create(&plan.owner(), &new)).await {
            Err(error) if error.is_not_found() => return Err(no_organization(&plan.organization)),
            made => made?,
        };
        Ok(Self {
            uuid: Computed::from(made.uuid),
            number_of_failures: Computed::from(made.number_of_failures),
            ..plan
        })
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        match cx.read::<Notifications>(&state.key()?).await? {
            Some(found) => state.with(&found).map(Some),
            None => Ok(None),
        }
    }

    async fn update(_: &mut Context<Quay>, state: Self, plan: Self) -> Result<Self> {
        // What the server knows of replaces; this is about where a secret is kept.
        Ok(Self { uuid: state.uuid, number_of_failures: state.number_of_failures, ..plan })
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        cx.delete(notifications::delete(&state.key()?)).await?;
        Ok(())
    }

    fn validate(config: &OrgNotificationView, report: &mut Report) {
        notification::validate(&config.methods, config.organization.known().map(String::as_str), report);
    }

    async fn preflight(cx: &mut Context<Quay>, _: OrgNotificationView, report: &mut Report) {
        cx.expect(&features::NAMESPACE_NOTIFICATIONS, report).await;
    }
}

impl OrgNotification {
    fn owner(&self) -> Owner {
        Owner::Organization(self.organization.clone())
    }

    fn key(&self) -> Result<NotificationKey> {
        Ok(NotificationKey { owner: self.owner(), uuid: self.uuid.get()?.clone() })
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
impl List for OrgNotification {
    type Query = OrgNotificationQuery;

    async fn list(cx: &mut Context<Quay>, query: OrgNotificationQuery, found: &mut Found<Self>) -> Result<()> {
        for json in cx.list(notifications::list(&Owner::Organization(query.organization.clone()))).await? {
            let stub = Self {
                organization: query.organization.clone(),
                event: String::new(),
                title: String::new(),
                methods: Flatten(Methods::none()),
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

/// Finds the notifications of an organization.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_org_notification")]
pub struct OrgNotificationQuery {
    /// The organization.
    #[attribute(required, check = names::namespace())]
    organization: String,
}
