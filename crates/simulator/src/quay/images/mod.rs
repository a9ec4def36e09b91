//! What repositories hold: tags, manifests, labels; and what a push brings.

mod dates;
mod labels;
mod manifests;
pub(super) mod pushes;
mod rights;
pub(super) mod samples;
pub(super) mod tagging;
pub(super) mod tags;
pub(super) mod usage;

use super::router::Route;

/// The routes of this area.
pub(super) const ROUTES: &[&[Route]] = &[tags::ROUTES, manifests::ROUTES, labels::ROUTES];
