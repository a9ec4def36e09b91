//! The server itself: keys, messages, status, features.

mod approve_service_key_action;
mod capabilities_data_source;
mod changelog_data_source;
mod error_type_data_source;
mod global_message;
mod registry_status_data_source;
mod service_key;
mod service_keys_data_source;
mod shut_down_server_action;

use terraform_framework::Offers;

use crate::client::Quay;

/// What there is about them.
pub(crate) fn offers() -> Offers<Quay> {
    Offers::default()
        .listed::<global_message::GlobalMessage>()
        .listed::<service_key::ServiceKey>()
        .data::<capabilities_data_source::CapabilitiesData>()
        .data::<changelog_data_source::ChangelogData>()
        .data::<error_type_data_source::ErrorTypeData>()
        .data::<registry_status_data_source::RegistryStatusData>()
        .data::<service_keys_data_source::ServiceKeysData>()
        .action::<approve_service_key_action::ApproveServiceKey>()
        .action::<shut_down_server_action::ShutDownServer>()
}
