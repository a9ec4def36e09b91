//! `quay_repository_auto_prune_policy`: which tags the server deletes in a repository.
//!
//! Endpoints: `repository/{repository}/autoprunepolicy/...`; see [`crate::api::policies`].

use async_trait::async_trait;
use terraform_framework::{Computed, Context, Flatten, Found, List, Model, Report, Resource, Result};

use super::auto_prune::{self, Pruning};
use super::policy;
use crate::api::keys::RepositoryKey;
use crate::api::policies::{AutoPruneJson, Place, PolicyKey};
use crate::client::Quay;
use crate::names;

/// Manages an auto-prune policy of a repository: by it the server deletes old tags of the repository.
///
/// A repository may have several policies, but no two that are alike; those of its namespace hold too. The server prunes in the background.
/// Needs Quay 3.11 or newer with FEATURE_AUTO_PRUNE; before 3.13, Quay takes only one policy, without a tag pattern.
///
/// Scope: `repo:admin`.
#[derive(Debug, Clone, Model)]
#[model(
    type = "quay_repository_auto_prune_policy",
    id = "{namespace}/{repository*}/{uuid}",
    identity(namespace, repository, uuid),
    subcategory = "Policies"
)]
pub struct RepositoryAutoPrunePolicy {
    /// Organization or user that owns the repository. A change replaces the policy.
    #[attribute(required, requires_replace, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace. A change replaces the policy.
    #[attribute(required, requires_replace, check = names::repository())]
    repository: String,
    /// Which tags go.
    #[attribute(optional)]
    pruning: Flatten<Pruning>,
    /// UUID of the policy.
    #[computed(use_state_for_unknown)]
    uuid: Computed<String>,
}

#[async_trait]
impl Resource for RepositoryAutoPrunePolicy {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let uuid = auto_prune::create(cx, TYPE, &plan.place(), &plan.pruning.0).await?;
        Ok(Self { uuid: Computed::from(uuid), ..plan })
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let found = auto_prune::read(cx, &state.key()?).await?;
        Ok(found.map(|pruning| Self { pruning: Flatten(pruning), ..state }))
    }

    async fn update(cx: &mut Context<Quay>, state: Self, plan: Self) -> Result<Self> {
        auto_prune::update(cx, &state.key()?, &plan.pruning.0).await?;
        Ok(Self { uuid: state.uuid, ..plan })
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        policy::delete::<AutoPruneJson>(cx, &state.key()?).await
    }

    fn validate(config: &RepositoryAutoPrunePolicyView, report: &mut Report) {
        Pruning::validate(&config.pruning, report);
    }

    async fn preflight(cx: &mut Context<Quay>, plan: RepositoryAutoPrunePolicyView, report: &mut Report) {
        let place = Place::Repository(RepositoryKey { namespace: String::new(), name: String::new() });
        auto_prune::preflight(cx, &place, &plan.pruning, report).await;
    }
}

const TYPE: &str = "quay_repository_auto_prune_policy";

impl RepositoryAutoPrunePolicy {
    fn place(&self) -> Place {
        Place::Repository(RepositoryKey { namespace: self.namespace.clone(), name: self.repository.clone() })
    }

    fn key(&self) -> Result<PolicyKey> {
        Ok(PolicyKey { place: self.place(), uuid: self.uuid.get()?.clone() })
    }
}

#[async_trait]
impl List for RepositoryAutoPrunePolicy {
    type Query = RepositoryAutoPrunePolicyQuery;

    async fn list(
        cx: &mut Context<Quay>,
        query: RepositoryAutoPrunePolicyQuery,
        found: &mut Found<Self>,
    ) -> Result<()> {
        let RepositoryAutoPrunePolicyQuery { namespace, repository } = query;
        let place = Place::Repository(RepositoryKey { namespace: namespace.clone(), name: repository.clone() });
        for json in policy::list::<AutoPruneJson>(cx, &place).await? {
            let pruning = Flatten(Pruning::of(&json));
            let (namespace, repository) = (namespace.clone(), repository.clone());
            let policy = Self { namespace, repository, pruning, uuid: Computed::from(json.uuid) };
            if !found.push(&policy).await {
                break;
            }
        }
        Ok(())
    }
}

/// Finds the auto-prune policies of a repository.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_repository_auto_prune_policy")]
pub struct RepositoryAutoPrunePolicyQuery {
    /// Organization or user that owns the repository.
    #[attribute(required, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace.
    #[attribute(required, check = names::repository())]
    repository: String,
}
