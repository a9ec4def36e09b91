//! Repositories of a project.

pub(super) mod repository;

use super::router::Route;

/// The routes of this area.
pub(super) const ROUTES: &[&[Route]] = &[repository::ROUTES];
