//! Robot accounts, and the identities that become one.

pub(super) mod federated_token;
mod federation;
mod robot;

use super::router::Route;

/// The routes of this area.
pub(super) const ROUTES: &[&[Route]] = &[robot::ROUTES, federation::ROUTES];
