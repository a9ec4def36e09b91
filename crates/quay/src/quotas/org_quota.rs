//! `quay_org_quota`: how much the repositories of an organization may hold.
//!
//! Endpoints: `organization/{organization}/quota...` to write, and `superuser/organization/{organization}/quota...` where that is
//! refused; read from the organization's view, or, several of them, from the list of all organizations; see [`crate::api::quotas`].

use std::collections::BTreeSet;

use async_trait::async_trait;
use registry_http::Kind;
use registry_service::size::Size;
use terraform_framework::value::ValueSet;
use terraform_framework::{Computed, Context, Found, List, Model, ModifyPlan, Report, Resource, Result, check};

use super::quota::{self, Amount, Quota, QuotaLimit, not_nothing, own_of};
use crate::api::organizations::{self, OrganizationQuotas, Organizations};
use crate::api::quota_types::QuotaJson;
use crate::api::quotas::Holder;
use crate::client::Quay;
use crate::{features, names};

/// Manages the quota of an organization: how much its repositories may hold, and what happens on the way there.
///
/// An organization has at most one quota of its own. Without one, the registry's default counts (DEFAULT_SYSTEM_REJECT_QUOTA_BYTES), which
/// is not managed here, and never taken over: the data source `quay_org_quota` shows it.
///
/// Scope: `super:user`, of a superuser. The server needs FEATURE_QUOTA_MANAGEMENT, FEATURE_EDIT_QUOTA and
/// FEATURE_SUPER_USERS; for `limits`, since Quay 3.16, FEATURE_SUPERUSERS_FULL_ACCESS too.
#[derive(Debug, Clone, Model)]
#[model(
    type = "quay_org_quota",
    id = "{organization}",
    identity(organization),
    exactly_one_of(limit, limit_bytes),
    subcategory = "Quotas"
)]
pub struct OrgQuota {
    /// The organization.
    #[attribute(required, requires_replace, check = names::namespace())]
    organization: String,
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

impl Quota for OrgQuota {
    fn holder(&self) -> Holder {
        Holder::Organization(self.organization.clone())
    }

    fn amount(&self) -> Amount {
        Amount { limit: self.limit.clone(), limit_bytes: self.limit_bytes.clone(), limits: self.limits.clone() }
    }

    fn with(&self, Amount { limit, limit_bytes, limits }: Amount) -> Self {
        Self { organization: self.organization.clone(), limit, limit_bytes, limits }
    }
}

#[async_trait]
impl Resource for OrgQuota {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        quota::create(cx, plan).await
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        Ok(shown(cx, &state).await?.map(|found| state.seen(&found)))
    }

    async fn update(cx: &mut Context<Quay>, _: Self, plan: Self) -> Result<Self> {
        quota::update(cx, plan).await
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        quota::delete(cx, &state.holder()).await
    }

    fn plan(planning: &mut ModifyPlan<OrgQuotaView>) {
        let Some(config) = planning.config.clone() else { return };
        let known = planning.state.as_ref().and_then(|state| state.limit.known().cloned());
        quota::plan(planning, &config.limit, &config.limit_bytes, known);
    }

    async fn preflight(cx: &mut Context<Quay>, _plan: OrgQuotaView, report: &mut Report) {
        cx.expect(&features::QUOTAS, report).await;
    }
}

/// The organization's own quota: from the second one on out of the list of all organizations, where that is shown and the view of this one is
/// not read anyway.
async fn listed(cx: &Context<Quay>, organization: &String) -> Result<Option<QuotaJson>> {
    if cx.is_listed::<Organizations>(organization) {
        return Ok(None);
    }
    let found = cx.read_listed::<OrganizationQuotas>(organization).await?;
    Ok(found.and_then(|organization| organization.quotas.as_deref().and_then(own_of)))
}

/// The organization's own quota, as its view shows it, if no list does; for those to whom it does not (a superuser who may not look into others'
/// organizations), as the quota's own route shows it.
async fn shown(cx: &Context<Quay>, state: &OrgQuota) -> Result<Option<QuotaJson>> {
    if let Some(quota) = listed(cx, &state.organization).await? {
        return Ok(Some(quota));
    }
    match cx.read::<Organizations>(&state.organization).await {
        Ok(None) => return Ok(None),
        Ok(Some(view)) => {
            if let Some(quota) = view.quotas.as_deref().and_then(own_of) {
                return Ok(Some(quota));
            }
        }
        Err(e) if e.kind() == Kind::AnonymousView => {}
        Err(e) => return Err(e.into()),
    }
    // A view without a quota may be that of a server that manages none any more: that is not gone, and this request tells.
    quota::find(cx, &state.holder()).await
}

impl OrgQuota {
    fn of(organization: String, json: &QuotaJson) -> Self {
        let empty =
            Self { organization, limit: Computed::UNSET, limit_bytes: Computed::UNSET, limits: BTreeSet::new() };
        empty.seen(json)
    }
}

#[async_trait]
impl List for OrgQuota {
    type Query = OrgQuotaQuery;

    async fn list(cx: &mut Context<Quay>, _: OrgQuotaQuery, found: &mut Found<Self>) -> Result<()> {
        let mut any = false;
        for json in cx.list(organizations::list_all()).await? {
            let Some(quota) = json.quotas.as_deref().and_then(own_of) else { continue };
            any = true;
            if !found.push(&Self::of(json.name, &quota)).await {
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

/// Finds the organizations that have a quota of their own, with a superuser's token that has the scope `super:user`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_org_quota")]
pub struct OrgQuotaQuery {}
