//! Other releases of Harbor than the newest, and terms of robots that are over.

use registry_simulator::Options;
use serde_json::{Value as Json, json};
use terraform_framework::value::Value;

use super::logins::robot;
use super::{edit, held, may, read};
use crate::bad_input::says;
use crate::core::Plan;
use crate::world::{Service, Through, World, merged};

fn release(version: &str) -> World {
    let mut options = Options::default();
    options.harbor.version = version.parse().unwrap();
    World::with(Service::Harbor, Through::Calls, options)
}

#[tokio::test]
async fn what_robots_can_be_granted_is_told_to_robots_too() {
    for (version, system, project) in
        [("2.10.0", 51, 55), ("2.11.2", 53, 59), ("2.12.4", 70, 70), ("2.15.2", 70, 70), ("2.9.5", 0, 0)]
    {
        let world = release(version);
        // The administrator is told by the server, the robot by the table of its release.
        let login = robot(&world, "bot-", json!([may("*", &[("repository", "pull")])])).await;
        let told = read(&world.command().await, "harbor_robot_permissions", json!({})).await.unwrap();
        let known = read(&world.command_with(login).await, "harbor_robot_permissions", json!({})).await.unwrap();
        assert_eq!(told, known, "{version}");
        assert_eq!(known.attribute("version"), Some(&Value::from(version)));
        let count = |name: &str| match known.attribute(name) {
            Some(Value::Set(pairs)) => pairs.iter().count(),
            // Nothing was checked then.
            Some(Value::Null) => 0,
            other => panic!("{other:?}"),
        };
        assert_eq!((count("system"), count("project")), (system, project), "{version}");
    }
}

#[tokio::test]
async fn settings_that_a_release_lacks_are_refused_at_plan_and_at_apply() {
    let proxy = |setting: Json| merged(json!({ "name": "acme", "registry_id": 1 }), setting);
    let cases = [
        ("2.10.3", "2.11.0", "auto_sbom_generation", json!({ "name": "acme", "auto_sbom_generation": true })),
        ("2.11.2", "2.12.0", "proxy_speed_kb", proxy(json!({ "proxy_speed_kb": 100 }))),
        ("2.14.4", "2.15.0", "max_upstream_conn", proxy(json!({ "max_upstream_conn": 3 }))),
        (
            "2.15.0",
            "2.15.2",
            "proxy_cache_local_on_not_found",
            proxy(json!({ "proxy_cache_local_on_not_found": true })),
        ),
    ];
    let registry = json!({ "harbor": { "registries": { "rows": { "1": { "name": "hub", "type": "docker-hub",
        "url": "https://hub.docker.com", "status": "healthy" } } } } });
    for (old, since, attribute, config) in cases {
        let words = [attribute, since, old, "would ignore it without a word"];
        let world = release(old);
        edit(&world, registry.clone());
        let said = world.command().await.plan("harbor_project", None, config.clone()).await.expect_err("too old");
        says(&world, &said, &words);
        assert!(said.0.iter().any(|d| d.path.as_ref().is_some_and(|p| p.root_attribute() == Some(attribute))));
        // Planned for the release that has it, applied on one that has not.
        edit(&world, json!({ "harbor": { "settings": { "version": since } } }));
        let plan = world.command().await.plan("harbor_project", None, config).await.unwrap();
        edit(&world, json!({ "harbor": { "settings": { "version": old } } }));
        let before = held(&world);
        let said = world.command().await.core.apply(plan).await;
        assert!(said.instance.is_none());
        says(&world, &said.diagnostics, &words);
        assert_eq!(held(&world), before);
    }
}

#[tokio::test]
async fn a_duration_that_would_already_be_over_is_refused_at_plan_and_at_apply() {
    let world = World::new(Service::Harbor, Through::Calls);
    let config = |days: i64| {
        let permissions = [may("*", &[("repository", "pull")])];
        json!({ "name": "ci", "level": "system", "duration": days, "permissions": permissions })
    };
    let words = ["The robot's life would already be over", "with 5 days it would expire at once"];
    let made = world.command().await.apply("harbor_robot", None, Some(config(30))).await.unwrap();
    let planned: Plan = world.command().await.plan("harbor_robot", Some(&made), config(5)).await.unwrap();
    // It turns out to be older than the state says.
    edit(
        &world,
        json!({ "harbor": { "robots": { "rows": { "1": { "creation_time": "2020-01-01T00:00:00.000Z" } } } } }),
    );
    let before = held(&world);
    let said = world.command().await.core.apply(planned).await;
    says(&world, &said.diagnostics, &words);
    let command = world.command().await;
    let seen = command.refresh(&made).await.unwrap().unwrap();
    let said = command.plan("harbor_robot", Some(&seen), config(5)).await.expect_err("it is over");
    says(&world, &said, &words);
    assert!(said.0.iter().any(|d| d.path.as_ref().is_some_and(|p| p.root_attribute() == Some("duration"))));
    assert_eq!(held(&world), before);
    // For ever is never over.
    command.plan("harbor_robot", Some(&seen), config(-1)).await.unwrap();
}
