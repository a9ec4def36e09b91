//! `quay_user_quota`: how much the repositories of a user may hold.
//!
//! Endpoints: `superuser/users/{user}/quota...`, and for limits `organization/{user}/quota/{quota}/limit...`; read from the list of users;
//! see [`crate::api::quotas`].

use std::collections::BTreeSet;

use async_trait::async_trait;
use registry_service::size::Size;
use terraform_framework::value::ValueSet;
use terraform_framework::{Computed, Context, Error, Found, List, Model, ModifyPlan, Report, Resource, Result, check};

use super::quota::{self, Amount, Quota, QuotaLimit, not_nothing, own_of};
use crate::api::quota_types::QuotaJson;
use crate::api::quotas::Holder;
use crate::api::users::{self, Users};
use crate::client::Quay;
use crate::{features, names};

/// Manages the quota of a user: how much the repositories of the user's own namespace may hold, and what happens on the way there.
///
/// A user has at most one quota of its own. Without one, the registry's default counts (DEFAULT_SYSTEM_REJECT_QUOTA_BYTES), which is not
/// managed here, and never taken over.
///
/// Scope: `super:user`, of a superuser. The server needs FEATURE_QUOTA_MANAGEMENT, FEATURE_EDIT_QUOTA,
/// FEATURE_SUPER_USERS and, for `limits`, FEATURE_SUPERUSERS_FULL_ACCESS.
#[derive(Debug, Clone, Model)]
#[model(
    type = "quay_user_quota",
    id = "{user}",
    identity(user),
    exactly_one_of(limit, limit_bytes),
    subcategory = "Quotas"
)]
pub struct UserQuota {
    /// Name of the user. A change replaces the quota.
    #[attribute(required, requires_replace, check = names::user())]
    user: String,
    /// The quota as a whole number with a unit: `10 GiB`, `500 MB`. Exactly one of `limit` and `limit_bytes` must be set; the other one
    /// shows the same size.
    #[attribute(optional, computed, check = not_nothing())]
    limit: Computed<Size>,
    /// The quota in bytes.
    #[attribute(optional, computed, check = check::between(1, i64::MAX))]
    limit_bytes: Computed<i64>,
    /// What happens at parts of the quota; none by default. Several of each type are possible.
    #[attribute(optional, default = ValueSet::default())]
    limits: BTreeSet<QuotaLimit>,
}

impl Quota for UserQuota {
    fn holder(&self) -> Holder {
        Holder::User(self.user.clone())
    }

    fn amount(&self) -> Amount {
        Amount { limit: self.limit.clone(), limit_bytes: self.limit_bytes.clone(), limits: self.limits.clone() }
    }

    fn with(&self, Amount { limit, limit_bytes, limits }: Amount) -> Self {
        Self { user: self.user.clone(), limit, limit_bytes, limits }
    }
}

#[async_trait]
impl Resource for UserQuota {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        // Quay takes organizations here too, and fails (500) for a name that is nobody's.
        if !cx.is_user(&plan.user).await? {
            let detail = "Check its name. For an organization there is the resource quay_org_quota.";
            return Err(Error::new(format!("There is no user {}", plan.user), detail).at("user"));
        }
        quota::create(cx, plan).await
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let Some(view) = cx.read::<Users>(&state.user).await? else { return Ok(None) };
        let found = match view.quotas.as_deref().and_then(own_of) {
            Some(quota) => Some(quota),
            // A view without a quota may be that of a server that manages none any more: that is not gone, and this request tells.
            None => quota::find(cx, &state.holder()).await?,
        };
        Ok(found.map(|found| state.seen(&found)))
    }

    async fn update(cx: &mut Context<Quay>, _: Self, plan: Self) -> Result<Self> {
        quota::update(cx, plan).await
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        quota::delete(cx, &state.holder()).await
    }

    fn plan(planning: &mut ModifyPlan<UserQuotaView>) {
        let Some(config) = planning.config.clone() else { return };
        let known = planning.state.as_ref().and_then(|state| state.limit.known().cloned());
        quota::plan(planning, &config.limit, &config.limit_bytes, known);
    }

    async fn preflight(cx: &mut Context<Quay>, _plan: UserQuotaView, report: &mut Report) {
        cx.expect(&features::QUOTAS, report).await;
    }
}

impl UserQuota {
    fn of(user: String, json: &QuotaJson) -> Self {
        let empty = Self { user, limit: Computed::UNSET, limit_bytes: Computed::UNSET, limits: BTreeSet::new() };
        empty.seen(json)
    }
}

#[async_trait]
impl List for UserQuota {
    type Query = UserQuotaQuery;

    async fn list(cx: &mut Context<Quay>, _: UserQuotaQuery, found: &mut Found<Self>) -> Result<()> {
        let mut any = false;
        for json in cx.list(users::list()).await? {
            let Some(quota) = json.quotas.as_deref().and_then(own_of) else { continue };
            any = true;
            if !found.push(&Self::of(json.username, &quota)).await {
                break;
            }
        }
        if !any {
            // A server that manages no quotas shows none, and is not to be taken for one that has none.
            cx.require(&features::QUOTAS).await?;
        }
        Ok(())
    }
}

/// Finds the users that have a quota of their own, with a superuser's token that has the scope `super:user`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_user_quota")]
pub struct UserQuotaQuery {}
