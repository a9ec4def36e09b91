//! Harbor.

use serde_json::{Value as Json, json};

use super::*;

pub(super) fn cases() -> Vec<Case> {
    let project = |name: &str| ("harbor_project", json!({ "name": name }));
    let acme = json!({ "name": "acme", "public": true, "storage_limit": "10 GiB", "severity": "low",
        "reuse_sys_cve_allowlist": false, "cve_allowlist": { "cve_ids": ["CVE-2019-10164"] } });
    let other = json!({ "public": false, "storage_limit": "20 GiB", "severity": null, "auto_scan": true,
        "cve_allowlist": { "cve_ids": ["CVE-2020-1971"] } });
    let may = |kind: &str, place: &str, actions: &[&str]| {
        let access: Vec<_> = actions.iter().map(|a| json!({ "resource": "repository", "action": a })).collect();
        json!([{ "kind": kind, "namespace": place, "access": access }])
    };
    let registry = json!({ "name": "hub", "type": "docker-hub", "url": "https://hub.docker.com", "status": "healthy" });
    let proxy =
        json!({ "name": "hub", "registry_id": 1, "proxy_speed_kb": 100, "proxy_cache_local_on_not_found": true });
    let pushed = |name: &str| json!({ "project_id": 2, "name": name });
    let pushed = json!({ "1": pushed("acme/app"), "2": pushed("acme/team/app") });
    let ci = json!({ "name": "ci", "level": "project", "project": "acme", "description": "d", "rotation": "1",
        "store_secret": true, "permissions": may("project", "acme", &["pull", "push"]) });
    let system = json!({ "name": "reader", "level": "system", "duration": 30, "disable": true,
        "permissions": may("project", "*", &["pull"]) });
    let chosen = with(system.clone(), json!({ "disable": false, "secret": "Chosen-Secret-1" }));
    let unseen = with(system.clone(), json!({ "secret_wo": "Unseen-Secret-1", "secret_wo_version": 1 }));
    vec![
        Case::new(
            "harbor_project",
            "",
            acme.clone(),
            with(acme.clone(), other),
            with(acme, json!({ "name": "acme2" })),
        ),
        Case::new(
            "harbor_project",
            "that caches a registry",
            proxy.clone(),
            with(
                proxy,
                json!({ "proxy_speed_kb": 200, "max_upstream_conn": 3, "proxy_cache_local_on_not_found": false }),
            ),
            Json::Null,
        )
        .beside(json!({ "harbor": { "registries": { "rows": { "1": registry } } } })),
        Case::new(
            "harbor_project",
            "destroyed by force",
            json!({ "name": "acme", "force_destroy": true }),
            Json::Null,
            Json::Null,
        )
        .filled(json!({ "harbor": { "repositories": { "rows": pushed } } })),
        Case::new(
            "harbor_robot",
            "with its secret stored",
            ci.clone(),
            with(ci.clone(), json!({ "rotation": "2", "permissions": may("project", "acme", &["pull"]) })),
            with(ci, json!({ "name": "cd" })),
        )
        .after([project("acme")])
        .storing(&["generated_secret"]),
        Case::new(
            "harbor_robot",
            "of the system",
            system.clone(),
            with(system, json!({ "disable": false, "duration": 60, "description": "d" })),
            Json::Null,
        ),
        Case::new(
            "harbor_robot",
            "with a chosen secret",
            chosen.clone(),
            with(chosen, json!({ "secret": "Chosen-Secret-2", "description": "e" })),
            Json::Null,
        )
        .storing(&["secret"]),
        Case::new(
            "harbor_robot",
            "with a write-only secret",
            unseen.clone(),
            with(unseen, json!({ "secret_wo": "Unseen-Secret-2", "secret_wo_version": 2 })),
            Json::Null,
        ),
    ]
}
