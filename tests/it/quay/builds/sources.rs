//! What the service of a build trigger holds, and how it fails.

use registry_simulator::{Action as Does, Fault};
use serde_json::{Map, Value as Json, json};
use terraform_framework::value::Value;

use super::{edit, list, of_app, read, string, world};
use crate::world::table::quay::builds::{ACTIVE, active};

fn of_source() -> Json {
    of_app(json!({ "trigger_id": ACTIVE, "source_namespace": "team", "build_source": "team/app" }))
}

/// A patch to what the service holds.
fn remote(content: Json) -> Json {
    json!({ "quay": { "repositories": { "acme/app": { "triggers": { ACTIVE: { "remote": content } } } } } })
}

#[tokio::test]
async fn all_branches_and_tags_are_shown() {
    let world = world(active()).await;
    let many: Map<String, Json> = (0..70).map(|n| (format!("b{n:02}"), json!("8f1c2d3e4b"))).collect();
    edit(&world, remote(json!({ "branches": many })));
    let found = read(&world, "quay_build_sources", of_source()).await.unwrap();
    let refs = list(&found, "refs");
    assert_eq!(refs.len(), 70 + 2);
    assert_eq!(refs.iter().filter(|found| string(found, "kind") == Some("tag")).count(), 1);
}

#[tokio::test]
async fn a_service_that_fails_at_branches_and_tags_is_named() {
    let world = world(active()).await;
    for does in
        [Does::answer(404, r#"{"error_type":"not_found","title":"not_found","status":404}"#), Does::quay_crash()]
    {
        world.simulator.fault(Fault::once("POST", "*/fields/refs", does).times(u32::MAX));
        let said = read(&world, "quay_build_sources", of_source()).await.unwrap_err();
        assert!(
            said.contains("branches and tags of team/app") || said.contains("branches and tags in team/app"),
            "{said}"
        );
        assert!(said.contains("refused the login of whoever made the trigger"), "{said}");
        world.simulator.clear_faults();
    }
}

#[tokio::test]
async fn sources_say_when_something_was_pushed() {
    let world = world(active()).await;
    let last = |found: &Value| string(&list(found, "sources")[0], "last_updated").map(str::to_owned);
    let found = read(&world, "quay_build_sources", of_source()).await.unwrap();
    assert_eq!(last(&found).as_deref(), Some("2026-11-20T14:05:52Z"));
    let never = json!({ "name": "app", "full_name": "team/app", "description": "", "last_updated": 0,
        "url": "https://github.com/team/app", "has_admin_permissions": true, "private": false });
    edit(&world, remote(json!({ "sources": { "team": [never] } })));
    assert_eq!(last(&read(&world, "quay_build_sources", of_source()).await.unwrap()), None);
}

#[tokio::test]
async fn robots_that_could_pull_are_shown_whether_they_may_already_or_not() {
    let world = world(active()).await;
    let command = world.command().await;
    for (kind, config) in [
        ("quay_robot", json!({ "namespace": "acme", "name": "ci" })),
        ("quay_robot", json!({ "namespace": "acme", "name": "other" })),
        (
            "quay_repository_permission",
            json!({ "namespace": "acme", "repository": "app", "robot": "acme+ci", "role": "read" }),
        ),
    ] {
        command.core.run(kind, None, config).await.unwrap();
    }
    command.end();
    edit(&world, remote(json!({ "dockerfiles": { "Dockerfile": "localhost:8080/acme/app" } })));
    let found = read(&world, "quay_build_sources", of_source()).await.unwrap();
    let analysis = found.attribute("analysis").unwrap();
    assert_eq!(string(analysis, "status"), Some("requiresrobot"));
    assert_eq!(string(analysis, "base_repository"), Some("acme/app"));
    let robots: Vec<_> =
        list(analysis, "robots").iter().map(|robot| (string(robot, "name"), robot.attribute("can_read"))).collect();
    let may = |name, may| (Some(name), Some(if may { &Value::Bool(true) } else { &Value::Bool(false) }));
    assert_eq!(robots, [may("acme+ci", true), may("acme+other", false)]);
}
