//! `quay_user_auto_prune_policy`: which tags the server deletes in all repositories of the token's own user.
//!
//! Endpoints: `user/autoprunepolicy/...`; see [`crate::api::policies`].

use async_trait::async_trait;
use terraform_framework::{Computed, Context, Flatten, Found, List, Model, Report, Resource, Result};

use super::auto_prune::{self, Pruning};
use super::policy;
use crate::api::policies::{AutoPruneJson, Place, PolicyKey};
use crate::client::Quay;
use crate::names;

/// Manages an auto-prune policy of the token's own user: by it the server deletes old tags in all repositories of the user.
///
/// Quay offers no access to policies of other users. A user may have several policies, but no two that are alike. The server prunes in the
/// background. Needs Quay 3.10 or newer with FEATURE_AUTO_PRUNE; before 3.13, Quay takes only one policy, without a tag pattern.
///
/// Scope: `user:admin`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_user_auto_prune_policy", id = "{user}/{uuid}", identity(user, uuid), subcategory = "Policies")]
pub struct UserAutoPrunePolicy {
    /// Name of the token's own user, whose repositories are pruned. A change replaces the policy.
    #[attribute(required, requires_replace, check = names::user())]
    user: String,
    /// Which tags go.
    #[attribute(optional)]
    pruning: Flatten<Pruning>,
    /// UUID of the policy.
    #[computed(use_state_for_unknown)]
    uuid: Computed<String>,
}

#[async_trait]
impl Resource for UserAutoPrunePolicy {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let uuid = auto_prune::create(cx, TYPE, &plan.place(cx).await?, &plan.pruning.0).await?;
        Ok(Self { uuid: Computed::from(uuid), ..plan })
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let found = auto_prune::read(cx, &state.key(cx).await?).await?;
        Ok(found.map(|pruning| Self { pruning: Flatten(pruning), ..state }))
    }

    async fn update(cx: &mut Context<Quay>, state: Self, plan: Self) -> Result<Self> {
        auto_prune::update(cx, &state.key(cx).await?, &plan.pruning.0).await?;
        Ok(Self { uuid: state.uuid, ..plan })
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        policy::delete::<AutoPruneJson>(cx, &state.key(cx).await?).await
    }

    fn validate(config: &UserAutoPrunePolicyView, report: &mut Report) {
        Pruning::validate(&config.pruning, report);
    }

    async fn preflight(cx: &mut Context<Quay>, plan: UserAutoPrunePolicyView, report: &mut Report) {
        auto_prune::preflight(cx, &Place::User(String::new()), &plan.pruning, report).await;
    }
}

const TYPE: &str = "quay_user_auto_prune_policy";

impl UserAutoPrunePolicy {
    async fn place(&self, cx: &Quay) -> Result<Place> {
        policy::own(cx, &self.user).await
    }

    async fn key(&self, cx: &Quay) -> Result<PolicyKey> {
        Ok(PolicyKey { place: self.place(cx).await?, uuid: self.uuid.get()?.clone() })
    }
}

#[async_trait]
impl List for UserAutoPrunePolicy {
    type Query = UserAutoPrunePolicyQuery;

    async fn list(cx: &mut Context<Quay>, query: UserAutoPrunePolicyQuery, found: &mut Found<Self>) -> Result<()> {
        let place = policy::own(cx, &query.user).await?;
        for json in policy::list::<AutoPruneJson>(cx, &place).await? {
            let pruning = Flatten(Pruning::of(&json));
            let policy = Self { user: query.user.clone(), pruning, uuid: Computed::from(json.uuid) };
            if !found.push(&policy).await {
                break;
            }
        }
        Ok(())
    }
}

/// Finds the auto-prune policies of the token's own user.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_user_auto_prune_policy")]
pub struct UserAutoPrunePolicyQuery {
    /// Name of the token's own user.
    #[attribute(required, check = names::user())]
    user: String,
}
