//! What Quay would fail at, keep otherwise, or make unreachable: the plan refuses it, at the attribute that is wrong.

use serde_json::{Value as Json, json};
use terraform_framework::Diagnostic;

use crate::core::text;
use crate::quay::{acme, app, ci, world};
use crate::world::inspect::{edit, held};
use crate::world::merged;

fn mirror(more: Json) -> Json {
    let base = json!({ "namespace": "acme", "repository": "app", "external_reference": "registry.example.com/team/app",
        "tags": ["latest"], "robot_username": "acme+ci", "sync_interval": 3600, "sync_start_date": "2026-12-01T00:00:00Z" });
    merged(base, more)
}

fn org_mirror(more: Json) -> Json {
    let base = json!({ "organization": "acme", "external_registry_type": "quay", "external_namespace": "library",
        "external_registry_url": "https://registry.example.com", "robot_username": "acme+ci", "sync_interval": 3600 });
    merged(base, more)
}

fn notification(more: Json) -> Json {
    merged(json!({ "namespace": "acme", "repository": "app", "event": "repo_push" }), more)
}

/// Each with the attribute that is wrong.
fn cases() -> Vec<(&'static str, Json, &'static str)> {
    let in_acme = |more: Json| merged(json!({ "organization": "acme" }), more);
    let repository = |name: &str| json!({ "namespace": "acme", "name": name });
    let long = "x".repeat(252);
    let policy = |more: Json| in_acme(merged(json!({ "method": "number_of_tags", "value": "10" }), more));
    vec![
        // Names: nothing is put in lower case or trimmed.
        ("quay_organization", json!({ "name": "Acme" }), "name"),
        ("quay_organization", json!({ "name": " acme" }), "name"),
        ("quay_organization", json!({ "name": "a" }), "name"),
        ("quay_organization", json!({ "name": "a__b" }), "name"),
        ("quay_organization", json!({ "name": "beta", "email": "x@y" }), "email"),
        ("quay_robot", json!({ "namespace": "acme", "name": long }), "name"),
        ("quay_team", in_acme(json!({ "name": "Devs", "role": "member" })), "name"),
        ("quay_team", in_acme(json!({ "name": "devs", "role": "Member" })), "role"),
        // Repositories that end like an address of the API could never be reached again.
        ("quay_repository", repository("app/tag"), "name"),
        ("quay_repository", repository("app/mirror"), "name"),
        ("quay_repository", repository("app/permissions/user"), "name"),
        ("quay_repository", repository("App"), "name"),
        ("quay_repository", repository("app/"), "name"),
        // Dates of mirrors have one form.
        (
            "quay_repository_mirror",
            mirror(json!({ "sync_start_date": "2026-12-01T00:00:00+01:00" })),
            "sync_start_date",
        ),
        ("quay_repository_mirror", mirror(json!({ "sync_start_date": "2026-12-01T00:00:00.5Z" })), "sync_start_date"),
        (
            "quay_repository_mirror",
            mirror(json!({ "external_reference": "https://quay.io/a/b" })),
            "external_reference",
        ),
        ("quay_repository_mirror", mirror(json!({ "tags": [] })), "tags"),
        ("quay_repository_mirror", mirror(json!({ "skopeo_timeout_interval": 299 })), "skopeo_timeout_interval"),
        ("quay_repository_mirror", mirror(json!({ "robot_username": "beta+ci" })), "robot_username"),
        ("quay_repository_mirror", mirror(json!({ "robot_username": "ci" })), "robot_username"),
        ("quay_org_mirror", org_mirror(json!({ "sync_interval": 59 })), "sync_interval"),
        ("quay_org_mirror", org_mirror(json!({ "skopeo_timeout": 29 })), "skopeo_timeout"),
        ("quay_org_mirror", org_mirror(json!({ "external_registry_type": "dockerhub" })), "external_registry_type"),
        // Policies: what Quay does not look at, and what it trims or cannot keep.
        ("quay_org_auto_prune_policy", policy(json!({ "value": "0" })), "value"),
        ("quay_org_auto_prune_policy", policy(json!({ "value": "010" })), "value"),
        ("quay_org_auto_prune_policy", policy(json!({ "method": "creation_date", "value": "7 d" })), "value"),
        ("quay_org_auto_prune_policy", policy(json!({ "tag_pattern": "" })), "tag_pattern"),
        ("quay_org_immutability_policy", in_acme(json!({ "tag_pattern": "x".repeat(257) })), "tag_pattern"),
        ("quay_org_immutability_policy", in_acme(json!({ "tag_pattern": "[" })), "tag_pattern"),
        ("quay_org_immutability_policy", in_acme(json!({ "tag_pattern": "" })), "tag_pattern"),
        ("quay_org_proxy_cache", in_acme(json!({ "upstream_registry": "https://quay.io" })), "upstream_registry"),
        // Quotas.
        ("quay_org_quota", in_acme(json!({ "limit": "1.5 GiB" })), "limit"),
        ("quay_org_quota", in_acme(json!({ "limit": "8 EiB" })), "limit"),
        ("quay_org_quota", in_acme(json!({ "limit_bytes": -1 })), "limit_bytes"),
        // Notifications.
        ("quay_repository_notification", notification(json!({ "webhook": { "url": "https:///x" } })), "webhook"),
        (
            "quay_repository_notification",
            notification(json!({ "webhook": { "url": "http://localhost/x" } })),
            "webhook",
        ),
        (
            "quay_repository_notification",
            notification(json!({ "webhook": { "url": "https://a.example.com/x", "template": "{" } })),
            "webhook",
        ),
        (
            "quay_repository_notification",
            notification(json!({ "event": "no_event", "slack": { "url": "https://a.example.com/x" } })),
            "event",
        ),
        (
            "quay_org_notification",
            in_acme(json!({ "event": "repo_push", "slack": { "url": "https://a.example.com/x" } })),
            "event",
        ),
        // Who logs in.
        (
            "quay_oauth_application_token",
            in_acme(json!({ "client_id": "ABCDEFGHIJ0123456789", "name": " t", "scopes": ["repo:read"] })),
            "name",
        ),
        (
            "quay_robot_federation",
            json!({ "robot": "acme+ci", "identities": [{ "issuer": "issuer.example.com", "subject": "s" }] }),
            "identities",
        ),
        (
            "quay_repository_permission",
            json!({ "namespace": "acme", "repository": "app", "user": "bob", "role": "Read" }),
            "role",
        ),
        ("quay_service_key", json!({ "service": "scanner", "expiration": "tomorrow" }), "expiration"),
    ]
}

#[tokio::test]
async fn the_plan_refuses_what_quay_would_not_keep_as_it_is() {
    let world = world(&[acme(), app(), ci()]).await;
    let before = held(&world);
    let mut wrong = Vec::new();
    for (kind, config, attribute) in cases() {
        let at = |d: &Diagnostic| d.path.as_ref().is_some_and(|path| path.root_attribute() == Some(attribute));
        match world.command().await.plan(kind, None, config.clone()).await {
            Ok(_) => wrong.push(format!("{kind} {attribute}: {config} is planned")),
            Err(said) if !said.0.iter().any(at) => wrong.push(format!("{kind} {attribute}: {}", text(&said))),
            Err(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(held(&world), before);
}

/// Nested names are one path: what hangs on `team/app` is not taken for something of `team`.
#[tokio::test]
async fn what_hangs_on_a_nested_repository_hangs_on_it_alone() {
    let world = world(&[acme(), ci()]).await;
    let command = world.command().await;
    for name in ["team", "team/app", "team/app/x_", "t"] {
        command.core.run("quay_repository", None, json!({ "namespace": "acme", "name": name })).await.unwrap();
    }
    let of = |more: Json| merged(json!({ "namespace": "acme", "repository": "team/app" }), more);
    let hanging = [
        ("quay_repository_permission", of(json!({ "user": "bob", "role": "read" }))),
        ("quay_repository_permission", of(json!({ "robot": "acme+ci", "role": "write" }))),
        ("quay_repository_auto_prune_policy", of(json!({ "method": "number_of_tags", "value": "10" }))),
        ("quay_repository_immutability_policy", of(json!({ "tag_pattern": "^v" }))),
        (
            "quay_repository_notification",
            of(json!({ "event": "repo_push", "webhook": { "url": "https://a.example.com/x" } })),
        ),
    ];
    for (kind, config) in hanging {
        let made = command.core.run(kind, None, config.clone()).await.unwrap();
        command.is_settled(&made, config.clone()).await.unwrap_or_else(|why| panic!("{kind}: {why}"));
        let id = crate::world::inspect::string(&made, "id");
        let imported = command.core.import(kind, &id, None).await.unwrap();
        assert_eq!(crate::world::inspect::string(&imported, "repository"), "team/app", "{kind}");
    }
    let dump = world.simulator.dump();
    for other in ["acme/team", "acme/team/app/x_", "acme/t"] {
        let untouched = &dump["quay"]["repositories"][other];
        assert_eq!(untouched["users"], json!({ "admin": "admin" }), "{other}");
    }
}

/// Quay fails (500) for what its columns cannot hold, and takes blanks away.
#[tokio::test]
async fn what_quay_could_not_keep_as_it_is_is_refused_by_the_plan() {
    let world = world(&[acme(), app()]).await;
    let long = "x".repeat(256);
    let in_acme = |more: Json| merged(json!({ "organization": "acme" }), more);
    let before = held(&world);
    let cases = [
        ("quay_app_token", json!({ "title": long }), "title"),
        ("quay_oauth_application", in_acme(json!({ "name": long })), "name"),
        ("quay_oauth_application", in_acme(json!({ "name": "x", "redirect_uri": long })), "redirect_uri"),
        ("quay_robot", json!({ "namespace": "acme", "name": "ci", "description": long }), "description"),
        ("quay_service_key", json!({ "service": "scanner", "name": long }), "name"),
        ("quay_org_immutability_policy", in_acme(json!({ "tag_pattern": " ^v" })), "tag_pattern"),
        (
            "quay_org_auto_prune_policy",
            in_acme(json!({ "method": "number_of_tags", "value": "1", "tag_pattern": "^v " })),
            "tag_pattern",
        ),
    ];
    for (kind, config, attribute) in cases {
        let said = world.command().await.plan(kind, None, config).await.expect_err(kind);
        let at = |d: &terraform_framework::Diagnostic| {
            d.path.as_ref().is_some_and(|path| path.root_attribute() == Some(attribute))
        };
        assert!(said.0.iter().any(at), "{kind}: {}", text(&said));
    }
    assert_eq!(held(&world), before);
}

#[tokio::test]
async fn what_quay_holds_can_be_configured() {
    let world = world(&[acme()]).await;
    let command = world.command().await;
    let odd = [
        ("quay_user", json!({ "username": "dave", "email": "5f0c3a0e-6c2b-4a53-9b0e-3d1f0a7a9c11" }), "email"),
        (
            "quay_oauth_application",
            json!({ "organization": "acme", "name": "x", "redirect_uri": "not a uri" }),
            "redirect_uri",
        ),
        (
            "quay_org_auto_prune_policy",
            json!({ "organization": "acme", "method": "number_of_tags", "value": "12", "tag_pattern": "[" }),
            "tag_pattern",
        ),
    ];
    edit(&world, json!({ "quay": { "config": { "FEATURE_MAILING": false } } }));
    for (kind, config, attribute) in odd {
        let value = crate::core::config(command.core.schema(kind), config.clone());
        let said = text(&command.core.validate(kind, &value).await);
        command.core.run(kind, None, config).await.unwrap();
        assert!(said.contains("Most likely not what is meant"), "{kind}: nothing is said of {attribute}: {said}");
    }
}
