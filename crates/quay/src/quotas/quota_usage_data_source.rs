//! Data source `quay_quota_usage`.
//!
//! Endpoints: `superuser/organizations/` and `superuser/users/`, or `organization/{organization}`; see
//! [`crate::api::organizations`] and [`crate::api::users`].

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Model, Nested, Result};

use crate::api::organizations::{self, Organizations};
use crate::api::quota_types::QuotaReportJson;
use crate::api::users;
use crate::client::Quay;
use crate::names;
use crate::teams::team;

/// Reads how much organizations and users hold, and how much they may hold.
///
/// The server counts in the background, so the figures lag behind. Needs a server with FEATURE_QUOTA_MANAGEMENT and FEATURE_EDIT_QUOTA;
/// elsewhere the figures are null.
///
/// Scopes: `super:user`, of a superuser, for the whole registry; `org:admin`, of a member, for one organization.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_quota_usage", subcategory = "Quotas")]
pub struct QuotaUsageData {
    /// Only this organization; by default all organizations and users of the registry.
    #[attribute(optional, check = names::namespace())]
    organization: Option<String>,
    /// Organizations and users, by name.
    #[computed]
    usage: Computed<Vec<Usage>>,
}

/// What an organization or a user holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Nested)]
pub struct Usage {
    /// Name of the organization or user.
    #[computed]
    namespace: String,
    /// `organization` or `user`.
    #[computed]
    kind: String,
    /// How many bytes its repositories hold, as last counted.
    #[computed]
    used_bytes: Option<i64>,
    /// How many they may hold: its own quota, or the default of the whole registry; null without either.
    #[computed]
    quota_bytes: Option<i64>,
    /// How much of that is used, in percent, rounded down; null without a quota.
    #[computed]
    used_percent: Option<i64>,
    /// How far the first count is: `waiting`, `running` or `complete`.
    #[computed]
    backfill_status: Option<String>,
}

impl Usage {
    fn of(namespace: String, kind: &str, report: Option<QuotaReportJson>) -> Self {
        let used_bytes = report.as_ref().and_then(|report| report.quota_bytes);
        let quota_bytes = report.as_ref().and_then(|report| report.configured_quota);
        let percent = |used: i64, quota: i64| {
            let percent = i128::from(used) * 100 / i128::from(quota.max(1));
            i64::try_from(percent).unwrap_or(i64::MAX)
        };
        Self {
            namespace,
            kind: kind.to_owned(),
            used_bytes,
            quota_bytes,
            used_percent: used_bytes.zip(quota_bytes).map(|(used, quota)| percent(used, quota)),
            backfill_status: report.and_then(|report| report.backfill_status),
        }
    }
}

#[async_trait]
impl DataSource for QuotaUsageData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        if let Some(name) = &config.organization {
            let view = cx.read_fresh::<Organizations>(name).await?.ok_or_else(|| team::no_organization(name))?;
            let usage = vec![Usage::of(name.clone(), "organization", view.quota_report.clone())];
            return Ok(Self { usage: Computed::from(usage), ..config });
        }
        let organizations = cx.list(organizations::list_all()).await?.into_iter();
        let users = cx.list(users::list()).await?.into_iter();
        let mut usage: Vec<Usage> = organizations
            .map(|json| Usage::of(json.name, "organization", json.quota_report))
            .chain(users.map(|json| Usage::of(json.username, "user", json.quota_report)))
            .collect();
        usage.sort();
        Ok(Self { usage: Computed::from(usage), ..config })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_rounded_down() {
        let report = |used: i64, quota: Option<i64>| QuotaReportJson {
            quota_bytes: Some(used),
            configured_quota: quota,
            backfill_status: None,
        };
        let percent = |report| Usage::of("acme".to_owned(), "organization", report).used_percent;
        assert_eq!(percent(Some(report(999, Some(1000)))), Some(99));
        assert_eq!(percent(Some(report(i64::MAX, Some(1)))), Some(i64::MAX));
        assert_eq!(percent(Some(report(5, None))), None);
        assert_eq!(percent(None), None);
    }
}
