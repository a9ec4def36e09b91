//! What the server holds, one type for each kind of row and one file for each area. Nothing here answers a request.

mod allowlists;
mod labels;
mod projects;
mod quotas;
mod registries;
mod repositories;
mod retention;
mod robots;
mod users;

pub(super) use allowlists::Allowlist;
pub(super) use labels::Label;
pub(super) use projects::{Member, Project};
pub(super) use quotas::Quota;
pub(super) use registries::Registry;
pub(super) use repositories::Repository;
pub(super) use retention::Retention;
pub(super) use robots::{Robot, Rule};
pub(super) use users::{ADMIN, ANONYMOUS, User, UserGroup, is_first};
