//! What names stand for, asked where another answer leaves it open.

use registry_http::Kind;
use terraform_framework::{Error, Result};

use super::Quay;
use crate::api::keys::RepositoryKey;
use crate::api::repositories;
use crate::api::{namespaces, robots, user};

impl Quay {
    /// True when neither an organization nor a user has this name.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub(crate) async fn namespace_missing(&self, name: &str) -> registry_http::Result<bool> {
        namespaces::namespace_missing(self, name).await
    }

    /// Refuses a token that is no good, where that cannot be told from what was read: Quay shows a bad token what it shows nobody, and
    /// where nothing is public that is an empty list. The robots are shown to nobody: a bad token gets a 401 for them, and one that
    /// may only not see them a 403.
    ///
    /// # Errors
    /// When the server does not accept the token.
    pub(crate) async fn refuse_anonymous(&self, namespace: &str) -> Result<()> {
        let namespace = self.namespace(namespace).await?;
        match self.list(robots::list_without_tokens(&namespace)).await {
            Err(error) if error.kind() == Kind::Unauthenticated => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Refuses a namespace that is not there: its lists are empty, like those of one that has nothing.
    ///
    /// # Errors
    /// When there is no such namespace, or the server cannot be asked.
    pub(crate) async fn ensure_namespace(&self, namespace: &str) -> Result<()> {
        if !self.namespace_missing(namespace).await? {
            return Ok(());
        }
        let detail = format!("{} has neither an organization nor a user named {namespace:?}.", self.url());
        Err(Error::new("Unknown namespace", detail).at("namespace"))
    }

    /// Refuses a repository that is not there: its lists are empty, like those of one that has nothing.
    ///
    /// # Errors
    /// When there is no such repository, or the server cannot be asked.
    pub(crate) async fn ensure_repository(&self, key: &RepositoryKey) -> Result<()> {
        match self.find(repositories::get(key)).await? {
            Some(_) => Ok(()),
            None => Err(no_repository(key)),
        }
    }

    /// True when a user has this name.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub(crate) async fn is_user(&self, name: &str) -> registry_http::Result<bool> {
        Ok(self.find(namespaces::user(name)).await?.is_some())
    }

    /// The name of the token's own user, where that must be known.
    ///
    /// # Errors
    /// When the token does not show it.
    pub(crate) async fn authenticated_user(&self) -> Result<String> {
        if let Some(name) = self.user().await? {
            return Ok(name.to_owned());
        }
        // Asked once more, for the server's own words.
        let asked = self.send(user::current()).await.map(|user| user.username);
        let hint = "The provider must know whose token it has, to leave alone what is another user's, and the right that it works with.";
        asked.map_err(|error| Error::from(error).with_hint(hint))
    }
}

/// The error for what is to be made in a repository that is not there.
pub(crate) fn no_repository(key: &RepositoryKey) -> Error {
    let detail = "Create it first, for example with quay_repository, and refer to its `name` here, so that Terraform keeps the order.";
    Error::new(format!("There is no repository {}", key.full_name()), detail).at("repository")
}
