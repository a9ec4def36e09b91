//! Quotas of namespaces.

mod quota;
mod sizes;

use super::router::Route;

/// The routes of this area.
pub(super) const ROUTES: &[&[Route]] = &[quota::ROUTES];
