//! Robot accounts.

mod permissions;
mod refresh_robot_secret_action;
mod robot;
mod robot_data_source;
mod robot_permissions_data_source;
mod robots_data_source;
mod temporary_robot_ephemeral;

use terraform_framework::Offers;

use crate::client::Harbor;

/// What there is about them.
pub(crate) fn offers() -> Offers<Harbor> {
    Offers::default()
        .listed::<robot::Robot>()
        .data::<robot_data_source::RobotData>()
        .data::<robots_data_source::RobotsData>()
        .data::<robot_permissions_data_source::RobotPermissions>()
        .ephemeral::<temporary_robot_ephemeral::TemporaryRobot>()
        .action::<refresh_robot_secret_action::RefreshRobotSecret>()
}
