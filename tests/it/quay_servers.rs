//! Quays that differ: what older releases and features that are switched off make of what is asked of them.

use registry_simulator::{Action as Does, Fault, Options};
use serde_json::{Value as Json, json};
use terraform_framework::server::{ClientCapabilities, Encoded};

use crate::bad_input::says;
use crate::core::{Action, Instance, config, text};
use crate::world::{Service, Through, World, merged};

/// A Quay of a release, with features switched off.
async fn quay(release: &str, off: &[&str], before: &[(&str, Json)]) -> World {
    let mut options = Options::default();
    options.quay.release = release.into();
    let world = World::with(Service::Quay, Through::Calls, options);
    let command = world.command().await;
    for (kind, config) in before {
        command.core.run(kind, None, config.clone()).await.unwrap();
    }
    command.end();
    off.iter().for_each(|feature| switch(&world, feature, false));
    world
}

fn switch(world: &World, feature: &str, on: bool) {
    world.simulator.edit(json!({ "quay": { "config": { feature: on } } })).unwrap();
}

/// A page that is not there, for a proxy in between, for one.
fn missing(path: &str) -> Fault {
    answering(404, path)
}

/// A Quay that has no description of its API, in its own words.
fn undescribed() -> Fault {
    let body = r#"{"message": "The requested URL was not found on the server."}"#.into();
    let action = Does::Answer { status: 404, content_type: "application/json".into(), body, headers: Vec::new() };
    Fault { method: "GET".into(), path: "/api/v1/discovery".into(), skip: 0, times: 100, action }
}

/// What a proxy answers in a server's place.
fn answering(status: u16, path: &str) -> Fault {
    let action =
        Does::Answer { status, content_type: "text/html".into(), body: "Not here".into(), headers: Vec::new() };
    Fault { method: "GET".into(), path: path.into(), skip: 0, times: 100, action }
}

/// How often a path was read.
fn asked(world: &World, path: &str) -> u64 {
    world.simulator.requests().of("GET", path)
}

fn acme() -> (&'static str, Json) {
    ("quay_organization", json!({ "name": "acme", "email": "acme@example.com" }))
}

fn app() -> (&'static str, Json) {
    ("quay_repository", json!({ "namespace": "acme", "name": "app" }))
}

fn email(instance: &Instance) -> Option<&str> {
    instance.state.attribute("email").and_then(|email| email.as_str())
}

/// Plans in a command of its own; the errors.
async fn refused(world: &World, kind: &str, prior: Option<&Instance>, config: Json, words: &[&str]) {
    let command = world.command().await;
    let said = command.plan(kind, prior, config).await.expect_err("it cannot be done there");
    says(world, &said, words);
}

#[tokio::test]
async fn an_organization_without_an_address_has_none_on_old_servers_either() {
    let world = quay("3.17", &["FEATURE_MAILING"], &[]).await;
    let command = world.command().await;
    for name in ["acme", "other"] {
        let none = json!({ "name": name });
        let some = merged(none.clone(), json!({ "email": format!("{name}@example.com") }));
        let mut made = None;
        for (config, address) in [
            (&none, ""),
            (&some, some["email"].as_str().unwrap()),
            (&none, ""),
            (&some, some["email"].as_str().unwrap()),
        ] {
            let applied = command.apply("quay_organization", made.as_ref(), Some(config.clone())).await;
            assert!(!applied.diagnostics.has_errors(), "{name}: {}", text(&applied.diagnostics));
            let instance = applied.instance.unwrap();
            assert_eq!(email(&instance), Some(address));
            command.is_settled(&instance, config.clone()).await.unwrap();
            made = Some(instance);
        }
        // It stays without one for the next one of these.
        let last = command.apply("quay_organization", made.as_ref(), Some(none.clone())).await.unwrap();
        let imported = command.core.import("quay_organization", name, None).await.unwrap();
        assert_eq!((email(&last), email(&imported)), (Some(""), Some("")));
    }
    let listed = command.core.read_data("quay_organizations", json!({})).await.unwrap();
    assert!(!format!("{listed:?}").contains("-4"), "what stands for an address is shown nowhere: {listed:?}");
}

#[tokio::test]
async fn an_old_server_that_demands_an_address_is_explained() {
    let world = quay("3.17", &[], &[]).await;
    let said = world.command().await.apply("quay_organization", None, Some(json!({ "name": "acme" }))).await;
    says(&world, &said.diagnostics, &["Email address is required", "Before Quay 3.18", "FEATURE_MAILING"]);
    assert!(said.instance.is_none());
}

#[tokio::test]
async fn a_proxy_cache_that_is_validated_can_be_changed() {
    let world = quay("3.18", &[], &[acme()]).await;
    let kind = "quay_org_proxy_cache";
    let cache = |more: Json| {
        merged(
            json!({ "organization": "acme", "upstream_registry": "registry.example.com", "validate_when_planned": true }),
            more,
        )
    };
    let command = world.command().await;
    let made = command.apply(kind, None, Some(cache(json!({})))).await.unwrap();
    for more in [json!({ "expiration_s": 60 }), json!({ "upstream_registry": "registry.example.com/library" })] {
        let plan = command.plan(kind, Some(&made), cache(more)).await.unwrap();
        assert_eq!(plan.action, Action::Update);
    }
}

#[tokio::test]
async fn what_a_server_ignores_of_a_users_settings_is_said_by_the_plan_and_else_by_the_apply() {
    let kind = "quay_user_settings";
    let profile = json!({ "user": "admin", "given_name": "Ada", "company": "Example" });
    let expiring = json!({ "user": "admin", "tag_expiration_s": 86_400 });
    let world = quay("3.18", &[], &[]).await;
    let command = world.command().await;
    let plans = [
        command.plan(kind, None, profile.clone()).await.unwrap(),
        command.plan(kind, None, expiring.clone()).await.unwrap(),
    ];
    switch(&world, "FEATURE_USER_METADATA", false);
    switch(&world, "FEATURE_CHANGE_TAG_EXPIRATION", false);
    let words = [
        ["`given_name` was not changed", "FEATURE_USER_METADATA"],
        ["The tag expiration was not changed", "FEATURE_CHANGE_TAG_EXPIRATION"],
    ];
    for (plan, words) in plans.into_iter().zip(words) {
        says(&world, &command.core.apply(plan).await.diagnostics, &words);
    }
    refused(&world, kind, None, profile, &["given_name", "company", "FEATURE_USER_METADATA"]).await;
    refused(&world, kind, None, expiring, &["tag_expiration_s", "FEATURE_CHANGE_TAG_EXPIRATION"]).await;
    // Nor can be taken away what is there from another time.
    world.simulator.edit(json!({ "quay": { "users": { "admin": { "profile": { "company": "Example" } } } } })).unwrap();
    let read = world.command().await.core.import(kind, "admin", None).await.unwrap();
    let bare = json!({ "user": "admin" });
    refused(&world, kind, Some(&read), bare, &["company", "FEATURE_USER_METADATA", "Set `company` to what it is"])
        .await;
    world.simulator.edit(json!({ "quay": { "users": { "admin": { "profile": { "company": null } } } } })).unwrap();
    // What is there already, and what is of no feature, may be in the configuration.
    let same = json!({ "user": "admin", "tag_expiration_s": 1_209_600, "invoice_email": true });
    world.command().await.apply(kind, None, Some(same)).await.unwrap();
}

#[tokio::test]
async fn a_server_that_tells_nothing_of_its_features_is_asked_all_the_same() {
    let world = quay("3.18", &["FEATURE_USER_METADATA"], &[]).await;
    world.simulator.fault(missing("/config"));
    let profile = json!({ "user": "admin", "given_name": "Ada" });
    let said = world.command().await.apply("quay_user_settings", None, Some(profile)).await;
    says(&world, &said.diagnostics, &["`given_name` was not changed", "FEATURE_USER_METADATA"]);
}

fn notification(event: &str, more: Json) -> Json {
    let base = json!({ "namespace": "acme", "repository": "app", "event": event });
    merged(merged(base, json!({ "webhook": { "url": "https://hooks.example.com/quay" } })), more)
}

#[tokio::test]
async fn events_that_a_release_does_not_know_are_named_with_the_one_that_brought_them() {
    let kind = "quay_repository_notification";
    let before = [acme(), app()];
    let world = quay("3.17", &[], &before).await;
    refused(&world, kind, None, notification("quota_error", json!({})), &["event", "`quota_error`", "3.18"]).await;
    // Of a server that has them the feature for organizations and users does not count.
    let world = quay("3.18", &["FEATURE_QUOTA_NOTIFICATIONS"], &before).await;
    world.command().await.apply(kind, None, Some(notification("quota_error", json!({})))).await.unwrap();
    let world = quay("3.11", &[], &before).await;
    let expiry = notification("repo_image_expiry", json!({ "expiry_days": 5 }));
    let said = world.command().await.apply(kind, None, Some(expiry.clone())).await;
    says(&world, &said.diagnostics, &["500", "`repo_image_expiry` came with 3.12"]);
    let world = quay("3.12", &[], &before).await;
    world.command().await.apply(kind, None, Some(expiry)).await.unwrap();
}

#[tokio::test]
async fn notifications_by_e_mail_without_e_mail_are_refused_by_the_plan() {
    let world = quay("3.18", &["FEATURE_MAILING"], &[acme(), app()]).await;
    let mail = notification("repo_push", json!({ "webhook": null, "email": { "address": "a@example.com" } }));
    let kind = "quay_repository_notification";
    refused(&world, kind, None, mail, &["This Quay has no notifications by e-mail", "FEATURE_MAILING"]).await;
    world.command().await.apply(kind, None, Some(notification("repo_push", json!({})))).await.unwrap();
}

fn mirror(more: Json) -> Json {
    let base = json!({ "namespace": "acme", "repository": "app", "external_reference": "registry.example.com/team/app",
        "tags": ["latest"], "robot_username": "acme+ci", "sync_interval": 3600, "sync_start_date": "2026-12-01T00:00:00Z" });
    merged(base, more)
}

fn mirrored() -> [(&'static str, Json); 3] {
    [acme(), app(), ("quay_robot", json!({ "namespace": "acme", "name": "ci" }))]
}

#[tokio::test]
async fn a_filter_of_architectures_that_a_server_refuses_is_refused_by_the_plan() {
    let kind = "quay_repository_mirror";
    let filtered = mirror(json!({ "architecture_filter": ["amd64"] }));
    let world = quay("3.18", &["FEATURE_SPARSE_INDEX"], &mirrored()).await;
    refused(&world, kind, None, filtered.clone(), &["architecture_filter", "FEATURE_SPARSE_INDEX"]).await;
    // A mirror that has it from another time can be changed.
    switch(&world, "FEATURE_SPARSE_INDEX", true);
    let made = world.command().await.apply(kind, None, Some(filtered.clone())).await.unwrap();
    switch(&world, "FEATURE_SPARSE_INDEX", false);
    let later = merged(filtered, json!({ "sync_interval": 7200 }));
    world.command().await.apply(kind, Some(&made), Some(later)).await.unwrap();
}

#[tokio::test]
async fn a_mirror_that_a_refusal_left_behind_is_in_the_state() {
    let kind = "quay_repository_mirror";
    let world = quay("3.17", &[], &mirrored()).await;
    let command = world.command().await;
    let filtered = mirror(json!({ "architecture_filter": ["amd64"] }));
    let plan = command.plan(kind, None, filtered).await.unwrap();
    switch(&world, "FEATURE_SPARSE_INDEX", false);
    let said = command.core.apply(plan).await;
    says(&world, &said.diagnostics, &["FEATURE_SPARSE_INDEX", "Leave `architecture_filter` out"]);
    let made = said.instance.expect("the mirror is there, and in the state");
    assert!(made.tainted);
    let whole = world.command().await.apply(kind, Some(&made), Some(mirror(json!({})))).await.unwrap();
    world.command().await.is_settled(&whole, mirror(json!({}))).await.unwrap();
}

#[tokio::test]
async fn an_old_server_that_does_not_describe_itself_explains_a_mirror_that_makes_it_fail() {
    let world = quay("3.14", &[], &mirrored()).await;
    world.simulator.fault(undescribed());
    let said = world.command().await.apply("quay_repository_mirror", None, Some(mirror(json!({})))).await;
    says(&world, &said.diagnostics, &["500", "before 3.15", "/api/v1/discovery"]);
}

#[tokio::test]
async fn a_server_that_does_not_describe_itself_is_asked_once_whether_it_does() {
    let other = ("quay_repository", json!({ "namespace": "acme", "name": "other" }));
    let before = [mirrored().to_vec(), vec![other]].concat();
    for fault in [undescribed(), answering(403, "/api/v1/discovery")] {
        let world = quay("3.18", &[], &before).await;
        world.simulator.fault(fault);
        let command = world.command().await;
        world.simulator.reset_requests();
        for repository in ["app", "other"] {
            let policy =
                json!({ "namespace": "acme", "repository": repository, "method": "number_of_tags", "value": "10" });
            let mirror = mirror(json!({ "repository": repository }));
            for (kind, config) in [("quay_repository_auto_prune_policy", policy), ("quay_repository_mirror", mirror)] {
                let made = command.apply(kind, None, Some(config.clone())).await.unwrap();
                command.is_settled(&made, config).await.unwrap();
            }
        }
        assert_eq!(asked(&world, "/api/v1/discovery"), 1, "{:?}", world.simulator.requests());
    }
}

/// Where mirrors are switched off, Quay says of each that it is not there; the description tells that from one that was deleted. What
/// somebody else answers in its place tells nothing.
#[tokio::test]
async fn a_mirror_is_not_gone_because_another_describes_the_server() {
    let kind = "quay_repository_mirror";
    let world = quay("3.18", &[], &mirrored()).await;
    let made = world.command().await.apply(kind, None, Some(mirror(json!({})))).await.unwrap();
    switch(&world, "FEATURE_REPO_MIRROR", false);
    for status in [200, 404, 410, 500] {
        world.simulator.fault(answering(status, "/api/v1/discovery"));
        let said = world.command().await.refresh(&made).await.expect_err("it cannot be known");
        says(&world, &said, &["Cannot read what this server offers", "/api/v1/discovery"]);
        world.simulator.clear_faults();
    }
    let said = world.command().await.refresh(&made).await.expect_err("it is switched off");
    says(&world, &said, &["FEATURE_REPO_MIRROR"]);
}

#[tokio::test]
async fn a_server_that_could_not_describe_itself_for_a_moment_is_asked_again() {
    let kind = "quay_repository_mirror";
    let world = quay("3.18", &["FEATURE_REPO_MIRROR"], &mirrored()).await;
    let command = world.command().await;
    world.simulator.fault(answering(503, "/api/v1/discovery"));
    command.plan(kind, None, mirror(json!({}))).await.unwrap();
    world.simulator.clear_faults();
    let said = command.plan(kind, None, mirror(json!({}))).await.expect_err("now it is known");
    says(&world, &said, &["FEATURE_REPO_MIRROR"]);
}

#[tokio::test]
async fn a_second_auto_prune_policy_is_refused_with_the_first_and_the_release_that_allows_more() {
    let kind = "quay_org_auto_prune_policy";
    let world = quay("3.12", &[], &[acme()]).await;
    let command = world.command().await;
    let policy = |value: &str| json!({ "organization": "acme", "method": "number_of_tags", "value": value });
    let first = command.apply(kind, None, Some(policy("10"))).await.unwrap();
    let id = first.state.attribute("id").and_then(|id| id.as_str()).unwrap().to_owned();
    let said = command.apply(kind, None, Some(policy("20"))).await;
    says(&world, &said.diagnostics, &[&format!("terraform import {kind}.NAME '{id}'"), "before 3.13"]);
}

#[tokio::test]
async fn actions_that_a_server_does_not_have_are_refused_by_the_plan() {
    let of_acme = || json!({ "organization": "acme" });
    let of_app = || json!({ "namespace": "acme", "repository": "app" });
    let mail = || merged(of_app(), json!({ "email": "a@example.com" }));
    let uuid = json!({ "uuid": "d9b2d63d-a233-4123-847a-76838bf2413a" });
    let kid = json!({ "kid": "Kq3vXy0h8J2n4QpRs6TuVwXz1Ab3Cd5Ef7Gh9Jk0Lm2" });
    let cases = [
        ("quay_sync_org_mirror", of_acme(), "FEATURE_ORG_MIRROR", "3.17"),
        ("quay_cancel_org_mirror_sync", of_acme(), "FEATURE_ORG_MIRROR", "3.17"),
        ("quay_verify_org_mirror", of_acme(), "FEATURE_ORG_MIRROR", "3.17"),
        ("quay_sync_repository_mirror", of_app(), "FEATURE_REPO_MIRROR", ""),
        ("quay_cancel_repository_mirror_sync", of_app(), "FEATURE_REPO_MIRROR", ""),
        ("quay_take_ownership", of_acme(), "FEATURE_SUPER_USERS", ""),
        ("quay_rename_organization", merged(of_acme(), json!({ "new_name": "beta" })), "FEATURE_SUPER_USERS", ""),
        ("quay_calculate_registry_size", json!({}), "FEATURE_SUPER_USERS", ""),
        ("quay_approve_service_key", kid, "FEATURE_SUPER_USERS", ""),
        ("quay_send_recovery_email", json!({ "username": "alice" }), "FEATURE_MAILING", ""),
        ("quay_authorize_notification_email", mail(), "FEATURE_MAILING", ""),
        ("quay_test_notification", merged(of_acme(), uuid.clone()), "FEATURE_QUOTA_NOTIFICATIONS", "3.18"),
        ("quay_test_notification", uuid.clone(), "FEATURE_QUOTA_NOTIFICATIONS", "3.18"),
        ("quay_reset_notification_failures", uuid.clone(), "FEATURE_QUOTA_NOTIFICATIONS", "3.18"),
        // These are there on every server.
        ("quay_test_notification", merged(of_app(), uuid.clone()), "", ""),
        ("quay_reset_notification_failures", merged(of_app(), uuid), "", ""),
        ("quay_regenerate_robot_token", json!({ "username": "acme+ci" }), "", ""),
    ];
    let whole = quay("3.18", &[], &[]).await;
    let old = quay("3.9", &[], &[]).await;
    for (action, asked, feature, since) in cases {
        let planned = async |world: &World| {
            let command = world.command().await;
            let schema = &command.core.schemas().actions[action];
            let asked = Encoded::of(&config(schema, asked.clone()), &schema.ty()).unwrap();
            let before = world.shape();
            let (said, _) = command.core.serve().plan_action(action, asked, ClientCapabilities::default()).await;
            assert_eq!(world.shape(), before, "a plan changes nothing");
            said
        };
        let said = planned(&whole).await;
        assert!(said.is_empty(), "{action}: {}", text(&said));
        if !feature.is_empty() {
            let world = quay("3.18", &[feature], &[]).await;
            says(&world, &planned(&world).await, &["This Quay has no", feature]);
        }
        let said = planned(&old).await;
        match since {
            "" => assert!(said.is_empty(), "{action}: {}", text(&said)),
            since => says(&old, &said, &["This Quay has no", since]),
        }
    }
}
