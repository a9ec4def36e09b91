//! Builds, what starts them, and the files that they are made from.

pub(super) mod build;
mod requests;
mod trigger_remotes;
mod triggers;
pub(super) mod userfiles;
mod views;

use super::router::Route;

/// The routes of this area.
pub(super) const ROUTES: &[&[Route]] = &[build::ROUTES, triggers::ROUTES, trigger_remotes::ROUTES];
