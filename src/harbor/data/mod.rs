//! Harbor's data sources. None of them uses a list that began before its own read.

mod permissions;
mod project;
mod robot;

pub use permissions::RobotPermissions;
pub use project::{ProjectData, ProjectsData};
pub use robot::{RobotData, RobotsData};
