//! Labels of all projects and of one.

mod label;

use super::router::Route;

/// The routes of this area.
pub(super) const ROUTES: &[&[Route]] = &[label::ROUTES];
