//! Data source `quay_user_quota`.
//!
//! Endpoints: `user/quota` and `user/quota/{quota}`; see [`crate::api::quotas`] and [`crate::api::quota_ids`].

use std::collections::BTreeSet;

use async_trait::async_trait;
use registry_service::size;
use terraform_framework::{Computed, Context, DataSource, Model, Result, check};

use super::org_quota_data_source::quota_of_id;
use super::quota::QuotaLimit;
use crate::api::quotas;
use crate::client::Quay;

/// Reads the quota of the token's own user: how much the repositories of its own namespace may hold.
///
/// Scope: `user:admin`. Needs a server with FEATURE_QUOTA_MANAGEMENT, FEATURE_EDIT_QUOTA and FEATURE_SUPER_USERS. The quotas of other users
/// are for superusers: see the resource of the same name, and the data source `quay_quota_usage`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_user_quota")]
pub struct UserQuotaData {
    /// Id that Quay's API and log name the quota by; null without a quota of its own. Set, it is an error when the user has no quota of
    /// this id.
    #[attribute(optional, computed, check = check::between(1, i64::MAX))]
    quota_id: Computed<Option<i64>>,
    /// The quota as a whole number with a unit, such as `10 GiB`; null without a quota of its own.
    #[computed]
    limit: Computed<Option<String>>,
    /// The quota in bytes; null without a quota of its own.
    #[computed]
    limit_bytes: Computed<Option<i64>>,
    /// What happens at parts of the quota.
    #[computed]
    limits: Computed<BTreeSet<QuotaLimit>>,
    /// Whether the registry has a default (DEFAULT_SYSTEM_REJECT_QUOTA_BYTES) beside the user's own quota; null without a quota of its
    /// own, where Quay does not tell.
    #[computed]
    has_system_default: Computed<Option<bool>>,
}

#[async_trait]
impl DataSource for UserQuotaData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let found = match config.quota_id.known().copied().flatten() {
            Some(id) => vec![quota_of_id(cx, None, id).await?],
            None => cx.send(quotas::list_own()).await?,
        };
        let quota = found.first();
        let limits: BTreeSet<_> = quota.iter().flat_map(|quota| &quota.limits).map(QuotaLimit::of).collect();
        Ok(Self {
            quota_id: Computed::from(quota.and_then(|quota| quota.id)),
            limit: Computed::from(quota.map(|quota| size::format(quota.limit_bytes))),
            limit_bytes: Computed::from(quota.map(|quota| quota.limit_bytes)),
            limits: Computed::from(limits),
            has_system_default: Computed::from(quota.and_then(|quota| quota.default_config_exists)),
        })
    }
}
