//! `quay_org_auto_prune_policy`: which tags the server deletes in all repositories of an organization.
//!
//! Endpoints: `organization/{organization}/autoprunepolicy/...`; see [`crate::api::policies`].

use async_trait::async_trait;
use terraform_framework::{Computed, Context, Flatten, Found, List, Model, Report, Resource, Result};

use super::auto_prune::{self, Pruning};
use super::policy;
use crate::api::policies::{AutoPruneJson, Place, PolicyKey};
use crate::client::Quay;
use crate::names;

/// Manages an auto-prune policy of an organization: by it the server deletes old tags in all repositories of the organization.
///
/// An organization may have several policies, but no two that are alike. The server prunes in the background. Needs Quay 3.10 or newer
/// with FEATURE_AUTO_PRUNE; before 3.13, Quay takes only one policy, without a tag pattern.
///
/// Scope: `org:admin`.
#[derive(Debug, Clone, Model)]
#[model(
    type = "quay_org_auto_prune_policy",
    id = "{organization}/{uuid}",
    identity(organization, uuid),
    subcategory = "Policies"
)]
pub struct OrgAutoPrunePolicy {
    /// Organization whose repositories are pruned. A change replaces the policy.
    #[attribute(required, requires_replace, check = names::namespace())]
    organization: String,
    /// Which tags go.
    #[attribute(optional)]
    pruning: Flatten<Pruning>,
    /// UUID of the policy.
    #[computed(use_state_for_unknown)]
    uuid: Computed<String>,
}

#[async_trait]
impl Resource for OrgAutoPrunePolicy {
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

    fn validate(config: &OrgAutoPrunePolicyView, report: &mut Report) {
        Pruning::validate(&config.pruning, report);
    }

    async fn preflight(cx: &mut Context<Quay>, plan: OrgAutoPrunePolicyView, report: &mut Report) {
        auto_prune::preflight(cx, &Place::Organization(String::new()), &plan.pruning, report).await;
    }
}

const TYPE: &str = "quay_org_auto_prune_policy";

impl OrgAutoPrunePolicy {
    fn place(&self) -> Place {
        Place::Organization(self.organization.clone())
    }

    fn key(&self) -> Result<PolicyKey> {
        Ok(PolicyKey { place: self.place(), uuid: self.uuid.get()?.clone() })
    }
}

#[async_trait]
impl List for OrgAutoPrunePolicy {
    type Query = OrgAutoPrunePolicyQuery;

    async fn list(cx: &mut Context<Quay>, query: OrgAutoPrunePolicyQuery, found: &mut Found<Self>) -> Result<()> {
        let organization = query.organization;
        for json in policy::list::<AutoPruneJson>(cx, &Place::Organization(organization.clone())).await? {
            let pruning = Flatten(Pruning::of(&json));
            let policy = Self { organization: organization.clone(), pruning, uuid: Computed::from(json.uuid) };
            if !found.push(&policy).await {
                break;
            }
        }
        Ok(())
    }
}

/// Finds the auto-prune policies of an organization.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_org_auto_prune_policy")]
pub struct OrgAutoPrunePolicyQuery {
    /// The organization.
    #[attribute(required, check = names::namespace())]
    organization: String,
}
