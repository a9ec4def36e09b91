//! Quay: what superusers manage.

use serde_json::{Value as Json, json};

use super::*;

pub(super) fn cases() -> Vec<Case> {
    let dave = json!({ "username": "dave", "email": "dave@example.com" });
    let kept = with(dave.clone(), json!({ "store_password": true }));
    let chosen = with(dave.clone(), json!({ "password": "Chosen-Password-1", "enabled": false }));
    let unseen = with(dave.clone(), json!({ "password_wo": "Unseen-Password-1", "password_wo_version": 1 }));
    vec![
        Case::new(
            "quay_user",
            "",
            dave.clone(),
            with(dave.clone(), json!({ "email": "d@example.com", "enabled": false })),
            with(dave, json!({ "username": "erin" })),
        ),
        Case::new(
            "quay_user",
            "with Quay's password stored",
            kept.clone(),
            with(kept.clone(), json!({ "email": "d@example.com" })),
            with(kept, json!({ "username": "erin" })),
        )
        .storing(&["generated_password"]),
        Case::new(
            "quay_user",
            "with a chosen password",
            chosen.clone(),
            with(chosen, json!({ "password": "Chosen-Password-2", "enabled": true })),
            Json::Null,
        )
        .storing(&["password"]),
        Case::new(
            "quay_user",
            "with a write-only password",
            unseen.clone(),
            with(unseen, json!({ "password_wo": "Unseen-Password-2", "password_wo_version": 2 })),
            Json::Null,
        ),
    ]
}
