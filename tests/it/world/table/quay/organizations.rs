//! Organizations and proxy caches.

use serde_json::{Value as Json, json};

use super::*;

pub(super) fn cases() -> Vec<Case> {
    [organizations(), proxy_caches()].concat()
}

fn organizations() -> Vec<Case> {
    let acme = json!({ "name": "acme", "email": "a@example.com", "tag_expiration_s": 604_800, "invoice_email": true });
    let other =
        json!({ "email": "b@example.com", "tag_expiration_s": 86_400, "invoice_email_address": "i@example.com" });
    let pushed = json!({ "number": 99, "description": "d", "is_public": false, "state": "NORMAL", "status_token": "Opens-a-badge",
        "users": {}, "teams": {}, "tags": { "v1": { "name": "v1", "size": 1 } } });
    vec![
        Case::new(
            "quay_organization",
            "",
            acme.clone(),
            with(acme.clone(), other),
            with(acme, json!({ "name": "acme2" })),
        ),
        Case::new(
            "quay_organization",
            "destroyed by force",
            json!({ "name": "acme", "email": "a@example.com", "force_destroy": true }),
            Json::Null,
            Json::Null,
        )
        .filled(json!({ "quay": { "repositories": { "acme/app": pushed.clone() } } })),
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
