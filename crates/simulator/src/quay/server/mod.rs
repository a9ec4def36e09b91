//! The server itself.

mod capabilities;
mod messages;
mod service_keys;
mod status;
pub(super) mod web_config;

use super::router::Route;

/// The routes of this area.
pub(super) const ROUTES: &[&[Route]] = &[status::ROUTES, messages::ROUTES, service_keys::ROUTES, capabilities::ROUTES];
