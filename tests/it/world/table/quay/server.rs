//! Service keys, and messages to everybody.

use serde_json::{Value as Json, json};

use super::*;

pub(super) fn cases() -> Vec<Case> {
    let key =
        json!({ "service": "scanner", "name": "one", "expiration": "2040-01-01T00:00:00Z", "metadata": "{\"a\":1}" });
    let stored = with(key.clone(), json!({ "store_private_key": true, "notes": "n", "rotation": "1" }));
    let message = json!({ "content": "c", "severity": "warning" });
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
    ]
}
