//! Finding things.

mod entities;
pub(super) mod matching;

use super::router::Route;

/// The routes of this area.
pub(super) const ROUTES: &[&[Route]] = &[entities::ROUTES];
