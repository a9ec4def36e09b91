//! Teams: their members, invitations, and the groups that they follow.

mod invitations;
mod members;
mod sync;
pub(super) mod team;

use super::router::Route;

/// The routes of this area.
pub(super) const ROUTES: &[&[Route]] = &[team::ROUTES, members::ROUTES, invitations::ROUTES, sync::ROUTES];
