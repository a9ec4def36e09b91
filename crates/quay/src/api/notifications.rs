//! Notifications of repositories, organizations and users: what somebody is told of, and how.
//!
//! Observed: what is sent as `eventConfig` comes back as `event_config`; equal ones stand beside each other; there is no change. All of the
//! configuration is shown, secrets too. A read of one notification of a repository finds those of other repositories, and the list of an
//! unknown repository is empty, so that only lists are trusted. A repository says with a 400 that it has no such notification, and fails
//! (500) when it does not exist. An e-mail address must be authorized for a repository, and confirmed by its owner.

use registry_http::{Ability, Acknowledgement, Collection, Endpoint, Listing, NotFound, Repetition};
use serde::Deserialize;
use serde_json::{Value, json};

use super::keys::RepositoryKey;
use crate::features;

/// A notification as Quay shows it. It holds secrets.
#[derive(Clone, Deserialize)]
pub struct NotificationJson {
    pub uuid: String,
    #[serde(default)]
    pub title: Option<String>,
    pub event: String,
    /// `webhook`, `email`, `slack`, `flowdock`, `hipchat` or `quay_notification`.
    pub method: String,
    /// What the method needs.
    #[serde(default)]
    pub config: Value,
    /// More about the event.
    #[serde(default)]
    pub event_config: Value,
    #[serde(default)]
    pub number_of_failures: i64,
}

/// What a notification is made of.
#[derive(Clone)]
pub struct NewNotification {
    pub title: String,
    pub event: String,
    pub method: &'static str,
    pub config: Value,
    pub event_config: Value,
    /// Of `config`, what is secret.
    pub secrets: Vec<secrecy::SecretString>,
}

impl NewNotification {
    fn describes(&self, found: &NotificationJson) -> bool {
        found.title.as_deref().unwrap_or_default() == self.title
            && (found.event.as_str(), found.method.as_str()) == (self.event.as_str(), self.method)
            && (&found.config, &found.event_config) == (&self.config, &self.event_config)
    }
}

/// What notifications hang on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    Repository(RepositoryKey),
    Organization(String),
    /// The token's own user.
    User,
}

impl Owner {
    /// As it stands in sentences.
    pub fn said(&self) -> String {
        match self {
            Self::Repository(key) => format!("repository {}", key.full_name()),
            Self::Organization(name) => format!("organization {name}"),
            Self::User => "the token's user".to_owned(),
        }
    }

    fn names(&self) -> Vec<&str> {
        match self {
            Self::Repository(key) => key.names().to_vec(),
            Self::Organization(name) => vec![name],
            Self::User => Vec::new(),
        }
    }

    /// Where the thing that tells is; `None` is the token's user, who is there.
    fn namespace(&self) -> Option<&str> {
        match self {
            Self::Repository(key) => Some(&key.namespace),
            Self::Organization(name) => Some(name),
            Self::User => None,
        }
    }

    fn scope(&self) -> &'static str {
        match self {
            Self::Repository(_) => "repo:admin",
            Self::Organization(_) => "org:admin",
            Self::User => "user:admin",
        }
    }

    fn ability(&self) -> Option<&'static Ability> {
        (!matches!(self, Self::Repository(_))).then_some(&features::NAMESPACE_NOTIFICATIONS)
    }

    fn routes(&self) -> [&'static str; 3] {
        match self {
            Self::Repository(_) => [
                "repository/{namespace}/{+repository}/notification/",
                "repository/{namespace}/{+repository}/notification/{uuid}",
                "repository/{namespace}/{+repository}/notification/{uuid}/test",
            ],
            Self::Organization(_) => [
                "organization/{organization}/notifications",
                "organization/{organization}/notifications/{uuid}",
                "organization/{organization}/notifications/{uuid}/test",
            ],
            Self::User => [
                "user/namespacenotifications",
                "user/namespacenotifications/{uuid}",
                "user/namespacenotifications/{uuid}/test",
            ],
        }
    }
}

/// Names one notification.
#[derive(Debug, Clone)]
pub struct NotificationKey {
    pub owner: Owner,
    pub uuid: String,
}

impl NotificationKey {
    fn names(&self) -> Vec<&str> {
        let mut names = self.owner.names();
        names.push(&self.uuid);
        names
    }

    fn said(&self) -> String {
        format!("notification {} of {}", self.uuid, self.owner.said())
    }
}

const UNKNOWN: NotFound = NotFound::message(400, "No repository notification found");

/// The notifications of a repository, an organization or the token's user.
pub struct Notifications;

impl Collection for Notifications {
    type Key = NotificationKey;
    type Item = NotificationJson;
    const NAME: &'static str = "notifications";
    // A single one is read by the list too.
    const SINGLES: u32 = 0;

    fn parent(key: &NotificationKey) -> String {
        key.owner.said()
    }

    fn name(key: &NotificationKey) -> String {
        key.uuid.clone()
    }

    fn name_of(_: &str, item: &NotificationJson) -> Option<String> {
        Some(item.uuid.clone())
    }

    fn single(key: &NotificationKey) -> Endpoint<NotificationJson> {
        let wanted = key.uuid.clone();
        held(listing(&key.owner), &key.owner)
            .describe(format!("read {}", key.said()))
            .pick("there is no such notification", move |found| found.into_iter().find(|item| item.uuid == wanted))
    }

    fn list(key: &NotificationKey) -> Listing<NotificationJson> {
        list(&key.owner)
    }
}

fn about<T: 'static>(endpoint: Endpoint<T>, owner: &Owner, action: String) -> Endpoint<T> {
    let endpoint = endpoint.describe(action).requires_scope(owner.scope());
    match owner.ability() {
        Some(ability) => endpoint.ability(ability),
        None => endpoint,
    }
}

/// About something that may be gone with its owner.
fn held<T: 'static>(endpoint: Endpoint<T>, owner: &Owner) -> Endpoint<T> {
    match owner.namespace() {
        Some(namespace) => endpoint.held_by(namespace),
        None => endpoint,
    }
}

fn listing(owner: &Owner) -> Endpoint<Vec<NotificationJson>> {
    let endpoint = Endpoint::get(owner.routes()[0], &owner.names()).within("/notifications");
    about(endpoint, owner, format!("list the notifications of {}", owner.said()))
}

/// All notifications of one owner.
pub fn list(owner: &Owner) -> Listing<NotificationJson> {
    Listing::whole(listing(owner))
}

/// One notification, by a request of its own; of a repository's, also one of another repository.
pub fn get(key: &NotificationKey) -> Endpoint<NotificationJson> {
    let endpoint = Endpoint::get(key.owner.routes()[1], &key.names());
    let wanted = key.uuid.clone();
    held(about(endpoint, &key.owner, format!("read {}", key.said())), &key.owner)
        .identified(move |found: &NotificationJson| found.uuid == wanted)
}

/// Creates a notification. Equal ones may be there, so a lost answer is looked for among those that are new.
pub fn create(owner: &Owner, new: &NewNotification) -> Endpoint<NotificationJson> {
    let body = json!({
        "title": new.title, "event": new.event, "method": new.method, "config": new.config, "eventConfig": new.event_config,
    });
    let (wanted, event) = (new.clone(), new.event.clone());
    let endpoint = Endpoint::post(owner.routes()[0], &owner.names()).json(&body);
    let endpoint = new.secrets.iter().fold(endpoint, |endpoint, secret| endpoint.hiding(secret));
    about(endpoint, owner, format!("create a notification of {}", owner.said()))
        .invalidates::<Notifications>(owner.said())
        .identified(move |made: &NotificationJson| made.event == event)
        .repetition(Repetition::compared(
            format!("notifications of {}", owner.said()),
            list(owner),
            |item| item.uuid.clone(),
            move |found: NotificationJson| wanted.describes(&found).then_some(found),
            |made| made.uuid.clone(),
        ))
}

fn about_one(endpoint: Endpoint<()>, key: &NotificationKey, verb: &str) -> Endpoint<()> {
    let endpoint = about(endpoint, &key.owner, format!("{verb} {}", key.said()));
    match key.owner {
        Owner::Repository(_) => endpoint.not_found_when(UNKNOWN),
        // These say 404.
        _ => endpoint,
    }
}

/// Deletes a notification.
pub fn delete(key: &NotificationKey) -> Endpoint<()> {
    let endpoint = Endpoint::delete(key.owner.routes()[1], &key.names());
    held(about_one(endpoint, key, "delete"), &key.owner).invalidates::<Notifications>(key.owner.said()).no_content()
}

/// Forgets its failures; Quay stops telling after some.
pub fn reset(key: &NotificationKey) -> Endpoint<()> {
    let endpoint = Endpoint::<()>::post(key.owner.routes()[1], &key.names());
    about_one(endpoint, key, "reset the failures of")
        .invalidates::<Notifications>(key.owner.said())
        .repetition(Repetition::IDEMPOTENT)
        .no_content()
}

/// Sends one for a trial, in the background.
pub fn test(key: &NotificationKey) -> Endpoint<()> {
    let endpoint = Endpoint::<()>::post(key.owner.routes()[2], &key.names());
    about_one(endpoint, key, "test").acknowledged(Acknowledgement::Object(&[]))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use registry_http::Answer;

    fn key() -> NotificationKey {
        let repository = RepositoryKey { namespace: "acme".to_owned(), name: "team/app".to_owned() };
        NotificationKey { owner: Owner::Repository(repository), uuid: "u".to_owned() }
    }

    #[test]
    fn event_config_has_two_names() {
        let new = NewNotification {
            title: String::new(),
            event: "repo_push".to_owned(),
            method: "slack",
            config: json!({ "url": "https://hooks.example.com/x" }),
            event_config: json!({ "days": 5 }),
            secrets: Vec::new(),
        };
        let endpoint = create(&key().owner, &new);
        assert_eq!(endpoint.path(), Ok("repository/acme/team/app/notification/"));
        assert_eq!(endpoint.body().unwrap()["eventConfig"], json!({ "days": 5 }));
        let shown = json!({ "uuid": "u", "title": null, "event": "repo_push", "method": "slack",
            "config": { "url": "https://hooks.example.com/x" }, "event_config": { "days": 5 }, "number_of_failures": 0 });
        assert!(new.describes(&serde_json::from_value(shown).unwrap()));
    }

    #[test]
    fn a_single_read_is_one_of_the_list_and_does_not_find_others() {
        let answer = Answer::new(200, "application/json", r#"{"notifications": []}"#);
        assert!(Notifications::single(&key()).decode(&answer).is_err());
        assert_eq!(Notifications::single(&key()).path(), Ok("repository/acme/team/app/notification/"));
    }
}
