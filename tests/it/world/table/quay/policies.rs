//! Policies about tags.

use serde_json::{Value as Json, json};

use super::*;

pub(super) fn cases() -> Vec<Case> {
    [auto_prune(), immutability()].concat()
}

fn of_app(policy: Json) -> Json {
    with(json!({ "namespace": "acme", "repository": "app" }), policy)
}

fn auto_prune() -> Vec<Case> {
    let ten = json!({ "method": "number_of_tags", "value": "10", "tag_pattern": "^v" });
    let week = json!({ "method": "creation_date", "value": "7d", "tag_pattern": "^x", "tag_pattern_matches": false });
    let (org, own) = (json!({ "organization": "acme" }), json!({ "user": "admin" }));
    vec![
        Case::new(
            "quay_org_auto_prune_policy",
            "",
            with(org.clone(), ten.clone()),
            with(org.clone(), week.clone()),
            with(json!({ "organization": "acme2" }), ten.clone()),
        )
        .after([organization("acme"), organization("acme2")]),
        Case::new(
            "quay_repository_auto_prune_policy",
            "",
            of_app(ten.clone()),
            of_app(week.clone()),
            with(of_app(ten.clone()), json!({ "repository": "other" })),
        )
        .after([organization("acme"), repository("app"), repository("other")]),
        Case::new("quay_user_auto_prune_policy", "", with(own.clone(), ten), with(own, week), Json::Null),
        Case::new(
            "quay_org_auto_prune_policy",
            "without patterns",
            with(org.clone(), json!({ "method": "number_of_tags", "value": "10" })),
            with(org, json!({ "method": "creation_date", "value": "7d" })),
            Json::Null,
        )
        .after([organization("acme")]),
    ]
}

fn immutability() -> Vec<Case> {
    let release = json!({ "tag_pattern": "^release-" });
    let other = json!({ "tag_pattern": "^v[0-9]+", "tag_pattern_matches": false });
    let org = json!({ "organization": "acme" });
    vec![
        Case::new(
            "quay_org_immutability_policy",
            "",
            with(org.clone(), release.clone()),
            with(org, other.clone()),
            with(json!({ "organization": "acme2" }), release.clone()),
        )
        .after([organization("acme"), organization("acme2")]),
        Case::new(
            "quay_repository_immutability_policy",
            "",
            of_app(release.clone()),
            of_app(other),
            with(of_app(release), json!({ "repository": "other" })),
        )
        .after([organization("acme"), repository("app"), repository("other")]),
    ]
}
