//! Quay: notifications.

use serde_json::{Value as Json, json};

use super::*;

pub(super) fn cases() -> Vec<Case> {
    let push = json!({ "namespace": "acme", "repository": "app", "event": "repo_push", "title": "Pushes",
        "webhook": { "url": "https://deploy.example.com/hooks/quay" } });
    let slack = json!({ "webhook": null, "slack": { "url": "https://hooks.slack.example.com/services/A/B/C" } });
    let full = with(push.clone(), json!({ "event": "quota_error" }));
    let warned = |more: Json| with(json!({ "event": "quota_warning", "email": { "address": "a@example.com" } }), more);
    let team = json!({ "email": null, "quay_notification": { "kind": "team", "name": "owners" } });
    let bob = json!({ "email": null, "quay_notification": { "kind": "user", "name": "bob" } });
    let before = [organization("acme"), repository("app")];
    let org = warned(json!({ "organization": "acme" }));
    vec![
        Case::new("quay_repository_notification", "", push.clone(), Json::Null, with(push.clone(), slack.clone()))
            .after(before.clone()),
        Case::new("quay_repository_notification", "of a quota", full.clone(), Json::Null, with(full, slack))
            .after(before.clone()),
        Case::new("quay_org_notification", "", org.clone(), Json::Null, with(org, team)).after(before),
        Case::new("quay_user_notification", "", warned(json!({})), Json::Null, with(warned(json!({})), bob)),
    ]
}
