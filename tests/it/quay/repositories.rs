//! Repositories and stars: where nothing is there, and lists that do not end.

mod stars;

use registry_simulator::{Action as Does, Fault};
use serde_json::json;

use super::{acme, app, world};
use crate::bad_input::says;
use crate::core::text;
use crate::world::inspect::{edit, read};

/// Quay shows an empty list of repositories for a name that is nobody's.
#[tokio::test]
async fn the_repositories_of_nobody_are_an_error() {
    let world = world(&[acme()]).await;
    let command = world.command().await;
    for kind in ["quay_repositories", "quay_mirror_health"] {
        let said = read(&command, kind, json!({ "namespace": "nosuch" })).await.unwrap_err();
        says(&world, &said, &["Unknown namespace", "nosuch"]);
    }
    read(&command, "quay_repositories", json!({ "namespace": "acme" })).await.unwrap();
}

/// Quay's next page may be ignored by a server, or lost: it is not asked for without end.
#[tokio::test]
async fn a_list_whose_next_page_is_the_first_one_ends() {
    let world = world(&[acme(), app()]).await;
    let page = json!({ "repositories": [{ "namespace": "acme", "name": "app", "description": "", "is_public": false, "kind": "image",
        "state": "NORMAL", "is_starred": false }], "next_page": "gAAAAA-the-same-again" });
    world.simulator.fault(Fault::once("GET", "/api/v1/repository", Does::answer(200, &page.to_string())).times(50));
    let command = world.command().await;
    let listed = command.core.list("quay_repository", json!({ "namespace": "acme" })).await;
    assert!(listed.is_err() || listed.is_ok_and(|found| found.len() <= 2));
    assert!(world.simulator.requests().of_method("GET") < 50, "it ended by itself");
}

/// In an unknown namespace Quay fails instead of saying so.
#[tokio::test]
async fn a_repository_whose_organization_is_gone_is_destroyed() {
    let world = world(&[acme(), app()]).await;
    let command = world.command().await;
    let kept = json!({ "namespace": "acme", "name": "app", "force_destroy": true });
    let own = command.core.import("quay_repository", "acme/app", None).await.unwrap();
    let own = command.apply("quay_repository", Some(&own), Some(kept)).await.unwrap();
    edit(&world, json!({ "quay": { "organizations": { "acme": null }, "repositories": { "acme/app": null } } }));
    // Terraform may leave the refresh out.
    let gone = command.core.destroy(&own).await;
    assert!(gone.instance.is_none() && !gone.diagnostics.has_errors(), "{}", text(&gone.diagnostics));
}
