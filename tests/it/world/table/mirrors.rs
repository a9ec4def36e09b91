//! Quay: repository mirrors.

use serde_json::{Value as Json, json};

use super::*;

pub(super) fn cases() -> Vec<Case> {
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
