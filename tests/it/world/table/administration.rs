//! Quay: what superusers manage.

use serde_json::{Value as Json, json};

use super::*;

pub(super) fn cases() -> Vec<Case> {
    let dave = json!({ "username": "dave", "email": "dave@example.com" });
    let kept = with(dave.clone(), json!({ "store_password": true }));
    let chosen = with(dave.clone(), json!({ "password": "Chosen-Password-1", "enabled": false }));
    let unseen = with(dave.clone(), json!({ "password_wo": "Unseen-Password-1", "password_wo_version": 1 }));
    let key =
        json!({ "service": "scanner", "name": "one", "expiration": "2040-01-01T00:00:00Z", "metadata": "{\"a\":1}" });
    let stored = with(key.clone(), json!({ "store_private_key": true, "notes": "n", "rotation": "1" }));
    let message = json!({ "content": "c", "severity": "warning" });
    let quota = json!({ "user": "alice", "limit": "10 GiB", "limits": [
        { "type": "Warning", "threshold_percent": 50 }, { "type": "Reject", "threshold_percent": 90 } ] });
    let more = json!({ "limit": "20 GiB", "limits": [
        { "type": "Warning", "threshold_percent": 60 }, { "type": "Reject", "threshold_percent": 90 } ] });
    vec![
        Case::new(
            "quay_service_key",
            "",
            key.clone(),
            with(key.clone(), json!({ "name": "two", "expiration": null, "metadata": "{\"b\":2}" })),
            with(key, json!({ "service": "other" })),
        ),
        Case::new(
            "quay_service_key",
            "with its private half stored",
            stored.clone(),
            with(stored.clone(), json!({ "name": "two" })),
            with(stored, json!({ "rotation": "2" })),
        )
        .storing(&["private_key"]),
        Case::new("quay_global_message", "", message.clone(), Json::Null, with(message, json!({ "content": "d" }))),
        Case::new(
            "quay_user_quota",
            "",
            quota.clone(),
            with(quota.clone(), more),
            with(quota, json!({ "user": "bob" })),
        ),
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
