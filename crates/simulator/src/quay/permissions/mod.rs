//! Roles in repositories, and the permissions that new repositories begin with.

pub(super) mod default_permissions;
pub(super) mod repository_permissions;

use super::router::Route;

/// The routes of this area.
pub(super) const ROUTES: &[&[Route]] = &[repository_permissions::ROUTES, default_permissions::ROUTES];
