//! Quotas of namespaces, and how much the registry holds.

mod quota;
mod registry_size;
mod sizes;

use super::router::Route;

/// The routes of this area.
pub(super) const ROUTES: &[&[Route]] = &[quota::ROUTES, registry_size::ROUTES];
