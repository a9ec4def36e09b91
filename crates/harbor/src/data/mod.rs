//! Data sources: what is read and never changed. None of them uses a list that began before its own read.

pub(super) mod project;
pub(super) mod projects;
pub(super) mod robot;
pub(super) mod robot_permissions;
pub(super) mod robots;
