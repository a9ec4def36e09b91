//! Other registries.

pub(super) mod registry;

use super::router::Route;

/// The routes of this area.
pub(super) const ROUTES: &[&[Route]] = &[registry::ROUTES];
