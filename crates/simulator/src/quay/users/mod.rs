//! Users: the caller, and everybody for superusers.

mod account;
pub(super) mod first_user;
mod notices;
pub(super) mod superuser;
mod user;
mod view;

use super::router::Route;

/// The routes of this area.
pub(super) const ROUTES: &[&[Route]] = &[user::ROUTES, account::ROUTES, superuser::ROUTES, notices::ROUTES];
