//! Quay, by area: what is special about it, where its provider meets it, with what is there and with what is not.

pub(crate) mod app_images;
pub(crate) mod builds;
pub(crate) mod images;
mod logs;
pub(crate) mod mirrors;
mod notifications;
mod oauth;
mod organizations;
mod permissions;
mod policies;
mod quotas;
pub(crate) mod releases;
mod repositories;
pub(crate) mod robots;
mod search;
mod server;
mod teams;
pub(crate) mod users;

use serde_json::{Value as Json, json};

use crate::bad_input::says;
use crate::world::inspect::held;
use crate::world::{Service, Through, World};

/// A Quay with these resources, by type and configuration.
pub(crate) async fn world(resources: &[(&str, Json)]) -> World {
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    for (kind, config) in resources {
        command.core.run(kind, None, config.clone()).await.unwrap();
    }
    drop(command);
    world
}

pub(crate) fn acme() -> (&'static str, Json) {
    ("quay_organization", json!({ "name": "acme" }))
}

pub(crate) fn app() -> (&'static str, Json) {
    ("quay_repository", json!({ "namespace": "acme", "name": "app" }))
}

pub(crate) fn ci() -> (&'static str, Json) {
    ("quay_robot", json!({ "namespace": "acme", "name": "ci" }))
}

pub(crate) fn devs() -> (&'static str, Json) {
    ("quay_team", json!({ "organization": "acme", "name": "devs", "role": "member" }))
}

/// What is said by a plan and an apply, which change nothing.
pub(crate) async fn refused(world: &World, kind: &str, config: Json, words: &[&str]) {
    let before = held(world);
    let said = world.command().await.core.run(kind, None, config).await.diagnostics;
    says(world, &said, words);
    assert_eq!(held(world), before, "{kind}");
}
