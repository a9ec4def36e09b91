//! Images: tags, manifests and their labels, what scanners found, how often they are pulled.

mod manifest_data_source;
mod manifest_label;
mod manifest_labels_data_source;
mod pull_statistics_data_source;
mod purge_tag_action;
pub(crate) mod references;
mod restore_tag_action;
mod tag;
mod tag_changes;
mod tag_history;
mod tags_data_source;
mod vulnerabilities_data_source;

use terraform_framework::Offers;

use crate::client::Quay;

/// What there is about them.
pub(crate) fn offers() -> Offers<Quay> {
    Offers::default()
        .listed::<manifest_label::ManifestLabel>()
        .listed::<tag::Tag>()
        .data::<manifest_data_source::ManifestData>()
        .data::<manifest_labels_data_source::ManifestLabelsData>()
        .data::<pull_statistics_data_source::PullStatisticsData>()
        .data::<tags_data_source::TagsData>()
        .data::<vulnerabilities_data_source::VulnerabilitiesData>()
        .action::<purge_tag_action::PurgeTag>()
        .action::<restore_tag_action::RestoreTag>()
}
