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
        builds::cases(),
        images::cases(),
        mirrors::cases(),
        notifications::cases(),
        oauth::cases(),
        organizations::cases(),
        permissions::cases(),
        policies::cases(),
        quotas::cases(),
        repositories::cases(),
        robots::cases(),
        server::cases(),
        teams::cases(),
        users::cases(),
    ];
    all.concat()
}
