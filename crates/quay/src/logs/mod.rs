//! Usage logs.

mod export_logs_action;
pub(crate) mod log_query;
mod usage_log_counts_data_source;
mod usage_logs_data_source;

use terraform_framework::Offers;

use crate::client::Quay;

/// What there is about them.
pub(crate) fn offers() -> Offers<Quay> {
    Offers::default()
        .data::<usage_log_counts_data_source::UsageLogCountsData>()
        .data::<usage_logs_data_source::UsageLogsData>()
        .action::<export_logs_action::ExportLogs>()
}
