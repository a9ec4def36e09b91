//! The server itself: its health and version, its settings, its allowlist.

pub(super) mod allowlist;
mod configuration;
pub(super) mod info;

use super::router::Route;

/// The routes of this area.
pub(super) const ROUTES: &[&[Route]] = &[info::ROUTES, configuration::ROUTES, allowlist::ROUTES];
