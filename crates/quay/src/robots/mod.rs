//! Robot accounts.

mod federated_robot_token_ephemeral;
mod regenerate_robot_token_action;
mod robot;
mod robot_data_source;
pub(crate) mod robot_federation;
pub(crate) mod robot_permissions_data_source;
mod robot_removal;
mod robot_token_ephemeral;
mod robot_username_function;
mod robots_data_source;

use terraform_framework::Offers;

use crate::client::Quay;

/// What there is about them.
pub(crate) fn offers() -> Offers<Quay> {
    Offers::default()
        .listed::<robot::Robot>()
        .listed::<robot_federation::RobotFederation>()
        .data::<robot_data_source::RobotData>()
        .data::<robot_permissions_data_source::RobotPermissionsData>()
        .data::<robots_data_source::RobotsData>()
        .ephemeral::<federated_robot_token_ephemeral::FederatedRobotToken>()
        .ephemeral::<robot_token_ephemeral::RobotToken>()
        .action::<regenerate_robot_token_action::RegenerateRobotToken>()
        .function::<robot_username_function::RobotUsername>()
}
