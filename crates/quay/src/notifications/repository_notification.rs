//! `quay_repository_notification`: who is told what happens in a repository.
//!
//! Endpoints: `repository/{repository}/notification/...`; see [`crate::api::notifications`].

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use terraform_framework::{
    Computed, Context, Error, Flatten, Found, List, Model, PlanValue, Report, Resource, Result, check,
};

use super::notification::{self, Methods};
use crate::api::keys::RepositoryKey;
use crate::api::notifications::{self, NotificationJson, NotificationKey, Notifications, Owner};
use crate::api::repositories;
use crate::client::Quay;
use crate::client::lookup::no_repository;
use crate::{features, names};

/// Manages a notification: somebody is told when something happens in a repository.
///
/// Exactly one method says how: `webhook`, `email`, `slack`, `flowdock`, `hipchat` or `quay_notification`. Quay cannot change a notification:
/// a change replaces it.
///
/// Quay shows the addresses and tokens of a notification to all administrators of the repository. To keep them out of the state, use the
/// write-only arguments, such as `url_wo` instead of `url`. An import, and the list for `terraform query`, take them into the state all the
/// same; the apply after it takes them out where the configuration has the write-only argument.
///
/// When telling fails a few times in a row Quay gives up: `number_of_failures` shows that, and the action
/// `quay_reset_notification_failures` makes it try again.
///
/// Scope: `repo:admin`.
#[derive(Debug, Clone, Model)]
#[model(
    type = "quay_repository_notification",
    id = "{namespace}/{repository*}/{uuid}",
    identity(namespace, repository, uuid),
    exactly_one_of(webhook, email, slack, flowdock, hipchat, quay_notification),
    subcategory = "Notifications"
)]
pub struct RepositoryNotification {
    /// Organization or user that owns the repository. A change replaces the notification.
    #[attribute(required, requires_replace, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace. A change replaces the notification.
    #[attribute(required, requires_replace, check = names::repository())]
    repository: String,
    /// What has to happen: a push (`repo_push`), steps of a build (`build_queued`, `build_start`, `build_success`, `build_failure`,
    /// `build_cancelled`), a vulnerability (`vulnerability_found`), steps of a mirror (`repo_mirror_sync_started`,
    /// `repo_mirror_sync_success`, `repo_mirror_sync_failed`), an image that is about to expire (`repo_image_expiry`, since Quay 3.12), or how
    /// full the quota is (`quota_warning`, `quota_error`, since Quay 3.18). A change replaces the notification.
    #[attribute(required, requires_replace, check = check::one_of(EVENTS))]
    event: String,
    /// What people call it. A change replaces the notification.
    #[attribute(optional, default = "", requires_replace, check = check::length(0, 255))]
    title: String,
    /// The least severity of a vulnerability, for the event `vulnerability_found`: `critical`, `high`, `medium`, `low`, `negligible` or
    /// `unknown`; without it, all vulnerabilities are told. A change replaces the notification.
    #[attribute(optional, requires_replace, check = check::one_of(LEVELS))]
    vulnerability_level: Option<String>,
    /// How many days before an image expires, for the event `repo_image_expiry`, which needs it. A change replaces the notification.
    #[attribute(optional, requires_replace, check = check::between(1, 36_500))]
    expiry_days: Option<i64>,
    /// Which branches and tags of the source, for the events of builds: a regular expression for references such as `heads/main`; without it, all
    /// of them. A change replaces the notification.
    #[attribute(optional, requires_replace, check = check::length(1, 4096))]
    ref_regex: Option<String>,
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

const EVENTS: &[&str] = &[
    "repo_push",
    "build_queued",
    "build_start",
    "build_success",
    "build_failure",
    "build_cancelled",
    "vulnerability_found",
    "repo_mirror_sync_started",
    "repo_mirror_sync_success",
    "repo_mirror_sync_failed",
    "repo_image_expiry",
    "quota_warning",
    "quota_error",
];

/// In Quay's order: it sends their places.
const LEVELS: &[&str] = &["critical", "high", "medium", "low", "negligible", "unknown"];

#[async_trait]
impl Resource for RepositoryNotification {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let new = plan.methods.0.body(&plan.title, &plan.event, plan.event_config())?;
        match cx.send(notifications::create(&plan.owner(), &new)).await {
            Ok(made) => Ok(plan.made(&made)),
            Err(error) => Err(plan.explain(cx, error).await),
        }
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

    fn validate(config: &RepositoryNotificationView, report: &mut Report) {
        let namespace = config.namespace.known().map(String::as_str);
        notification::validate(&config.methods, namespace, report);
        let PlanValue::Known(event) = &config.event else { return };
        let mut only_for = |name: &str, is_null: bool, fits: bool, whose: &str| {
            if !is_null && !fits {
                report.error(
                    name,
                    "Argument of another event",
                    format!("`{name}` is only for {whose}, and not for `{event}`."),
                );
            }
        };
        let level = config.vulnerability_level.is_null();
        only_for("vulnerability_level", level, event == "vulnerability_found", "`vulnerability_found`");
        only_for("expiry_days", config.expiry_days.is_null(), event == EXPIRY, "`repo_image_expiry`");
        only_for("ref_regex", config.ref_regex.is_null(), event.starts_with("build_"), "the events of builds");
        if event == EXPIRY && config.expiry_days.is_null() {
            report.error("expiry_days", "Missing argument", "`repo_image_expiry` needs `expiry_days`.");
        }
    }

    async fn preflight(cx: &mut Context<Quay>, plan: RepositoryNotificationView, report: &mut Report) {
        if !plan.methods.email.is_null() {
            cx.expect(&features::MAIL_NOTIFICATIONS, report).await;
        }
        // This member came with 3.18 too, and no feature switches it off.
        if let Some((event, "3.18")) = plan.event.known().and_then(|event| since(event))
            && cx.takes("POST", "organization/", "contact_email").await == Some(false)
        {
            let why = format!("This Quay has no event `{event}` of repositories: it came with 3.18.");
            report.error("event", "Not offered by this server", why);
        }
    }
}

/// Events that not every supported Quay knows, with the release that brought them.
const LATER_EVENTS: &[(&str, &str)] = &[(EXPIRY, "3.12"), ("quota_warning", "3.18"), ("quota_error", "3.18")];

fn since(event: &str) -> Option<(&'static str, &'static str)> {
    LATER_EVENTS.iter().find(|(name, _)| *name == event).copied()
}

const EXPIRY: &str = "repo_image_expiry";

impl RepositoryNotification {
    fn repository_key(&self) -> RepositoryKey {
        RepositoryKey { namespace: self.namespace.clone(), name: self.repository.clone() }
    }

    fn owner(&self) -> Owner {
        Owner::Repository(self.repository_key())
    }

    fn key(&self) -> Result<NotificationKey> {
        Ok(NotificationKey { owner: self.owner(), uuid: self.uuid.get()?.clone() })
    }

    fn event_config(&self) -> Map<String, Value> {
        let level = self.vulnerability_level.as_ref().and_then(|level| LEVELS.iter().position(|known| known == level));
        let members = [
            level.map(|level| ("level", json!(level.to_string()))),
            self.expiry_days.map(|days| ("days", json!(days))),
            self.ref_regex.as_ref().map(|regex| ("ref-regex", json!(regex))),
        ];
        members.into_iter().flatten().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn made(self, json: &NotificationJson) -> Self {
        Self {
            uuid: Computed::from(json.uuid.clone()),
            number_of_failures: Computed::from(json.number_of_failures),
            ..self
        }
    }

    fn with(self, json: &NotificationJson) -> Result<Self> {
        let config = |name: &str| json.event_config.get(name).filter(|value| !value.is_null());
        // Texts or numbers, as they were sent.
        let number = |value: &Value| value.as_i64().or_else(|| value.as_str()?.parse().ok());
        let level = |value: &Value| {
            let name = usize::try_from(number(value)?).ok().and_then(|at| LEVELS.get(at));
            Some(name.map_or_else(|| value.to_string(), |name| (*name).to_owned()))
        };
        let methods = self.methods.0.shown(json)?;
        let shown = Self {
            event: json.event.clone(),
            title: json.title.clone().unwrap_or_default(),
            vulnerability_level: config("level").and_then(level),
            expiry_days: config("days").and_then(number),
            ref_regex: config("ref-regex").and_then(Value::as_str).filter(|regex| !regex.is_empty()).map(str::to_owned),
            methods: Flatten(methods),
            ..self
        };
        Ok(shown.made(json))
    }

    /// Says what Quay means by its refusal, and by its failure, of which it says nothing.
    async fn explain(&self, cx: &Context<Quay>, error: registry_http::Error) -> Error {
        if error.message().is_some_and(|message| message.contains("not authorized to receive")) {
            return Error::from(error).with_hint(
                "Ask the owner of the address first, with the action `quay_authorize_notification_email` or on Quay's web pages; the owner \
                 confirms it in the e-mail that Quay sends then.",
            );
        }
        let lost =
            error.status() == Some(500) && matches!(cx.find(repositories::get(&self.repository_key())).await, Ok(None));
        if lost {
            return no_repository(&self.repository_key());
        }
        if error.status() == Some(500)
            && let Some((event, release)) = since(&self.event)
        {
            let hint =
                format!("Quay fails in this way on an event that it does not know: `{event}` came with {release}.");
            return Error::from(error).with_hint(hint).at("event");
        }
        error.into()
    }

    fn named(key: RepositoryKey) -> Self {
        Self {
            namespace: key.namespace,
            repository: key.name,
            event: String::new(),
            title: String::new(),
            vulnerability_level: None,
            expiry_days: None,
            ref_regex: None,
            methods: Flatten(Methods::none()),
            uuid: Computed::UNSET,
            number_of_failures: Computed::UNSET,
        }
    }
}

#[async_trait]
impl List for RepositoryNotification {
    type Query = RepositoryNotificationQuery;

    async fn list(cx: &mut Context<Quay>, query: RepositoryNotificationQuery, found: &mut Found<Self>) -> Result<()> {
        let key = RepositoryKey { namespace: query.namespace, name: query.repository };
        let listed = cx.list(notifications::list(&Owner::Repository(key.clone()))).await?;
        if listed.is_empty() {
            cx.ensure_repository(&key).await?;
        }
        for json in listed {
            if !found.push(&Self::named(key.clone()).with(&json)?).await {
                break;
            }
        }
        Ok(())
    }
}

/// Finds the notifications of a repository.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_repository_notification")]
pub struct RepositoryNotificationQuery {
    /// Organization or user that owns the repository.
    #[attribute(required, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace.
    #[attribute(required, check = names::repository())]
    repository: String,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_sent_as_places_and_read_as_texts_or_numbers() {
        let named =
            || RepositoryNotification::named(RepositoryKey { namespace: "acme".to_owned(), name: "app".to_owned() });
        let low = RepositoryNotification { vulnerability_level: Some("low".to_owned()), ..named() };
        assert_eq!(Value::Object(low.event_config()), json!({ "level": "3" }));
        let read = |config: Value| {
            let json = json!({ "uuid": "u", "event": "e", "method": "email", "config": {}, "event_config": config });
            named().with(&serde_json::from_value(json).unwrap()).unwrap()
        };
        assert_eq!(read(json!({ "level": "0" })).vulnerability_level.as_deref(), Some("critical"));
        assert_eq!(read(json!({ "level": 5 })).vulnerability_level.as_deref(), Some("unknown"));
        assert_eq!((read(json!({ "days": "7" })).expiry_days, read(json!({ "x": 1 })).expiry_days), (Some(7), None));
    }
}
