//! Which notification an action is about: one of a repository, of an organization, or of the token's own user.

use registry_http::Collection;
use terraform_framework::{Context, Error, Result};

use crate::api::keys::RepositoryKey;
use crate::api::notifications::{self, NotificationJson, NotificationKey, Notifications, Owner};
use crate::client::Quay;

/// Names the notification of a repository, of an organization, or, with neither, of the token's own user.
pub(super) fn key(
    namespace: Option<String>,
    repository: Option<String>,
    organization: Option<String>,
    uuid: String,
) -> NotificationKey {
    let owner = match (namespace, repository, organization) {
        (Some(namespace), Some(name), _) => Owner::Repository(RepositoryKey { namespace, name }),
        (_, _, Some(organization)) => Owner::Organization(organization),
        _ => Owner::User,
    };
    NotificationKey { owner, uuid }
}

/// What happens, and how it is told: nothing secret.
pub(super) fn told(found: &NotificationJson) -> String {
    format!("{} by {}", found.event, found.method)
}

/// The notification. By a request of its own Quay shows another repository's too, so the repository's list is looked through.
pub(super) async fn find(cx: &Context<Quay>, key: &NotificationKey) -> Result<NotificationJson> {
    let endpoint = match key.owner {
        Owner::Repository(_) => Notifications::single(key),
        Owner::Organization(_) | Owner::User => notifications::get(key),
    };
    cx.find(endpoint).await?.ok_or_else(|| unknown(key))
}

/// There is no such notification.
pub(super) fn unknown(key: &NotificationKey) -> Error {
    let detail = "Check its UUID, and what it belongs to.";
    Error::new(format!("There is no notification {} of {}", key.uuid, key.owner.said()), detail).at("uuid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_says_whose_it_is() {
        let some = |text: &str| Some(text.to_owned());
        let repository = key(some("acme"), some("app"), None, "u".to_owned());
        assert_eq!(repository.owner.said(), "repository acme/app");
        assert_eq!(key(None, None, some("acme"), "u".to_owned()).owner, Owner::Organization("acme".to_owned()));
        assert_eq!(key(None, None, None, "u".to_owned()).owner, Owner::User);
    }
}
