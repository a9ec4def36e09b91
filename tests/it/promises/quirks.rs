//! Oddities of a Quay that are not passed on.

use registry_simulator::{Action as Does, Fault, Options};
use serde_json::json;
use terraform_framework::server::{ActionEvent, Encoded};
use terraform_framework::value::Value;
use tokio::sync::mpsc;

use super::{edit, string};
use crate::bad_input::{says, token};
use crate::core::{Action, config, text};
use crate::world::{Service, Through, World};

async fn with_app() -> World {
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    command.core.run("quay_organization", None, json!({ "name": "acme" })).await.unwrap();
    command.core.run("quay_repository", None, json!({ "namespace": "acme", "name": "app" })).await.unwrap();
    command.end();
    world
}

/// A Quay without it takes the route for a repository's, which nobody but a superuser may know not to be there.
#[tokio::test]
async fn a_report_that_a_server_does_not_have_is_said_to_be_missing_to_everybody() {
    let mut options = Options::default();
    options.quay.release = "3.17".into();
    let world = World::with(Service::Quay, Through::Calls, options);
    for label in ["admin", "alice"] {
        let command = world.command_with(json!({ "token": token(&world, label) })).await;
        let said = command.core.read_data("quay_mirror_health", json!({ "namespace": "alice" })).await.unwrap_err();
        says(&world, &said, &["no mirror health report", "it came with 3.18"]);
    }
}

#[tokio::test]
async fn a_policy_whose_making_failed_inside_the_server_is_made_again() {
    let world = with_app().await;
    let command = world.command().await;
    let kind = "quay_repository_auto_prune_policy";
    let policy =
        |value: &str| json!({ "namespace": "acme", "repository": "app", "method": "number_of_tags", "value": value });
    let fails = |times| Fault::once("POST", "*/autoprunepolicy/", Does::quay_crash()).times(times);
    world.simulator.fault(fails(1));
    command.apply(kind, None, Some(policy("5"))).await.unwrap();
    // As often as anything is tried.
    world.simulator.fault(fails(100));
    let failed = command.apply(kind, None, Some(policy("6"))).await;
    says(&world, &failed.diagnostics, &["500"]);
    assert!(failed.instance.is_none());
    assert_eq!(command.core.list(kind, json!({ "namespace": "acme", "repository": "app" })).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_notification_of_another_repository_is_not_tried() {
    let world = with_app().await;
    let command = world.command().await;
    command.core.run("quay_repository", None, json!({ "namespace": "acme", "name": "other" })).await.unwrap();
    let other = json!({ "namespace": "acme", "repository": "other", "event": "repo_push",
        "webhook": { "url": "https://deploy.example.com/hooks/quay" } });
    let made = command.core.run("quay_repository_notification", None, other).await.unwrap();
    for name in ["quay_test_notification", "quay_reset_notification_failures"] {
        let schema = &command.core.schemas().actions[name];
        let asked = json!({ "namespace": "acme", "repository": "app", "uuid": string(&made, "uuid") });
        let asked = Encoded::of(&config(schema, asked), &schema.ty()).unwrap();
        let (sink, mut events) = mpsc::channel(16);
        command.core.serve().invoke_action(name, asked, sink).await;
        match events.recv().await.expect("it ends") {
            ActionEvent::Progress(told) => panic!("{name} tells: {told}"),
            ActionEvent::Completed(said) => {
                says(&world, &said, &["There is no notification", "of repository acme/app"])
            }
        }
    }
}

/// In an unknown namespace Quay fails instead of saying so.
#[tokio::test]
async fn a_repository_whose_organization_is_gone_is_destroyed() {
    let world = with_app().await;
    let command = world.command().await;
    let kept = json!({ "namespace": "acme", "name": "app", "force_destroy": true });
    let own = command.core.import("quay_repository", "acme/app", None).await.unwrap();
    let own = command.apply("quay_repository", Some(&own), Some(kept)).await.unwrap();
    edit(&world, json!({ "quay": { "organizations": { "acme": null }, "repositories": { "acme/app": null } } }));
    // Terraform may leave the refresh out.
    let gone = command.core.destroy(&own).await;
    assert!(gone.instance.is_none() && !gone.diagnostics.has_errors(), "{}", text(&gone.diagnostics));
}

#[tokio::test]
async fn who_may_see_everything_and_which_workers_there_are_is_shown() {
    let world = with_app().await;
    let command = world.command().await;
    let read = command.core.read_data("quay_users", json!({})).await.unwrap();
    assert!(format!("{read:?}").contains("global_readonly_super_user"));
    let read = command.core.read_data("quay_mirror_health", json!({})).await.unwrap();
    let number = |name: &str| read.attribute(name).and_then(Value::as_i64);
    assert_eq!((number("workers_active"), number("workers_configured")), (Some(0), Some(0)));
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
