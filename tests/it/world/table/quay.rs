//! Quay: organizations, robots, repositories, teams, permissions, quotas.

use serde_json::{Value as Json, json};

use super::*;

pub(super) fn cases() -> Vec<Case> {
    [quay_namespaces(), quay_teams(), quay_permissions(), quay_own_user()].concat()
}

fn quay_namespaces() -> Vec<Case> {
    let acme = json!({ "name": "acme", "email": "a@example.com", "tag_expiration_s": 604_800, "invoice_email": true });
    let other =
        json!({ "email": "b@example.com", "tag_expiration_s": 86_400, "invoice_email_address": "i@example.com" });
    let ci = json!({ "namespace": "acme", "name": "ci", "description": "d", "rotation": "1" });
    let kept = with(ci.clone(), json!({ "store_token": true, "unstructured_metadata": "{\"team\":\"x\"}" }));
    let app = json!({ "namespace": "acme", "name": "app", "description": "d" });
    let frozen = with(app.clone(), json!({ "state": "READ_ONLY" }));
    let pushed = json!({ "number": 99, "description": "d", "is_public": false, "state": "NORMAL", "status_token": "Opens-a-badge",
        "users": {}, "teams": {}, "tags": { "v1": { "name": "v1", "size": 1 } } });
    let quota = json!({ "organization": "acme", "limit": "10 GiB", "limits": [ { "type": "Warning", "threshold_percent": 50 },
        { "type": "Warning", "threshold_percent": 70 }, { "type": "Reject", "threshold_percent": 90 } ] });
    let more = json!({ "limit": "20 GiB", "limits": [
        { "type": "Warning", "threshold_percent": 60 }, { "type": "Reject", "threshold_percent": 90 } ] });
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
        Case::new(
            "quay_robot",
            "",
            ci.clone(),
            with(ci.clone(), json!({ "rotation": "2" })),
            with(ci, json!({ "description": "e" })),
        )
        .after([organization("acme")]),
        Case::new(
            "quay_robot",
            "with its token stored",
            kept.clone(),
            with(kept.clone(), json!({ "rotation": "2" })),
            with(kept, json!({ "name": "other" })),
        )
        .after([organization("acme")])
        .storing(&["token", "docker_config_json"]),
        Case::new(
            "quay_robot",
            "of the token's own user",
            json!({ "namespace": "admin", "name": "ci", "store_token": true, "rotation": "1" }),
            json!({ "namespace": "admin", "name": "ci", "store_token": true, "rotation": "2" }),
            Json::Null,
        )
        .storing(&["token", "docker_config_json"]),
        Case::new(
            "quay_repository",
            "",
            app.clone(),
            with(app.clone(), json!({ "description": "e", "visibility": "public", "state": "READ_ONLY" })),
            with(app.clone(), json!({ "name": "app/nested" })),
        )
        .after([organization("acme")]),
        Case::new(
            "quay_repository",
            "read-only",
            frozen.clone(),
            with(frozen, json!({ "state": "NORMAL" })),
            Json::Null,
        )
        .after([organization("acme")]),
        Case::new(
            "quay_repository",
            "destroyed by force",
            with(app, json!({ "force_destroy": true })),
            Json::Null,
            Json::Null,
        )
        .after([organization("acme")])
        .filled(json!({ "quay": { "repositories": { "acme/app": pushed } } })),
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

fn quay_teams() -> Vec<Case> {
    let devs = json!({ "organization": "acme", "name": "devs", "role": "member", "description": "d" });
    let member = json!({ "organization": "acme", "team": "devs", "member": "alice" });
    let members = json!({ "organization": "acme", "team": "devs", "members": ["alice", "acme+ci"] });
    vec![
        Case::new(
            "quay_team",
            "",
            devs.clone(),
            with(devs.clone(), json!({ "role": "creator", "description": "e" })),
            with(devs, json!({ "name": "ops" })),
        )
        .after([organization("acme")]),
        Case::new("quay_team_member", "", member.clone(), Json::Null, with(member, json!({ "member": "acme+ci" })))
            .after([organization("acme"), team("devs"), robot("ci")]),
        Case::new(
            "quay_team_members",
            "",
            members.clone(),
            with(members.clone(), json!({ "members": ["bob", "acme+ci"] })),
            with(members, json!({ "team": "ops" })),
        )
        .after([organization("acme"), team("devs"), team("ops"), robot("ci")]),
    ]
}

fn quay_permissions() -> Vec<Case> {
    let one = |who: &str, name: &str| json!({ "namespace": "acme", "repository": "app", who: name, "role": "read" });
    let all = json!({ "namespace": "acme", "repository": "app", "users": { "alice": "read" },
        "robots": { "acme+ci": "write" }, "teams": { "devs": "admin" } });
    let before = [organization("acme"), repository("app"), repository("other"), robot("ci"), team("devs")];
    vec![
        Case::new(
            "quay_repository_permission",
            "of a robot",
            one("robot", "acme+ci"),
            with(one("robot", "acme+ci"), json!({ "role": "write" })),
            one("user", "alice"),
        )
        .after(before.clone()),
        Case::new(
            "quay_repository_permission",
            "of a user",
            one("user", "alice"),
            with(one("user", "alice"), json!({ "role": "write" })),
            one("user", "bob"),
        )
        .after(before.clone()),
        Case::new(
            "quay_repository_permission",
            "of a team",
            one("team", "devs"),
            with(one("team", "devs"), json!({ "role": "admin" })),
            Json::Null,
        )
        .after(before.clone()),
        Case::new(
            "quay_repository_permissions",
            "",
            all.clone(),
            with(all.clone(), json!({ "users": { "alice": "write", "bob": "read" }, "teams": {} })),
            with(all, json!({ "repository": "other" })),
        )
        .after(before),
    ]
}

fn quay_own_user() -> Vec<Case> {
    let settings = json!({ "user": "admin", "given_name": "Ada", "tag_expiration_s": 604_800 });
    let other = json!({ "given_name": "Grace", "company": "Acme", "invoice_email": true, "tag_expiration_s": 86_400 });
    vec![Case::new("quay_user_settings", "", settings.clone(), with(settings, other), Json::Null).leaving()]
}
