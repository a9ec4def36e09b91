//! What programs log in with, beside robots.

mod app_tokens;
mod application_tokens;
mod applications;
mod authorizations;

use super::router::Route;

/// The routes of this area.
pub(super) const ROUTES: &[&[Route]] =
    &[applications::ROUTES, application_tokens::ROUTES, authorizations::ROUTES, app_tokens::ROUTES];
