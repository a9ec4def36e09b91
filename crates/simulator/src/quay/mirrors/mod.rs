//! Repositories and organizations that mirror another registry.

mod health;
pub(super) mod organization_mirror;
mod organization_mirror_schema;
pub(super) mod repository_mirror;
pub(super) mod repository_mirror_rules;

use super::router::Route;

/// The routes of this area.
pub(super) const ROUTES: &[&[Route]] = &[repository_mirror::ROUTES, health::ROUTES, organization_mirror::ROUTES];
