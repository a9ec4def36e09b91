//! People who can log in, their groups and sessions.

pub(super) mod groups;
pub(super) mod sessions;
mod user;

use super::router::Route;

/// The routes of this area.
pub(super) const ROUTES: &[&[Route]] = &[user::ROUTES, groups::ROUTES];
