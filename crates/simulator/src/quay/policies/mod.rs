//! Policies about tags: which the server deletes, and which cannot be changed.

mod auto_prune;
mod immutability;
mod policy;

use super::router::Route;

/// The routes of this area.
pub(super) const ROUTES: &[&[Route]] = &[auto_prune::ROUTES, immutability::ROUTES];
