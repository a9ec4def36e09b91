//! Robot accounts.

mod first_version;
mod robot;
pub(super) mod rules;
mod view;

use super::router::Route;

/// The routes of this area.
pub(super) const ROUTES: &[&[Route]] = &[robot::ROUTES, first_version::ROUTES];
