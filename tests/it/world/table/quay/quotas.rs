//! Quotas of organizations and of users.

use serde_json::json;

use super::*;

pub(super) fn cases() -> Vec<Case> {
    [of_organizations(), of_users()].concat()
}

fn of_organizations() -> Vec<Case> {
    let quota = json!({ "organization": "acme", "limit": "10 GiB", "limits": [ { "type": "Warning", "threshold_percent": 50 },
        { "type": "Warning", "threshold_percent": 70 }, { "type": "Reject", "threshold_percent": 90 } ] });
    let more = json!({ "limit": "20 GiB", "limits": [
        { "type": "Warning", "threshold_percent": 60 }, { "type": "Reject", "threshold_percent": 90 } ] });
    vec![
        Case::new(
            "quay_org_quota",
            "",
            quota.clone(),
            with(quota.clone(), more),
            with(quota, json!({ "organization": "acme2" })),
        )
        .after([organization("acme"), organization("acme2")]),
        Case::new(
            "quay_org_quota",
            "where superusers may not do everything",
            json!({ "organization": "acme", "limit": "10 GiB" }),
            json!({ "organization": "acme", "limit": "20 GiB" }),
            json!({ "organization": "acme2", "limit": "10 GiB" }),
        )
        .beside(json!({ "quay": { "config": { "FEATURE_SUPERUSERS_FULL_ACCESS": false } } }))
        .after([organization("acme"), organization("acme2")]),
    ]
}

fn of_users() -> Vec<Case> {
    let quota = json!({ "user": "alice", "limit": "10 GiB", "limits": [
        { "type": "Warning", "threshold_percent": 50 }, { "type": "Reject", "threshold_percent": 90 } ] });
    let more = json!({ "limit": "20 GiB", "limits": [
        { "type": "Warning", "threshold_percent": 60 }, { "type": "Reject", "threshold_percent": 90 } ] });
    vec![Case::new(
        "quay_user_quota",
        "",
        quota.clone(),
        with(quota.clone(), more),
        with(quota, json!({ "user": "bob" })),
    )]
}
