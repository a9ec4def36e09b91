//! Robots, and whose identity tokens they accept.

use serde_json::{Value as Json, json};

use super::*;

pub(super) fn cases() -> Vec<Case> {
    [robots(), federation()].concat()
}

fn robots() -> Vec<Case> {
    let ci = json!({ "namespace": "acme", "name": "ci", "description": "d", "rotation": "1" });
    let kept = with(ci.clone(), json!({ "store_token": true, "unstructured_metadata": "{\"team\":\"x\"}" }));
    vec![
        Case::new(
            "quay_robot",
            "",
            ci.clone(),
            with(ci.clone(), json!({ "rotation": "2" })),
            with(ci, json!({ "description": "e" })),
        )
        .after([organization("acme")]),
        Case::new(
            "quay_robot",
            "with its token stored",
            kept.clone(),
            with(kept.clone(), json!({ "rotation": "2" })),
            with(kept, json!({ "name": "other" })),
        )
        .after([organization("acme")])
        .storing(&["token", "docker_config_json"]),
        Case::new(
            "quay_robot",
            "of the token's own user",
            json!({ "namespace": "admin", "name": "ci", "store_token": true, "rotation": "1" }),
            json!({ "namespace": "admin", "name": "ci", "store_token": true, "rotation": "2" }),
            Json::Null,
        )
        .storing(&["token", "docker_config_json"]),
    ]
}

fn federation() -> Vec<Case> {
    let main = json!({ "issuer": "https://issuer.example.com", "subject": "repo:acme/app:ref:main" });
    let tags = json!({ "issuer": "https://issuer.example.com", "subject": "repo:acme/app:tags" });
    let one = |robot: &str| json!({ "robot": robot, "identities": [main.clone()] });
    vec![
        Case::new(
            "quay_robot_federation",
            "",
            one("acme+ci"),
            json!({ "robot": "acme+ci", "identities": [main.clone(), tags] }),
            one("acme+cd"),
        )
        .after([organization("acme"), robot("ci"), robot("cd")]),
        Case::new("quay_robot_federation", "of the token's own user", one("admin+ci"), Json::Null, Json::Null)
            .after([("quay_robot", json!({ "namespace": "admin", "name": "ci" }))]),
    ]
}
