//! Repositories and stars.

use serde_json::{Value as Json, json};

use super::*;

pub(super) fn cases() -> Vec<Case> {
    [repositories(), stars()].concat()
}

fn repositories() -> Vec<Case> {
    let app = json!({ "namespace": "acme", "name": "app", "description": "d" });
    let frozen = with(app.clone(), json!({ "state": "READ_ONLY" }));
    let pushed = json!({ "number": 99, "description": "d", "is_public": false, "state": "NORMAL", "status_token": "Opens-a-badge",
        "users": {}, "teams": {}, "tags": { "v1": { "name": "v1", "size": 1 } } });
    vec![
        Case::new(
            "quay_repository",
            "",
            app.clone(),
            with(app.clone(), json!({ "description": "e", "visibility": "public", "state": "READ_ONLY" })),
            with(app.clone(), json!({ "name": "app/nested" })),
        )
        .after([organization("acme")]),
        Case::new(
            "quay_repository",
            "read-only",
            frozen.clone(),
            with(frozen, json!({ "state": "NORMAL" })),
            Json::Null,
        )
        .after([organization("acme")]),
        Case::new(
            "quay_repository",
            "destroyed by force",
            with(app, json!({ "force_destroy": true })),
            Json::Null,
            Json::Null,
        )
        .after([organization("acme")])
        .filled(json!({ "quay": { "repositories": { "acme/app": pushed } } })),
    ]
}

fn stars() -> Vec<Case> {
    let star = |name: &str| json!({ "namespace": "acme", "repository": name });
    vec![Case::new("quay_starred_repository", "", star("app"), Json::Null, star("nested/web")).after([
        organization("acme"),
        repository("app"),
        repository("nested/web"),
    ])]
}
