//! A Quay on which features are off: what is refused is said with the feature's name.

use serde_json::{Value as Json, json};
use terraform_framework::Diagnostics;
use terraform_framework::server::{ActionEvent, Encoded};
use tokio::sync::mpsc;

use super::{edit, held};
use crate::bad_input::says;
use crate::core::config;
use crate::world::{Command, Service, Through, World, merged};

/// A Quay without a feature.
fn without(feature: &str) -> World {
    let world = World::new(Service::Quay, Through::Calls);
    switch_off(&world, feature);
    world
}

fn switch_off(world: &World, feature: &str) {
    edit(world, json!({ "quay": { "config": { feature: false } } }));
}

fn switch_on(world: &World, feature: &str) {
    edit(world, json!({ "quay": { "config": { feature: true } } }));
}

async fn invoke(command: &Command<'_>, name: &str, asked: Json) -> Diagnostics {
    let schema = &command.core.schemas().actions[name];
    let asked = Encoded::of(&config(schema, asked), &schema.ty()).unwrap();
    let (sink, mut events) = mpsc::channel(16);
    command.core.serve().invoke_action(name, asked, sink).await;
    loop {
        if let ActionEvent::Completed(said) = events.recv().await.expect("it ends") {
            return said;
        }
    }
}

#[tokio::test]
async fn the_state_of_a_repository_without_mirrors() {
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    command.core.run("quay_organization", None, json!({ "name": "acme" })).await.unwrap();
    let config = json!({ "namespace": "acme", "name": "app", "description": "d" });
    let frozen = merged(config.clone(), json!({ "state": "READ_ONLY" }));
    let words = ["Cannot change the state of repository acme/app", "FEATURE_REPO_MIRROR", "Leave `state` out"];
    // Planned while it could be done.
    let plan = command.plan("quay_repository", None, frozen.clone()).await.unwrap();
    switch_off(&world, "FEATURE_REPO_MIRROR");
    let said = command.core.apply(plan).await;
    says(&world, &said.diagnostics, &words);
    assert!(said.instance.is_some_and(|made| made.tainted), "it is there, and in the state");
    let path = said.diagnostics.0.iter().find_map(|d| d.path.as_ref()?.root_attribute().map(str::to_owned));
    assert_eq!(path.as_deref(), Some("state"));
    // In place, and nothing else of the repository was changed by it.
    let own = command.core.import("quay_repository", "acme/app", None).await.unwrap();
    let before = held(&world);
    switch_on(&world, "FEATURE_REPO_MIRROR");
    let plan = command.plan("quay_repository", Some(&own), frozen.clone()).await.unwrap();
    switch_off(&world, "FEATURE_REPO_MIRROR");
    let said = command.core.apply(plan).await;
    says(&world, &said.diagnostics, &words);
    assert_eq!(held(&world), before);
    // Now it is known when it is planned.
    let command = world.command().await;
    let refused = command.plan("quay_repository", Some(&own), frozen).await.expect_err("it is switched off");
    says(&world, &refused, &["FEATURE_REPO_MIRROR", "Leave `state` out"]);
    // Without it all is well.
    command.apply("quay_repository", said.instance.as_ref(), Some(config)).await.unwrap();
}

#[tokio::test]
async fn renaming_without_superusers() {
    let world = without("FEATURE_SUPER_USERS");
    let command = world.command().await;
    command.core.run("quay_organization", None, json!({ "name": "acme" })).await.unwrap();
    let before = held(&world);
    let asked = json!({ "organization": "acme", "new_name": "umbrella" });
    let said = invoke(&command, "quay_rename_organization", asked).await;
    says(&world, &said, &["Cannot rename organization acme to umbrella", "superusers", "FEATURE_SUPER_USERS"]);
    assert_eq!(held(&world), before);
}

#[tokio::test]
async fn the_expiration_of_tags_where_it_may_not_be_changed() {
    const FEATURE: &str = "FEATURE_CHANGE_TAG_EXPIRATION";
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    let config = json!({ "name": "acme", "tag_expiration_s": 86_400 });
    let words = ["asked for 86400 seconds", "1209600", FEATURE, "leave `tag_expiration_s` out"];
    // Planned while it could be done.
    let plan = command.plan("quay_organization", None, config.clone()).await.unwrap();
    switch_off(&world, FEATURE);
    let said = command.core.apply(plan).await;
    says(&world, &said.diagnostics, &words);
    assert!(said.instance.is_some_and(|made| made.tainted), "it is there, and in the state");
    let own = command.core.import("quay_organization", "acme", None).await.unwrap();
    let plan = command.plan("quay_organization", Some(&own), config.clone()).await.unwrap();
    let said = command.core.apply(plan).await;
    says(&world, &said.diagnostics, &words);
    // Now it is known when it is planned, of a new organization too; what is there already may stay in the configuration.
    let command = world.command().await;
    for (prior, name) in [(Some(&own), "acme"), (None, "other")] {
        let refused = json!({ "name": name, "tag_expiration_s": 86_400 });
        let refused = command.plan("quay_organization", prior, refused).await.expect_err("it is switched off");
        says(&world, &refused, &[FEATURE, "Leave `tag_expiration_s` out"]);
    }
    let same = json!({ "name": "acme", "tag_expiration_s": 1_209_600, "invoice_email": true });
    command.apply("quay_organization", Some(&own), Some(same)).await.unwrap();
    command.apply("quay_organization", said.instance.as_ref(), Some(json!({ "name": "acme" }))).await.unwrap();
}
