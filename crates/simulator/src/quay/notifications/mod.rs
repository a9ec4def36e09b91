//! Whom to tell of what.

mod notification;
mod owner;
pub(super) mod rules;

use super::router::Route;

/// The routes of this area.
pub(super) const ROUTES: &[&[Route]] = &[notification::ROUTES];
