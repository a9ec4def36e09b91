//! Builds of images, the triggers that start them, and what they wait for.

mod build_data_source;
mod build_progress;
mod build_sources_data_source;
mod build_trigger;
mod build_trigger_webhook_ephemeral;
mod build_triggers_data_source;
mod builds_data_source;
mod cancel_build_action;
mod start_build_action;
mod start_build_trigger_action;

use terraform_framework::Offers;

use crate::client::Quay;

/// What there is about them.
pub(crate) fn offers() -> Offers<Quay> {
    Offers::default()
        .listed::<build_trigger::BuildTrigger>()
        .data::<build_data_source::BuildData>()
        .data::<build_sources_data_source::BuildSourcesData>()
        .data::<build_triggers_data_source::BuildTriggersData>()
        .data::<builds_data_source::BuildsData>()
        .ephemeral::<build_trigger_webhook_ephemeral::BuildTriggerWebhook>()
        .action::<cancel_build_action::CancelBuild>()
        .action::<start_build_action::StartBuild>()
        .action::<start_build_trigger_action::StartBuildTrigger>()
}
