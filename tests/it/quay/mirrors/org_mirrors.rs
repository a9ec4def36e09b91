//! Mirrors of organizations.

use serde_json::{Value as Json, json};
use terraform_framework::value::Value;

use crate::core::{Action, UNKNOWN, text};
use crate::quay::{acme, app, ci, refused, world};
use crate::world::inspect::{apply, at};
use crate::world::{Service, Through, World};

pub(crate) fn mirror(robot: &str) -> Json {
    json!({ "organization": "acme", "external_registry_type": "quay", "external_namespace": "library",
        "external_registry_url": "https://registry.example.com", "robot_username": robot, "sync_interval": 3600,
        "sync_start_date": "2027-01-01T00:00:00Z", "external_registry_username": "puller",
        "external_registry_password_wo": "Passw0rd-write-only", "external_registry_password_wo_version": 1 })
}

#[tokio::test]
async fn a_synchronization_is_no_drift_of_the_start() {
    let world = world(&[acme(), ci()]).await;
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
    let world = world(&[acme(), ci()]).await;
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
    let world = world(&[acme(), ci(), ("quay_robot", json!({ "namespace": "acme", "name": "other" }))]).await;
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
    let world = world(&[acme(), ci(), app]).await;
    let refused = apply(&world, "quay_org_mirror", None, mirror("acme+ci")).await.unwrap_err();
    assert!(refused.contains("already contains repositories"), "{refused}");
}

#[tokio::test]
async fn found_repositories_are_read_from_all_pages() {
    let world = world(&[acme(), ci()]).await;
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

/// Quay refuses to cancel twice (400).
#[tokio::test]
async fn the_synchronization_of_an_organization_is_cancelled_once_and_no_error_the_second_time() {
    let mirror = json!({ "organization": "acme", "external_registry_type": "quay", "external_namespace": "library",
        "external_registry_url": "https://registry.example.com", "robot_username": "acme+ci", "sync_interval": 3600 });
    let world = world(&[acme(), ci(), ("quay_org_mirror", mirror)]).await;
    let command = world.command().await;
    let cancel = async || command.core.invoke("quay_cancel_org_mirror_sync", json!({ "organization": "acme" })).await;
    assert!(cancel().await.unwrap().concat().contains("is cancelled"));
    assert!(cancel().await.unwrap().concat().contains("was cancelled already"));
}

/// A registry that mirrors others takes no repositories of its own, nor a cache.
#[tokio::test]
async fn what_an_organization_that_is_a_mirror_refuses_is_said() {
    let mirror = json!({ "organization": "acme", "external_registry_type": "quay", "external_namespace": "library",
        "external_registry_url": "https://registry.example.com", "robot_username": "acme+ci", "sync_interval": 3600 });
    let world = world(&[acme(), ci(), ("quay_org_mirror", mirror.clone())]).await;
    refused(&world, "quay_repository", app().1, &["Cannot create repository acme/app", "400", "mirror"]).await;
    let cache = json!({ "organization": "acme", "upstream_registry": "quay.io" });
    refused(&world, "quay_org_proxy_cache", cache, &["the proxy cache of organization acme", "400", "mirror"]).await;
    // A second one is answered by 400, not by 409.
    refused(&world, "quay_org_mirror", mirror, &["exists already", "terraform import quay_org_mirror.NAME 'acme'"])
        .await;
}

#[tokio::test]
async fn the_robot_of_an_organizations_mirror_is_exchanged_in_place_once_it_is_there() {
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    command.core.run("quay_organization", None, json!({ "name": "acme" })).await.unwrap();
    for name in ["ci", "next"] {
        command.core.run("quay_robot", None, json!({ "namespace": "acme", "name": name })).await.unwrap();
    }
    let mirror = |robot: serde_json::Value| {
        json!({ "organization": "acme", "external_registry_type": "quay",
        "external_registry_url": "https://quay.io", "external_namespace": "acme", "robot_username": robot, "sync_interval": 3600 })
    };
    let made = command.core.run("quay_org_mirror", None, mirror(json!("acme+ci"))).await.unwrap();
    let plan = command.plan("quay_org_mirror", Some(&made), mirror(json!("acme+next"))).await.unwrap();
    assert_eq!(plan.action, Action::Update);
    // Made by the same apply, its name is not known yet.
    let unknown = command.plan("quay_org_mirror", Some(&made), mirror(json!(crate::core::UNKNOWN))).await.unwrap();
    assert_eq!(unknown.action, Action::Replace);
}
