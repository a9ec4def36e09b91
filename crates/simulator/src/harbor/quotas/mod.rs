//! Storage limits of projects.

pub(super) mod quota;

use super::router::Route;

/// The routes of this area.
pub(super) const ROUTES: &[&[Route]] = &[quota::ROUTES];
