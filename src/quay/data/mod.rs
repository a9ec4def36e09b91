//! Data sources: what is read and never changed. They never use a list that was fetched before.

pub(super) mod app_tokens;
pub(super) mod assigned_authorizations;
pub(super) mod current_user;
pub(super) mod effective_permission;
pub(super) mod mirror_health;
pub(super) mod oauth_application;
pub(super) mod org_mirror_repositories;
pub(super) mod org_quota;
pub(super) mod organization;
pub(super) mod organization_collaborators;
pub(super) mod organization_members;
pub(super) mod organizations;
pub(super) mod quota_usage;
pub(super) mod registry_size;
pub(super) mod repositories;
pub(super) mod repository;
pub(super) mod robot;
pub(super) mod robot_permissions;
pub(super) mod robots;
pub(super) mod service_keys;
pub(super) mod team;
pub(super) mod team_permissions;
pub(super) mod user_authorizations;
pub(super) mod user_quota;
pub(super) mod users;
