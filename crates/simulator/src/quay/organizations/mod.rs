//! Organizations, who has to do with them, and the registries that they are caches of.

mod members;
pub(super) mod organization;
mod proxy_cache;
mod superuser;

use super::router::Route;

/// The routes of this area.
pub(super) const ROUTES: &[&[Route]] = &[organization::ROUTES, members::ROUTES, proxy_cache::ROUTES, superuser::ROUTES];
