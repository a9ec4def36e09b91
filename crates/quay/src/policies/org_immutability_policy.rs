//! `quay_org_immutability_policy`: which tags cannot be changed in all repositories of an organization.
//!
//! Endpoints: `organization/{organization}/immutabilitypolicy/...`; see [`crate::api::policies`].

use async_trait::async_trait;
use terraform_framework::{Computed, Context, Flatten, Found, List, Model, Report, Resource, Result};

use super::immutability::{self, Immutable};
use super::policy;
use crate::api::policies::{ImmutabilityJson, Place, PolicyKey};
use crate::client::Quay;
use crate::{features, names};

/// Manages an immutability policy of an organization: tags of its repositories that match a pattern cannot be changed.
///
/// Immutable tags cannot be moved, deleted or given an expiration; they do not keep a repository or an organization from being deleted. A new
/// or changed policy makes all tags immutable that it is about. Destroying a policy leaves immutable what it has made so. Tags that expire
/// cannot be made immutable: such a policy is refused, and so is any in an organization that is a mirror (`quay_org_mirror`). Needs Quay 3.17 or
/// newer with FEATURE_IMMUTABLE_TAGS.
///
/// Scope: `org:admin`.
#[derive(Debug, Clone, Model)]
#[model(
    type = "quay_org_immutability_policy",
    id = "{organization}/{uuid}",
    identity(organization, uuid),
    subcategory = "Policies"
)]
pub struct OrgImmutabilityPolicy {
    /// Organization whose tags become immutable. A change replaces the policy.
    #[attribute(required, requires_replace, check = names::namespace())]
    organization: String,
    /// Which tags.
    #[attribute(optional)]
    immutable: Flatten<Immutable>,
    /// UUID of the policy.
    #[computed(use_state_for_unknown)]
    uuid: Computed<String>,
}

#[async_trait]
impl Resource for OrgImmutabilityPolicy {
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

    async fn preflight(cx: &mut Context<Quay>, _: OrgImmutabilityPolicyView, report: &mut Report) {
        cx.expect(&features::IMMUTABILITY, report).await;
    }
}

const TYPE: &str = "quay_org_immutability_policy";

impl OrgImmutabilityPolicy {
    fn place(&self) -> Place {
        Place::Organization(self.organization.clone())
    }

    fn key(&self) -> Result<PolicyKey> {
        Ok(PolicyKey { place: self.place(), uuid: self.uuid.get()?.clone() })
    }
}

#[async_trait]
impl List for OrgImmutabilityPolicy {
    type Query = OrgImmutabilityPolicyQuery;

    async fn list(cx: &mut Context<Quay>, query: OrgImmutabilityPolicyQuery, found: &mut Found<Self>) -> Result<()> {
        let organization = query.organization;
        for json in policy::list::<ImmutabilityJson>(cx, &Place::Organization(organization.clone())).await? {
            let immutable = Flatten(Immutable::of(&json));
            let policy = Self { organization: organization.clone(), immutable, uuid: Computed::from(json.uuid) };
            if !found.push(&policy).await {
                break;
            }
        }
        Ok(())
    }
}

/// Finds the immutability policies of an organization.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_org_immutability_policy")]
pub struct OrgImmutabilityPolicyQuery {
    /// The organization.
    #[attribute(required, check = names::namespace())]
    organization: String,
}
