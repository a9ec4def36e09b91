//! Permissions of repositories, and default permissions.

use serde_json::{Value as Json, json};

use super::*;

pub(super) fn cases() -> Vec<Case> {
    [of_repositories(), default_permissions()].concat()
}

fn of_repositories() -> Vec<Case> {
    let one = |who: &str, name: &str| json!({ "namespace": "acme", "repository": "app", who: name, "role": "read" });
    let all = json!({ "namespace": "acme", "repository": "app", "users": { "alice": "read" },
        "robots": { "acme+ci": "write" }, "teams": { "devs": "admin" } });
    let before = [organization("acme"), repository("app"), repository("other"), robot("ci"), team("devs")];
    vec![
        Case::new(
            "quay_repository_permission",
            "of a robot",
            one("robot", "acme+ci"),
            with(one("robot", "acme+ci"), json!({ "role": "write" })),
            one("user", "alice"),
        )
        .after(before.clone()),
        Case::new(
            "quay_repository_permission",
            "of a user",
            one("user", "alice"),
            with(one("user", "alice"), json!({ "role": "write" })),
            one("user", "bob"),
        )
        .after(before.clone()),
        Case::new(
            "quay_repository_permission",
            "of a team",
            one("team", "devs"),
            with(one("team", "devs"), json!({ "role": "admin" })),
            Json::Null,
        )
        .after(before.clone()),
        Case::new(
            "quay_repository_permissions",
            "",
            all.clone(),
            with(all.clone(), json!({ "users": { "alice": "write", "bob": "read" }, "teams": {} })),
            with(all, json!({ "repository": "other" })),
        )
        .after(before),
    ]
}

fn default_permissions() -> Vec<Case> {
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
