//! Data sources: what is read and never changed. They never use a list that was fetched before.

pub(super) mod current_user;
pub(super) mod effective_permission;
pub(super) mod org_mirror_repositories;
pub(super) mod organization;
pub(super) mod repositories;
pub(super) mod repository;
pub(super) mod robot;
pub(super) mod robot_permissions;
pub(super) mod robots;
pub(super) mod team;
pub(super) mod team_permissions;
