//! Which images projects keep.

pub(super) mod policy;

use super::router::Route;

/// The routes of this area.
pub(super) const ROUTES: &[&[Route]] = &[policy::ROUTES];
