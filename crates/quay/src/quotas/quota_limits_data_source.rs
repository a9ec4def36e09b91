//! Data source `quay_quota_limits`.
//!
//! Endpoints: `organization/{organization}/quota/{quota}/limit...` and `user/quota/{quota}/limit...`; see [`crate::api::quota_ids`].

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Error, Model, Nested, Result, check};

use super::org_quota_data_source::no_quota;
use crate::api::quota_ids::{self, QuotaId};
use crate::api::quota_types::QuotaLimitJson;
use crate::client::Quay;
use crate::names;

/// Reads the limits of a quota with the ids that Quay's API and log name them by: of an organization's quota, or of that of the token's own
/// user. Which limits there are, without ids, the data sources `quay_org_quota` and `quay_user_quota` show too.
///
/// Scope: `org:admin`, of a member of the organization, or `super:user`, of a superuser who may do everything; for the token's own user
/// `user:admin`. Needs a server with FEATURE_QUOTA_MANAGEMENT, FEATURE_EDIT_QUOTA and FEATURE_SUPER_USERS.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_quota_limits", subcategory = "Quotas")]
pub struct QuotaLimitsData {
    /// The organization; without it, the quota is that of the token's own user.
    #[attribute(optional, check = names::namespace())]
    organization: Option<String>,
    /// Id of the quota: `quota_id` of the data source `quay_org_quota` or `quay_user_quota`.
    #[attribute(required, check = check::between(1, i64::MAX))]
    quota_id: i64,
    /// Id of the one limit that is to be read; it is an error when the quota has none of this id. Without it, all are read.
    #[attribute(optional, check = check::between(1, i64::MAX))]
    limit_id: Option<i64>,
    /// The limits, by type and percentage.
    #[computed]
    limits: Computed<Vec<NumberedLimit>>,
}

/// What happens at a part of a quota.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct NumberedLimit {
    /// Id of the limit.
    #[computed]
    limit_id: i64,
    /// `Warning` (the owners are told) or `Reject` (pushes are refused).
    #[computed(name = "type")]
    kind: String,
    /// At how much of the quota, in percent.
    #[computed]
    threshold_percent: i64,
}

#[async_trait]
impl DataSource for QuotaLimitsData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let quota = QuotaId { organization: config.organization.as_deref(), id: config.quota_id };
        let found = match config.limit_id {
            Some(id) => {
                let found = cx.find(quota_ids::limit(quota, id)).await?;
                vec![found.ok_or_else(|| no_limit(id, &quota))?]
            }
            None => cx.find(quota_ids::limits(quota)).await?.ok_or_else(|| no_quota(&quota))?,
        };
        let mut limits: Vec<NumberedLimit> = found.iter().map(NumberedLimit::of).collect();
        limits.sort_by(|a, b| {
            (&a.kind, a.threshold_percent, a.limit_id).cmp(&(&b.kind, b.threshold_percent, b.limit_id))
        });
        Ok(Self { limits: Computed::from(limits), ..config })
    }
}

impl NumberedLimit {
    fn of(json: &QuotaLimitJson) -> Self {
        Self { limit_id: json.id, kind: json.spelled().to_owned(), threshold_percent: json.limit_percent }
    }
}

fn no_limit(id: i64, quota: &QuotaId<'_>) -> Error {
    let detail = "Without `limit_id`, all limits of the quota are shown with their ids.";
    Error::new(format!("There is no limit {id} of {quota}"), detail).at("limit_id")
}
