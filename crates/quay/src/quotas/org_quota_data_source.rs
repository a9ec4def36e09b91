//! Data source `quay_org_quota`.
//!
//! Endpoints: `organization/{organization}/quota` and `organization/{organization}/quota/{quota}`; see [`crate::api::quotas`] and
//! [`crate::api::quota_ids`].

use std::collections::BTreeSet;

use async_trait::async_trait;
use registry_service::size;
use terraform_framework::{Computed, Context, DataSource, Error, Model, Result, check};

use super::quota::QuotaLimit;
use crate::api::quota_ids::{self, QuotaId};
use crate::api::quota_types::QuotaJson;
use crate::api::quotas::{self, Holder};
use crate::client::Quay;
use crate::names;
use crate::teams::team;

/// Reads the quota that counts for an organization: its own, or the default of the whole registry.
///
/// Scope: `org:admin` or `super:user`, of a member of the organization or a superuser. Needs a server with FEATURE_QUOTA_MANAGEMENT,
/// FEATURE_EDIT_QUOTA and FEATURE_SUPER_USERS.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_org_quota")]
pub struct OrgQuotaData {
    /// The organization.
    #[attribute(required, check = names::namespace())]
    organization: String,
    /// Id that Quay's API and log name the organization's own quota by; null without one. Set, it is an error when the organization has no
    /// quota of this id.
    #[attribute(optional, computed, check = check::between(1, i64::MAX))]
    quota_id: Computed<Option<i64>>,
    /// The quota as a whole number with a unit, such as `10 GiB`; null without a quota.
    #[computed]
    limit: Computed<Option<String>>,
    /// The quota in bytes; null without a quota.
    #[computed]
    limit_bytes: Computed<Option<i64>>,
    /// What happens at parts of the quota. The registry's default has none here: it refuses pushes at its end.
    #[computed]
    limits: Computed<BTreeSet<QuotaLimit>>,
    /// Whether it is the default of the whole registry (DEFAULT_SYSTEM_REJECT_QUOTA_BYTES), and not the organization's own.
    #[computed]
    is_system_default: Computed<bool>,
}

#[async_trait]
impl DataSource for OrgQuotaData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        if let Some(id) = config.quota_id.known().copied().flatten() {
            let found = quota_of_id(cx, Some(&config.organization), id).await?;
            return Ok(config.of(Some(&found)));
        }
        let holder = Holder::Organization(config.organization.clone());
        let found = cx.find(quotas::list(&holder)).await?;
        let found = found.ok_or_else(|| team::no_organization(&config.organization))?;
        Ok(config.of(found.first()))
    }
}

/// The quota of this id, of an organization or of the token's own user.
///
/// # Errors
/// When there is none.
pub(super) async fn quota_of_id(cx: &Quay, organization: Option<&str>, id: i64) -> Result<QuotaJson> {
    let id = QuotaId { organization, id };
    cx.find(quota_ids::quota(id)).await?.ok_or_else(|| no_quota(&id))
}

/// The error for a quota that is not there.
pub(super) fn no_quota(id: &QuotaId<'_>) -> Error {
    let detail = "A quota that is made again has another id. Without `quota_id`, quay_org_quota and quay_user_quota show which there is.";
    Error::new(format!("There is no {id}"), detail).at("quota_id")
}

impl OrgQuotaData {
    fn of(self, quota: Option<&QuotaJson>) -> Self {
        let limits: BTreeSet<_> = quota.iter().flat_map(|quota| &quota.limits).map(QuotaLimit::of).collect();
        Self {
            organization: self.organization,
            quota_id: Computed::from(quota.and_then(|quota| quota.id)),
            limit: Computed::from(quota.map(|quota| size::format(quota.limit_bytes))),
            limit_bytes: Computed::from(quota.map(|quota| quota.limit_bytes)),
            limits: Computed::from(limits),
            is_system_default: Computed::from(quota.is_some_and(|quota| quota.id.is_none())),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_default_of_the_registry_is_shown_as_such() {
        let empty = OrgQuotaData {
            organization: "acme".to_owned(),
            quota_id: Computed::UNSET,
            limit: Computed::UNSET,
            limit_bytes: Computed::UNSET,
            limits: Computed::UNSET,
            is_system_default: Computed::UNSET,
        };
        let default: QuotaJson =
            serde_json::from_str(r#"{"id":null,"limit_bytes":1024,"default_config":true}"#).unwrap();
        let shown = empty.clone().of(Some(&default));
        assert_eq!((shown.is_system_default.known(), shown.limit_bytes.known()), (Some(&true), Some(&Some(1024))));
        assert_eq!(shown.limit.known(), Some(&Some("1 KiB".to_owned())));
        assert_eq!(empty.of(None).limit_bytes.known(), Some(&None));
    }
}
