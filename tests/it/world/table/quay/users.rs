//! Users, and the settings of the token's own.

use serde_json::{Value as Json, json};

use super::*;

pub(super) fn cases() -> Vec<Case> {
    [users(), settings()].concat()
}

fn users() -> Vec<Case> {
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

fn settings() -> Vec<Case> {
    let settings = json!({ "user": "admin", "given_name": "Ada", "tag_expiration_s": 604_800 });
    let other = json!({ "given_name": "Grace", "company": "Acme", "invoice_email": true, "tag_expiration_s": 86_400 });
    vec![Case::new("quay_user_settings", "", settings.clone(), with(settings, other), Json::Null).leaving()]
}
