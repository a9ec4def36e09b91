//! What is asked of all projects at once.

mod all_projects;

use super::router::Route;

/// The routes of this area.
pub(super) const ROUTES: &[&[Route]] = &[all_projects::ROUTES];
