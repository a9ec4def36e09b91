//! Repositories, their stars, and the tokens that they had once.

pub(super) mod repository;
mod stars;
mod tokens;

use super::router::Route;

/// The routes of this area.
pub(super) const ROUTES: &[&[Route]] = &[repository::ROUTES, stars::ROUTES, tokens::ROUTES];
