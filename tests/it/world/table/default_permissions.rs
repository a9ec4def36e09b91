//! Quay: default permissions.

use serde_json::{Value as Json, json};

use super::*;

pub(super) fn cases() -> Vec<Case> {
    let of = |who: &str, name: &str| json!({ "organization": "acme", who: name, "role": "read" });
    let before = [organization("acme"), organization("acme2"), robot("ci"), team("devs")];
    let robots = with(of("robot", "acme+ci"), json!({ "activating_user": "alice" }));
    vec![
        Case::new(
            "quay_default_permission",
            "of a robot",
            robots.clone(),
            with(robots.clone(), json!({ "role": "write" })),
            with(of("user", "bob"), json!({ "organization": "acme2" })),
        )
        .after(before.clone()),
        Case::new(
            "quay_default_permission",
            "of a team",
            of("team", "devs"),
            with(of("team", "devs"), json!({ "role": "admin" })),
            Json::Null,
        )
        .after(before),
    ]
}
