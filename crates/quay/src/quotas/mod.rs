//! Quotas of organizations and users, and how much they hold.

mod calculate_registry_size_action;
mod org_quota;
mod org_quota_data_source;
mod quota;
mod quota_limits_data_source;
mod quota_usage_data_source;
mod registry_size_data_source;
mod user_quota;
mod user_quota_data_source;

use terraform_framework::Offers;

use crate::client::Quay;

/// What there is about them.
pub(crate) fn offers() -> Offers<Quay> {
    Offers::default()
        .listed::<org_quota::OrgQuota>()
        .listed::<user_quota::UserQuota>()
        .data::<org_quota_data_source::OrgQuotaData>()
        .data::<quota_limits_data_source::QuotaLimitsData>()
        .data::<quota_usage_data_source::QuotaUsageData>()
        .data::<registry_size_data_source::RegistrySizeData>()
        .data::<user_quota_data_source::UserQuotaData>()
        .action::<calculate_registry_size_action::CalculateRegistrySize>()
}
