//! Saagie.

use serde_json::{Value as Json, json};

use super::*;

pub(super) fn cases() -> Vec<Case> {
    let login = json!({ "project_id": PROJECT, "registry": "quay.example.com", "username": "acme+ci" });
    let stored = with(login.clone(), json!({ "password": "Passw0rd-that-is-stored" }));
    let unseen = with(login, json!({ "password_wo": "Passw0rd-write-only", "password_wo_version": 1 }));
    vec![
        Case::new(
            "saagie_docker_credentials",
            "",
            stored.clone(),
            with(stored, json!({ "username": "acme+cd", "password": "Passw0rd-the-second" })),
            Json::Null,
        )
        .storing(&["password"]),
        Case::new(
            "saagie_docker_credentials",
            "with a write-only password",
            unseen.clone(),
            with(unseen, json!({ "password_wo": "Passw0rd-write-only-2", "password_wo_version": 2 })),
            Json::Null,
        ),
    ]
}
