//! What is special about policies, proxy caches and organization mirrors of Quay.

use registry_simulator::{Action as Does, Fault};
use serde_json::{Value as Json, json};
use terraform_framework::value::Value;

use crate::core::{Action, Instance, UNKNOWN, text};
use crate::world::{Service, Through, World};

async fn world(before: &[(&str, Json)]) -> World {
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    for (kind, config) in before {
        command.core.run(kind, None, config.clone()).await.unwrap();
    }
    command.end();
    world
}

fn acme() -> (&'static str, Json) {
    ("quay_organization", json!({ "name": "acme" }))
}

fn robot() -> (&'static str, Json) {
    ("quay_robot", json!({ "namespace": "acme", "name": "ci" }))
}

fn at<'a>(instance: &'a Instance, name: &str) -> &'a Value {
    instance.state.attribute(name).unwrap_or_else(|| panic!("no attribute {name}"))
}

/// Applies a configuration; what comes of it, or what was said.
async fn apply(world: &World, kind: &str, prior: Option<&Instance>, config: Json) -> Result<Instance, String> {
    let command = world.command().await;
    let applied = command.apply(kind, prior, Some(config)).await;
    command.end();
    match applied.diagnostics.has_errors() {
        true => Err(text(&applied.diagnostics)),
        false => Ok(applied.instance.expect("something was made")),
    }
}

#[tokio::test]
async fn an_equal_policy_is_refused_with_the_id_of_the_one_that_is_there() {
    let world = world(&[acme()]).await;
    let kind = "quay_org_auto_prune_policy";
    let config = json!({ "organization": "acme", "method": "number_of_tags", "value": "10" });
    let first = apply(&world, kind, None, config.clone()).await.unwrap();
    let id = at(&first, "id").as_str().unwrap().to_owned();
    let refused = apply(&world, kind, None, config).await.unwrap_err();
    assert!(refused.contains(&format!("terraform import {kind}.NAME '{id}'")), "{refused}");

    let kind = "quay_org_immutability_policy";
    let config = json!({ "organization": "acme", "tag_pattern": "^v" });
    let first = apply(&world, kind, None, config).await.unwrap();
    let id = at(&first, "id").as_str().unwrap().to_owned();
    let other = json!({ "organization": "acme", "tag_pattern": "^v", "tag_pattern_matches": false });
    let refused = apply(&world, kind, None, other).await.unwrap_err();
    assert!(refused.contains(&format!("'{id}'")), "the same pattern is refused, whatever else differs: {refused}");
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let world = world(&[acme()]).await;
    let policy = json!({ "organization": "nobody", "method": "number_of_tags", "value": "10" });
    let refused = apply(&world, "quay_org_auto_prune_policy", None, policy).await.unwrap_err();
    assert!(refused.contains("There is no organization nobody"), "{refused}");
    let policy = json!({ "organization": "nobody", "tag_pattern": "^v" });
    let refused = apply(&world, "quay_org_immutability_policy", None, policy).await.unwrap_err();
    assert!(refused.contains("There is no organization nobody"), "{refused}");
    let policy = json!({ "namespace": "acme", "repository": "app", "tag_pattern": "^v" });
    let refused = apply(&world, "quay_repository_immutability_policy", None, policy).await.unwrap_err();
    assert!(refused.contains("There is no repository acme/app"), "{refused}");
    let cache = json!({ "organization": "nobody", "upstream_registry": "quay.io" });
    let refused = apply(&world, "quay_org_proxy_cache", None, cache).await.unwrap_err();
    assert!(refused.contains("There is no organization nobody"), "{refused}");
}

#[tokio::test]
async fn another_users_policy_is_an_error_and_never_gone() {
    let world = world(&[]).await;
    let kind = "quay_user_auto_prune_policy";
    let config = |user: &str| json!({ "user": user, "method": "creation_date", "value": "7d" });
    let refused = apply(&world, kind, None, config("alice")).await.unwrap_err();
    assert!(refused.contains("The token belongs to \"admin\""), "{refused}");
    let mut mine = apply(&world, kind, None, config("admin")).await.unwrap();
    mine.state.set(&terraform_framework::Path::attribute("user"), Value::from("alice"));
    let command = world.command().await;
    let read = command.core.refresh(&mine).await;
    assert!(read.is_err_and(|said| text(&said).contains("Another user's policies")));
}

#[tokio::test]
async fn an_organization_that_is_gone_takes_its_policies_along() {
    let world = world(&[acme()]).await;
    let policy = json!({ "organization": "acme", "method": "number_of_tags", "value": "10" });
    let cache = json!({ "organization": "acme", "upstream_registry": "quay.io" });
    let made = [
        apply(&world, "quay_org_auto_prune_policy", None, policy).await.unwrap(),
        apply(&world, "quay_org_proxy_cache", None, cache).await.unwrap(),
    ];
    world.simulator.edit(json!({ "quay": { "organizations": { "acme": null } } })).unwrap();
    for (instance, full_access) in made.iter().flat_map(|instance| [(instance, true), (instance, false)]) {
        world
            .simulator
            .edit(json!({ "quay": { "config": { "FEATURE_SUPERUSERS_FULL_ACCESS": full_access } } }))
            .unwrap();
        let command = world.command().await;
        assert!(command.core.refresh(instance).await.unwrap().is_none(), "{}", instance.type_name);
    }
}

#[tokio::test]
async fn an_upstream_is_validated_only_when_it_is_wished_and_the_plan_stays_the_same() {
    let world = world(&[acme()]).await;
    let kind = "quay_org_proxy_cache";
    let config = |registry: &str, password: &str, validated: bool| {
        json!({ "organization": "acme", "upstream_registry": registry, "upstream_registry_username": "puller",
            "upstream_registry_password_wo": password, "upstream_registry_password_wo_version": 1,
            "validate_when_planned": validated })
    };
    let right = "not-a-secret-in-an-example";
    let command = world.command().await;
    let planned = |config: Json| command.plan(kind, None, config);
    let good = planned(config("registry.example.com/library", right, true)).await.unwrap();
    assert_eq!(good.action, Action::Create);
    let refused = text(&planned(config("registry.example.com", "wrong-password", true)).await.unwrap_err());
    assert!(refused.contains("upstream_registry") && refused.contains("Failed login"), "{refused}");
    assert!(!refused.contains("wrong-password"));
    assert!(planned(config("registry.example.com", "wrong-password", false)).await.is_ok());
    // An organization that is not there yet, and values that are not known, are no failures.
    let mut early = config("registry.example.com", "wrong-password", true);
    early["organization"] = json!("acme2");
    assert!(planned(early).await.is_ok());
    assert!(planned(config(UNKNOWN, "wrong-password", true)).await.is_ok());
}

#[tokio::test]
async fn an_organization_is_one_proxy_cache_at_most() {
    let world = world(&[acme()]).await;
    let kind = "quay_org_proxy_cache";
    let config = json!({ "organization": "acme", "upstream_registry": "quay.io" });
    apply(&world, kind, None, config.clone()).await.unwrap();
    let refused = apply(&world, kind, None, config).await.unwrap_err();
    assert!(refused.contains("terraform import quay_org_proxy_cache.NAME 'acme'"), "{refused}");
}

fn mirror(robot: &str) -> Json {
    json!({ "organization": "acme", "external_registry_type": "quay", "external_namespace": "library",
        "external_registry_url": "https://registry.example.com", "robot_username": robot, "sync_interval": 3600,
        "sync_start_date": "2027-01-01T00:00:00Z", "external_registry_username": "puller",
        "external_registry_password_wo": "Passw0rd-write-only", "external_registry_password_wo_version": 1 })
}

#[tokio::test]
async fn a_synchronization_is_no_drift_of_the_start() {
    let world = world(&[acme(), robot()]).await;
    let kind = "quay_org_mirror";
    let made = apply(&world, kind, None, mirror("acme+ci")).await.unwrap();
    let moved = json!({ "quay": { "organizations": { "acme": { "mirror": {
        "sync_start_date": "2027-03-01T04:05:06.957919Z", "sync_status": "SUCCESS" } } } } });
    world.simulator.edit(moved).unwrap();
    let command = world.command().await;
    let read = command.core.refresh(&made).await.unwrap().unwrap();
    assert_eq!(at(&read, "sync_start_date"), &Value::from("2027-01-01T00:00:00Z"));
    assert_eq!(at(&read, "next_sync_date"), &Value::from("2027-03-01T04:05:06.957919Z"));
    command.is_settled(&made, mirror("acme+ci")).await.unwrap();
    // A change of something else does not move it back.
    let mut changed = mirror("acme+ci");
    changed["sync_interval"] = json!(7200);
    apply(&world, kind, Some(&made), changed).await.unwrap();
    let there = &world.simulator.dump()["quay"]["organizations"]["acme"]["mirror"];
    assert_eq!(
        (&there["sync_interval"], &there["sync_start_date"]),
        (&json!(7200), &json!("2027-03-01T04:05:06.957919Z"))
    );
}

#[tokio::test]
async fn a_password_that_is_gone_from_the_server_is_sent_again() {
    let world = world(&[acme(), robot()]).await;
    let made = apply(&world, "quay_org_mirror", None, mirror("acme+ci")).await.unwrap();
    let password =
        |world: &World| world.simulator.dump()["quay"]["organizations"]["acme"]["mirror"]["password"].clone();
    assert_eq!(password(&world), "Passw0rd-write-only");
    let patch = json!([{ "op": "replace", "path": "/quay/organizations/acme/mirror/password", "value": null }]);
    world.simulator.edit(patch).unwrap();
    let healed = apply(&world, "quay_org_mirror", Some(&made), mirror("acme+ci")).await.unwrap();
    assert_eq!(password(&world), "Passw0rd-write-only");
    // Taken out of the configuration, it is taken away.
    let mut anonymous = mirror("acme+ci");
    for name in ["username", "password_wo", "password_wo_version"] {
        anonymous.as_object_mut().unwrap().remove(&format!("external_registry_{name}"));
    }
    apply(&world, "quay_org_mirror", Some(&healed), anonymous).await.unwrap();
    assert_eq!(password(&world), Json::Null);
}

#[tokio::test]
async fn a_robot_that_is_replaced_replaces_the_mirror_and_another_robot_does_not() {
    let world = world(&[acme(), robot(), ("quay_robot", json!({ "namespace": "acme", "name": "other" }))]).await;
    let made = apply(&world, "quay_org_mirror", None, mirror("acme+ci")).await.unwrap();
    let command = world.command().await;
    let plan = command.plan("quay_org_mirror", Some(&made), mirror(UNKNOWN)).await.unwrap();
    assert_eq!(plan.action, Action::Replace);
    assert!(text(&plan.diagnostics).contains("only in an empty organization"), "{}", text(&plan.diagnostics));
    let plan = command.plan("quay_org_mirror", Some(&made), mirror("acme+other")).await.unwrap();
    assert_eq!(plan.action, Action::Update);
    // The robot goes, and the mirror with it.
    world.simulator.edit(json!({ "quay": { "organizations": { "acme": { "mirror": null } } } })).unwrap();
    assert!(command.core.refresh(&made).await.unwrap().is_none());
}

#[tokio::test]
async fn only_an_empty_organization_becomes_a_mirror() {
    let app = ("quay_repository", json!({ "namespace": "acme", "name": "app" }));
    let world = world(&[acme(), robot(), app]).await;
    let refused = apply(&world, "quay_org_mirror", None, mirror("acme+ci")).await.unwrap_err();
    assert!(refused.contains("already contains repositories"), "{refused}");
}

#[tokio::test]
async fn a_server_without_a_feature_is_named_by_it() {
    let world = world(&[acme(), robot()]).await;
    world
        .simulator
        .edit(json!({ "quay": { "config": { "FEATURE_ORG_MIRROR": false, "FEATURE_PROXY_CACHE": false,
        "FEATURE_AUTO_PRUNE": false, "FEATURE_IMMUTABLE_TAGS": false } } }))
        .unwrap();
    let policy = json!({ "organization": "acme", "method": "number_of_tags", "value": "10" });
    let cases = [
        ("quay_org_mirror", mirror("acme+ci"), "FEATURE_ORG_MIRROR"),
        (
            "quay_org_proxy_cache",
            json!({ "organization": "acme", "upstream_registry": "quay.io" }),
            "FEATURE_PROXY_CACHE",
        ),
        ("quay_org_auto_prune_policy", policy, "FEATURE_AUTO_PRUNE"),
        (
            "quay_org_immutability_policy",
            json!({ "organization": "acme", "tag_pattern": "^v" }),
            "FEATURE_IMMUTABLE_TAGS",
        ),
    ];
    for (kind, config, feature) in cases {
        let refused = apply(&world, kind, None, config).await.unwrap_err();
        assert!(refused.contains(feature), "{kind}: {refused}");
    }
}

/// Lets the server describe an API whose auto-prune policies have these members.
fn describe(world: &World, members: &[&str]) {
    let properties: serde_json::Map<_, _> = members.iter().map(|name| ((*name).to_owned(), json!({}))).collect();
    let body = json!([{ "in": "body", "name": "body", "schema": { "$ref": "#/definitions/AutoPrunePolicyConfig" } }]);
    let description = json!({
        "swagger": "2.0",
        "paths": {
            "/api/v1/organization/{orgname}": { "get": { "parameters": [] } },
            "/api/v1/organization/{orgname}/autoprunepolicy/": { "post": { "parameters": body } },
        },
        "definitions": { "AutoPrunePolicyConfig": { "type": "object", "properties": properties } },
    });
    let answer = Does::answer(200, &description.to_string());
    world.simulator.fault(Fault::once("GET", "/api/v1/discovery*", answer).times(u32::MAX));
}

#[tokio::test]
async fn a_tag_pattern_is_refused_by_a_release_that_would_leave_it_out() {
    let world = world(&[acme()]).await;
    let kind = "quay_org_auto_prune_policy";
    let all = json!({ "organization": "acme", "method": "number_of_tags", "value": "10" });
    let with = |name: &str, value: Json| {
        let mut config = all.clone();
        config[name] = value;
        config
    };
    describe(&world, &["method", "value"]);
    let command = world.command().await;
    for config in [with("tag_pattern", json!("^v")), with("tag_pattern_matches", json!(false))] {
        let refused = text(&command.plan(kind, None, config).await.unwrap_err());
        assert!(refused.contains("tag_pattern") && refused.contains("3.13"), "{refused}");
    }
    let made = apply(&world, kind, None, all.clone()).await.unwrap();
    command.is_settled(&made, all.clone()).await.unwrap();
    world.simulator.clear_faults();
    describe(&world, &["method", "value", "tagPattern", "tagPatternMatches"]);
    apply(&world, kind, Some(&made), with("tag_pattern", json!("^v"))).await.unwrap();
    // Of repositories, this server knows no policies at all.
    let of_app = json!({ "namespace": "acme", "repository": "app", "method": "number_of_tags", "value": "10" });
    let refused =
        text(&world.command().await.plan("quay_repository_auto_prune_policy", None, of_app).await.unwrap_err());
    assert!(refused.contains("3.11") && refused.contains("FEATURE_AUTO_PRUNE"), "{refused}");
}

#[tokio::test]
async fn a_refresh_of_many_policies_takes_a_few_requests() {
    let world = world(&[acme()]).await;
    let mut made = Vec::new();
    for count in 1..=20 {
        let config = json!({ "organization": "acme", "method": "number_of_tags", "value": count.to_string() });
        made.push(apply(&world, "quay_org_auto_prune_policy", None, config).await.unwrap());
    }
    let command = world.command().await;
    world.simulator.reset_requests();
    for instance in &made {
        assert_eq!(command.core.refresh(instance).await.unwrap().unwrap().state, instance.state);
    }
    let requests = world.simulator.requests();
    assert!(requests.total <= 3, "{requests:?}");
}

#[tokio::test]
async fn found_repositories_are_read_from_all_pages() {
    let world = world(&[acme(), robot()]).await;
    apply(&world, "quay_org_mirror", None, mirror("acme+ci")).await.unwrap();
    let found = |n: usize| {
        json!({ "name": format!("app{n:04}"), "sync_status": "SUCCESS", "discovery_date": "2026-11-20T10:00:00Z",
        "last_sync_date": null, "status_message": "", "quay_repository": format!("acme/app{n:04}") })
    };
    let all: Vec<Json> = (0..700).map(found).collect();
    world
        .simulator
        .edit(json!({ "quay": { "organizations": { "acme": { "mirror": { "repositories": all } } } } }))
        .unwrap();
    let command = world.command().await;
    let read = command.core.read_data("quay_org_mirror_repositories", json!({ "organization": "acme" })).await.unwrap();
    let Some(Value::List(items)) = read.attribute("repositories") else { panic!("a list") };
    assert_eq!(items.len(), 700);
    assert_eq!(items[699].attribute("quay_repository"), Some(&Value::from("acme/app0699")));
    let refused =
        command.core.read_data("quay_org_mirror_repositories", json!({ "organization": "nobody" })).await.unwrap_err();
    assert!(text(&refused).contains("Organization nobody is no mirror"), "{}", text(&refused));
}
