//! Quay: policies about tags, proxy caches, organization mirrors.

use serde_json::{Value as Json, json};

use super::*;

pub(super) fn cases() -> Vec<Case> {
    [auto_prune(), immutability(), proxy_caches(), mirrors()].concat()
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

fn proxy_caches() -> Vec<Case> {
    let cache = json!({ "organization": "acme", "upstream_registry": "quay.io/acme" });
    let login = with(cache.clone(), json!({ "upstream_registry_username": "puller" }));
    let validated =
        json!({ "organization": "acme", "upstream_registry": "registry.example.com", "validate_when_planned": true });
    let stored = with(login.clone(), json!({ "upstream_registry_password": "Passw0rd-that-is-stored" }));
    let unseen =
        json!({ "upstream_registry_password_wo": "Passw0rd-write-only", "upstream_registry_password_wo_version": 1 });
    let again =
        json!({ "upstream_registry_password_wo": "Passw0rd-write-only-2", "upstream_registry_password_wo_version": 2 });
    vec![
        Case::new(
            "quay_org_proxy_cache",
            "",
            cache.clone(),
            with(cache.clone(), json!({ "expiration_s": 3600, "insecure": true })),
            with(cache, json!({ "organization": "acme2" })),
        )
        .after([organization("acme"), organization("acme2")]),
        Case::new(
            "quay_org_proxy_cache",
            "validated when it is planned",
            validated.clone(),
            with(validated, json!({ "upstream_registry": "registry.example.com/library" })),
            Json::Null,
        )
        .after([organization("acme")]),
        Case::new(
            "quay_org_proxy_cache",
            "with a password",
            stored.clone(),
            with(stored, json!({ "upstream_registry_password": "Passw0rd-the-second" })),
            Json::Null,
        )
        .after([organization("acme")])
        .storing(&["upstream_registry_password"]),
        Case::new(
            "quay_org_proxy_cache",
            "with a write-only password",
            with(login.clone(), unseen),
            with(login, again),
            Json::Null,
        )
        .after([organization("acme")]),
    ]
}

fn mirrors() -> Vec<Case> {
    let mirror = json!({ "organization": "acme", "external_registry_type": "quay", "external_namespace": "library",
        "external_registry_url": "https://registry.example.com", "robot_username": "acme+ci", "sync_interval": 3600,
        "sync_start_date": "2027-01-01T00:00:00Z" });
    let login = with(mirror.clone(), json!({ "external_registry_username": "puller" }));
    let unseen =
        json!({ "external_registry_password_wo": "Passw0rd-write-only", "external_registry_password_wo_version": 1 });
    let again =
        json!({ "external_registry_password_wo": "Passw0rd-write-only-2", "external_registry_password_wo_version": 2 });
    vec![
        Case::new(
            "quay_org_mirror",
            "",
            mirror.clone(),
            with(
                mirror.clone(),
                json!({ "sync_interval": 7200, "repository_filters": ["app-*"], "verify_tls": false }),
            ),
            with(mirror, json!({ "external_registry_type": "harbor" })),
        )
        .after([organization("acme"), robot("ci")]),
        Case::new(
            "quay_org_mirror",
            "with a write-only password",
            with(login.clone(), unseen),
            with(login, again),
            Json::Null,
        )
        .after([organization("acme"), robot("ci")]),
    ]
}
