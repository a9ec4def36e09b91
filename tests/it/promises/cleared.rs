//! What Quay makes of texts that are empty, left out or null: some requests change a part and keep the rest, others reset what they do not
//! name, and null is refused almost everywhere.

use serde_json::{Value as Json, json};

use crate::bad_input::says;
use crate::core::Action;
use crate::quay::{acme, app, ci, world};
use crate::world::inspect::{edit, string};
use crate::world::merged;

struct Clearing {
    kind: &'static str,
    /// What stays.
    base: Json,
    /// What comes, and goes again.
    more: Json,
    /// Where the server holds it.
    at: &'static str,
}

fn all() -> [Clearing; 7] {
    let app = json!({ "namespace": "acme", "repository": "app" });
    [
        Clearing {
            kind: "quay_organization",
            base: json!({ "name": "beta" }),
            more: json!({ "email": "beta@example.com", "invoice_email": true, "invoice_email_address": "bills@example.com" }),
            at: "/quay/organizations/beta",
        },
        Clearing {
            kind: "quay_team",
            base: json!({ "organization": "acme", "name": "devs", "role": "member" }),
            more: json!({ "description": "They *develop*.\n", "role": "creator" }),
            at: "/quay/organizations/acme/teams/devs",
        },
        Clearing {
            kind: "quay_repository",
            base: json!({ "namespace": "acme", "name": "other" }),
            more: json!({ "description": " # Other\n", "visibility": "public" }),
            at: "/quay/repositories/acme~1other",
        },
        Clearing {
            kind: "quay_oauth_application",
            base: json!({ "organization": "acme", "name": "Board" }),
            more: json!({ "description": "d", "application_uri": "https://a.example.com/",
                "redirect_uri": "https://b.example.com/", "avatar_email": "c@example.com" }),
            at: "/quay/organizations/acme/applications/0",
        },
        Clearing {
            kind: "quay_user_settings",
            base: json!({ "user": "admin" }),
            more: json!({ "given_name": "Ada", "family_name": "L", "company": "Example", "location": "London", "invoice_email": true,
                "invoice_email_address": "bills@example.com" }),
            at: "/quay/users/admin",
        },
        Clearing {
            kind: "quay_org_auto_prune_policy",
            base: json!({ "organization": "acme", "method": "number_of_tags", "value": "10" }),
            more: json!({ "tag_pattern": "^v", "tag_pattern_matches": false }),
            at: "/quay/organizations/acme/policies",
        },
        Clearing {
            kind: "quay_repository_mirror",
            base: merged(
                app,
                json!({ "external_reference": "registry.example.com/team/app", "tags": ["latest"], "robot_username": "acme+ci",
                    "sync_interval": 3600, "sync_start_date": "2026-12-01T00:00:00Z" }),
            ),
            more: json!({ "http_proxy": "http://a.example.com:3128", "https_proxy": "http://b.example.com:3128", "no_proxy": "c",
                "verify_tls": false, "unsigned_images": true, "external_registry_username": "u",
                "external_registry_password": "Passw0rd-of-the-mirror" }),
            at: "/quay/repositories/acme~1app/mirror",
        },
    ]
}

#[tokio::test]
async fn what_is_cleared_is_gone_and_what_is_not_named_stays() {
    for Clearing { kind, base, more, at } in all() {
        let world = world(&[acme(), app(), ci()]).await;
        let stores: &[&str] = if kind == "quay_repository_mirror" { &["external_registry_password"] } else { &[] };
        let command = world.command().await.storing(stores);
        let held = || world.simulator.dump().pointer(at).cloned().unwrap_or_default();
        let full = merged(base.clone(), more.clone());
        let bare = command.apply(kind, None, Some(base.clone())).await.unwrap();
        command.is_settled(&bare, base.clone()).await.unwrap_or_else(|why| panic!("{kind}, bare: {why}"));
        let empty = held();
        let whole = command.apply(kind, Some(&bare), Some(full.clone())).await.unwrap();
        command.is_settled(&whole, full.clone()).await.unwrap_or_else(|why| panic!("{kind}, whole: {why}"));
        let filled = held();
        assert_ne!(filled, empty, "{kind}");
        // One after the other: the rest stays what it was.
        for name in more.as_object().unwrap().keys() {
            // A password goes with its name.
            if name.starts_with("external_registry") {
                continue;
            }
            let mut less = full.clone();
            less.as_object_mut().unwrap().remove(name);
            if kind == "quay_team" && name == "role" {
                less["role"] = base["role"].clone();
            }
            let command = world.command().await.storing(stores);
            let applied = command.apply(kind, Some(&whole), Some(less.clone())).await.unwrap();
            command.is_settled(&applied, less).await.unwrap_or_else(|why| panic!("{kind} without {name}: {why}"));
            assert_ne!(held(), filled, "{kind} without {name}");
            command.apply(kind, Some(&applied), Some(full.clone())).await.unwrap();
            assert_eq!(held(), filled, "{kind} without {name}, and with it again");
        }
        let command = world.command().await.storing(stores);
        let cleared = command.apply(kind, Some(&whole), Some(base.clone())).await.unwrap();
        command.is_settled(&cleared, base).await.unwrap_or_else(|why| panic!("{kind}, cleared: {why}"));
        assert_eq!(without_nulls(held()), without_nulls(empty), "{kind}");
    }
}

/// Null, an empty text and nothing at all are the same to Quay.
fn without_nulls(json: Json) -> Json {
    match json {
        Json::Object(members) => {
            let kept = members.into_iter().map(|(name, value)| (name, without_nulls(value)));
            kept.filter(|(_, value)| !value.is_null() && value != "" && *value != json!({})).collect()
        }
        other => other,
    }
}

/// Texts that Quay keeps as they were sent, blanks and line ends included.
#[tokio::test]
async fn texts_that_quay_keeps_verbatim_are_no_drift() {
    let odd = "  Zwei Zeilen:\n\tü, 漢 \u{1F680}, \"quoted\"  \n";
    let world = world(&[acme()]).await;
    let cases = [
        ("quay_robot", json!({ "namespace": "acme", "name": "ci", "description": odd })),
        ("quay_team", json!({ "organization": "acme", "name": "devs", "role": "member", "description": odd })),
        ("quay_repository", json!({ "namespace": "acme", "name": "app", "description": odd })),
        ("quay_oauth_application", json!({ "organization": "acme", "name": " Board ", "description": odd })),
        ("quay_global_message", json!({ "content": odd })),
        ("quay_app_token", json!({ "title": " laptop " })),
    ];
    for (kind, config) in cases {
        let command = world.command().await;
        let made = command.apply(kind, None, Some(config.clone())).await.unwrap();
        command.is_settled(&made, config.clone()).await.unwrap_or_else(|why| panic!("{kind}: {why}"));
        let id = string(&made, "id");
        let imported = world.command().await.core.import(kind, &id, None).await.unwrap();
        let plan = command.plan(kind, Some(&imported), config).await.unwrap();
        assert_eq!(plan.action, Action::Nothing, "{kind}");
    }
}

/// What the web pages leave as "" is what the API leaves as null.
#[tokio::test]
async fn a_login_of_nobody_is_none() {
    let mirror = all().into_iter().next_back().expect("the mirror");
    let world = world(&[acme(), app(), ci()]).await;
    let command = world.command().await;
    let made = command.apply(mirror.kind, None, Some(mirror.base.clone())).await.unwrap();
    let proxy = json!({ "http_proxy": "", "https_proxy": null, "no_proxy": "" });
    let left = json!({ "username": "", "config": { "verify_tls": true, "proxy": proxy } });
    edit(&world, json!({ "quay": { "repositories": { "acme/app": { "mirror": left } } } }));
    world.command().await.is_settled(&made, mirror.base).await.unwrap();
}

/// `changevisibility` answers 200 with null for a repository that is not there.
#[tokio::test]
async fn a_repository_that_vanished_between_plan_and_apply_is_not_said_to_be_changed() {
    for change in [json!({ "visibility": "public" }), json!({ "description": "d" }), json!({ "state": "READ_ONLY" })] {
        let world = world(&[acme(), app()]).await;
        let command = world.command().await;
        let found = command.core.import("quay_repository", "acme/app", None).await.unwrap();
        let plan = command.core.plan("quay_repository", Some(&found), merged(app().1, change.clone())).await.unwrap();
        edit(&world, json!({ "quay": { "repositories": { "acme/app": null } } }));
        let said = command.core.apply(plan).await;
        says(&world, &said.diagnostics, &["repository acme/app"]);
    }
}
