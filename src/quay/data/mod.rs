//! Data sources: what is read and never changed. They never use a list that was fetched before.

pub(super) mod current_user;
pub(super) mod mirror_health;
pub(super) mod organization;
pub(super) mod repositories;
pub(super) mod repository;
pub(super) mod robot;
pub(super) mod robots;
pub(super) mod team;
