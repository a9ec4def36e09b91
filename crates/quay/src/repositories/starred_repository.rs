//! `quay_starred_repository`: stars of the token's own user.
//!
//! Endpoints: `user/starred` and `user/starred/{repository}`; see [`crate::api::stars`].

use async_trait::async_trait;
use registry_service::exists_already;
use terraform_framework::{Computed, Context, Error, Found, List, Model, Resource, Result};

use crate::api::keys::RepositoryKey;
use crate::api::stars::{self, Stars};
use crate::client::Quay;
use crate::client::lookup::no_repository;
use crate::names;

/// Marks a repository with a star of the token's own user: Quay's web pages show repositories with a star first.
///
/// A star is its user's alone: nobody else sees it, and it changes nothing about the repository. With a token of another user than the one
/// whose star it is, reading is an error, and the star does not count as gone. When the repository is deleted, its stars go with it.
///
/// Scope: `user:admin`.
#[derive(Debug, Clone, Model)]
#[model(
    type = "quay_starred_repository",
    id = "{namespace}/{repository*}",
    identity(namespace, repository),
    subcategory = "Repositories"
)]
pub struct StarredRepository {
    /// Organization or user that owns the repository. A change moves the star.
    #[attribute(required, requires_replace, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace. A change moves the star.
    #[attribute(required, requires_replace, check = names::repository())]
    repository: String,
    /// The user whose star it is.
    #[computed(use_state_for_unknown)]
    user: Computed<String>,
}

#[async_trait]
impl Resource for StarredRepository {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let key = plan.key();
        let user = cx.authenticated_user().await?;
        let name = key.full_name();
        let lock = cx.lock(&format!("star of {name}"));
        let _alone = lock.lock().await;
        if is_there(cx, &key).await? {
            return Err(exists_already("quay_starred_repository", &format!("star of repository {name}"), &name));
        }
        cx.find(stars::add(&key)).await?.ok_or_else(|| no_repository(&key))?;
        Ok(Self { user: Computed::from(user), ..plan })
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let user = state.refuse_others(cx).await?;
        let key = state.key();
        let there = cx.read::<Stars>(&key).await?.is_some() || is_there(cx, &key).await?;
        Ok(there.then(|| Self { user: Computed::from(user), ..state }))
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        state.refuse_others(cx).await?;
        cx.delete(stars::remove(&state.key())).await?;
        Ok(())
    }
}

/// Whether the token's own user has marked it, from all pages.
async fn is_there(cx: &Context<Quay>, key: &RepositoryKey) -> Result<bool> {
    let mut pages = cx.pages(stars::list());
    while let Some(page) = pages.next().await? {
        if page.iter().any(|star| star.key() == *key) {
            return Ok(true);
        }
    }
    Ok(false)
}

impl StarredRepository {
    /// The token's own user, who is the one whose star it is. To another user's token it would seem gone, and destroyed at once.
    async fn refuse_others(&self, cx: &Quay) -> Result<String> {
        let user = cx.authenticated_user().await?;
        let Some(owner) = self.user.known().filter(|owner| **owner != user) else { return Ok(user) };
        let name = self.key().full_name();
        let detail = format!(
            "The token that the provider uses is {user}'s, and Quay shows a user's stars to that user alone. Use a token of {owner}. \
             Nothing was removed from the state."
        );
        Err(Error::new(format!("The star of repository {name} belongs to user {owner}"), detail))
    }

    fn key(&self) -> RepositoryKey {
        RepositoryKey { namespace: self.namespace.clone(), name: self.repository.clone() }
    }
}

#[async_trait]
impl List for StarredRepository {
    type Query = StarredRepositoryQuery;

    async fn list(cx: &mut Context<Quay>, _: StarredRepositoryQuery, found: &mut Found<Self>) -> Result<()> {
        let user = cx.authenticated_user().await?;
        let mut pages = cx.pages(stars::list());
        while let Some(page) = pages.next().await? {
            for json in page {
                let star = StarredRepository {
                    namespace: json.namespace,
                    repository: json.name,
                    user: Computed::from(user.clone()),
                };
                if !found.push(&star).await {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// Finds the stars of the token's own user.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_starred_repository")]
pub struct StarredRepositoryQuery {}
