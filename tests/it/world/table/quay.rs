//! Quay, by area.

pub(crate) mod builds;
pub(crate) mod images;
mod mirrors;
mod notifications;
mod oauth;
mod organizations;
mod permissions;
mod policies;
mod quotas;
mod repositories;
mod robots;
mod server;
mod teams;
mod users;

use super::*;

pub(super) fn cases() -> Vec<Case> {
    let all = [
        of_area("builds", builds::cases()),
        of_area("images", images::cases()),
        of_area("mirrors", mirrors::cases()),
        of_area("notifications", notifications::cases()),
        of_area("oauth", oauth::cases()),
        of_area("organizations", organizations::cases()),
        of_area("permissions", permissions::cases()),
        of_area("policies", policies::cases()),
        of_area("quotas", quotas::cases()),
        of_area("repositories", repositories::cases()),
        of_area("robots", robots::cases()),
        of_area("server", server::cases()),
        of_area("teams", teams::cases()),
        of_area("users", users::cases()),
    ];
    all.concat()
}
