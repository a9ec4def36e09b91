//! Mirrors of repositories and of organizations.

use serde_json::{Value as Json, json};

use super::*;

pub(super) fn cases() -> Vec<Case> {
    [of_repositories(), of_organizations()].concat()
}

fn of_repositories() -> Vec<Case> {
    let mirror = json!({ "namespace": "acme", "repository": "app", "external_reference": "registry.example.com/team/app",
        "tags": ["latest", "v1.*"], "robot_username": "acme+ci", "sync_interval": 3600, "sync_start_date": "2026-12-01T00:00:00Z" });
    let login =
        json!({ "external_registry_username": "puller", "external_registry_password": "a password of the user" });
    let proxies = json!({ "http_proxy": "http://proxy.example.com:3128", "verify_tls": false });
    let before = [organization("acme"), repository("app"), repository("other"), robot("ci"), robot("other")];
    vec![
        Case::new(
            "quay_repository_mirror",
            "",
            mirror.clone(),
            with(mirror.clone(), json!({ "tags": ["*"], "is_enabled": false, "robot_username": "acme+other" })),
            with(mirror.clone(), json!({ "repository": "other" })),
        )
        .after(before.clone())
        .leaving(),
        Case::new(
            "quay_repository_mirror",
            "of some architectures",
            with(mirror.clone(), json!({ "architecture_filter": ["amd64"] })),
            with(mirror.clone(), json!({ "architecture_filter": ["amd64", "arm64"] })),
            Json::Null,
        )
        .after(before.clone())
        .leaving(),
        Case::new(
            "quay_repository_mirror",
            "with a login",
            with(mirror.clone(), login.clone()),
            with(with(mirror, login), proxies),
            Json::Null,
        )
        .after(before)
        .leaving()
        .storing(&["external_registry_password"]),
    ]
}

fn of_organizations() -> Vec<Case> {
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
