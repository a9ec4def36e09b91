//! `quay_repository_immutability_policy`: which tags of a repository cannot be changed.
//!
//! Endpoints: `repository/{repository}/immutabilitypolicy/...`; see [`crate::api::policies`].

use async_trait::async_trait;
use terraform_framework::{Computed, Context, Flatten, Found, List, Model, Report, Resource, Result};

use super::immutability::{self, Immutable};
use super::policy;
use crate::api::keys::RepositoryKey;
use crate::api::policies::{ImmutabilityJson, Place, PolicyKey};
use crate::client::Quay;
use crate::{features, names};

/// Manages an immutability policy of a repository: tags that match a pattern cannot be changed.
///
/// Immutable tags cannot be moved, deleted or given an expiration; they do not keep a repository or an organization from being deleted. A new
/// or changed policy makes all tags immutable that it is about. Destroying a policy leaves immutable what it has made so. Tags that expire
/// cannot be made immutable: such a policy is refused. Needs Quay 3.17 or newer with FEATURE_IMMUTABLE_TAGS.
///
/// Scope: `repo:admin`.
#[derive(Debug, Clone, Model)]
#[model(
    type = "quay_repository_immutability_policy",
    id = "{namespace}/{repository*}/{uuid}",
    identity(namespace, repository, uuid),
    subcategory = "Policies"
)]
pub struct RepositoryImmutabilityPolicy {
    /// Organization or user that owns the repository. A change replaces the policy.
    #[attribute(required, requires_replace, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace. A change replaces the policy.
    #[attribute(required, requires_replace, check = names::repository())]
    repository: String,
    /// Which tags.
    #[attribute(optional)]
    immutable: Flatten<Immutable>,
    /// UUID of the policy.
    #[computed(use_state_for_unknown)]
    uuid: Computed<String>,
}

#[async_trait]
impl Resource for RepositoryImmutabilityPolicy {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let uuid = immutability::create(cx, TYPE, &plan.place(), &plan.immutable.0).await?;
        Ok(Self { uuid: Computed::from(uuid), ..plan })
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let found = immutability::read(cx, &state.key()?).await?;
        Ok(found.map(|immutable| Self { immutable: Flatten(immutable), ..state }))
    }

    async fn update(cx: &mut Context<Quay>, state: Self, plan: Self) -> Result<Self> {
        immutability::update(cx, &state.key()?, &plan.immutable.0).await?;
        Ok(Self { uuid: state.uuid, ..plan })
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        policy::delete::<ImmutabilityJson>(cx, &state.key()?).await
    }

    async fn preflight(cx: &mut Context<Quay>, _: RepositoryImmutabilityPolicyView, report: &mut Report) {
        cx.expect(&features::IMMUTABILITY, report).await;
    }
}

const TYPE: &str = "quay_repository_immutability_policy";

impl RepositoryImmutabilityPolicy {
    fn place(&self) -> Place {
        Place::Repository(RepositoryKey { namespace: self.namespace.clone(), name: self.repository.clone() })
    }

    fn key(&self) -> Result<PolicyKey> {
        Ok(PolicyKey { place: self.place(), uuid: self.uuid.get()?.clone() })
    }
}

#[async_trait]
impl List for RepositoryImmutabilityPolicy {
    type Query = RepositoryImmutabilityPolicyQuery;

    async fn list(
        cx: &mut Context<Quay>,
        query: RepositoryImmutabilityPolicyQuery,
        found: &mut Found<Self>,
    ) -> Result<()> {
        let RepositoryImmutabilityPolicyQuery { namespace, repository } = query;
        let place = Place::Repository(RepositoryKey { namespace: namespace.clone(), name: repository.clone() });
        for json in policy::list::<ImmutabilityJson>(cx, &place).await? {
            let immutable = Flatten(Immutable::of(&json));
            let (namespace, repository) = (namespace.clone(), repository.clone());
            let policy = Self { namespace, repository, immutable, uuid: Computed::from(json.uuid) };
            if !found.push(&policy).await {
                break;
            }
        }
        Ok(())
    }
}

/// Finds the immutability policies of a repository.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_repository_immutability_policy")]
pub struct RepositoryImmutabilityPolicyQuery {
    /// Organization or user that owns the repository.
    #[attribute(required, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace.
    #[attribute(required, check = names::repository())]
    repository: String,
}
