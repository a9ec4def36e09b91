//! Mirrors on servers of other releases, and on those that do not describe themselves.

use serde_json::{Value as Json, json};

use crate::bad_input::says;
use crate::quay::app;
use crate::quay::releases::{acme_with_address, answering, asked, of_release, refused_by_plan, switch, undescribed};
use crate::world::merged;

fn mirror(more: Json) -> Json {
    let base = json!({ "namespace": "acme", "repository": "app", "external_reference": "registry.example.com/team/app",
        "tags": ["latest"], "robot_username": "acme+ci", "sync_interval": 3600, "sync_start_date": "2026-12-01T00:00:00Z" });
    merged(base, more)
}

fn mirrored() -> [(&'static str, Json); 3] {
    [acme_with_address(), app(), ("quay_robot", json!({ "namespace": "acme", "name": "ci" }))]
}

#[tokio::test]
async fn a_filter_of_architectures_that_a_server_refuses_is_refused_by_the_plan() {
    let kind = "quay_repository_mirror";
    let filtered = mirror(json!({ "architecture_filter": ["amd64"] }));
    let world = of_release("3.18", &["FEATURE_SPARSE_INDEX"], &mirrored()).await;
    refused_by_plan(&world, kind, None, filtered.clone(), &["architecture_filter", "FEATURE_SPARSE_INDEX"]).await;
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
    let world = of_release("3.17", &[], &mirrored()).await;
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
    let world = of_release("3.14", &[], &mirrored()).await;
    world.simulator.fault(undescribed());
    let said = world.command().await.apply("quay_repository_mirror", None, Some(mirror(json!({})))).await;
    says(&world, &said.diagnostics, &["500", "before 3.15", "/api/v1/discovery"]);
}

#[tokio::test]
async fn a_server_that_does_not_describe_itself_is_asked_once_whether_it_does() {
    let other = ("quay_repository", json!({ "namespace": "acme", "name": "other" }));
    let before = [mirrored().to_vec(), vec![other]].concat();
    for fault in [undescribed(), answering(403, "/api/v1/discovery")] {
        let world = of_release("3.18", &[], &before).await;
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
    let world = of_release("3.18", &[], &mirrored()).await;
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
    let world = of_release("3.18", &["FEATURE_REPO_MIRROR"], &mirrored()).await;
    let command = world.command().await;
    world.simulator.fault(answering(503, "/api/v1/discovery"));
    command.plan(kind, None, mirror(json!({}))).await.unwrap();
    world.simulator.clear_faults();
    let said = command.plan(kind, None, mirror(json!({}))).await.expect_err("now it is known");
    says(&world, &said, &["FEATURE_REPO_MIRROR"]);
}
