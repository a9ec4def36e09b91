//! Projects, their settings, and who belongs to them.

mod create;
mod list;
mod members;
mod metadata;
pub(super) mod project;

use super::router::Route;

/// The routes of this area.
pub(super) const ROUTES: &[&[Route]] =
    &[project::ROUTES, list::ROUTES, create::ROUTES, metadata::ROUTES, members::ROUTES];
