//! Usage logs: what is written to them, and how they are read.

mod counts;
pub(super) mod image_notes;
pub(super) mod notes;
pub(super) mod usage_logs;

use super::router::Route;

/// The routes of this area.
pub(super) const ROUTES: &[&[Route]] = &[usage_logs::ROUTES, counts::ROUTES];
