//! A Quay with the repository acme/app, which holds images, and what is asked of it.

use serde_json::{Value as Json, json};
use terraform_framework::value::Value;

use crate::core::text;
use crate::world::{Service, Through, World, merged, table};

/// A Quay with the repository acme/app, which holds [`table::images`], and the empty repository acme/bare.
pub(crate) async fn with_images() -> World {
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    for (kind, config) in [
        ("quay_organization", json!({ "name": "acme" })),
        ("quay_repository", json!({ "namespace": "acme", "name": "app" })),
        ("quay_repository", json!({ "namespace": "acme", "name": "bare" })),
    ] {
        command.core.run(kind, None, config).await.unwrap();
    }
    command.end();
    world.push(&table::images());
    world
}

/// The same of acme/app with more.
pub(crate) fn of_app(more: Json) -> Json {
    merged(json!({ "namespace": "acme", "repository": "app" }), more)
}

/// Reads a data source; what it gives, or what was said.
pub(crate) async fn read(world: &World, kind: &str, config: Json) -> Result<Value, String> {
    let command = world.command().await;
    let read = command.core.read_data(kind, world.configuration(&config)).await;
    command.end();
    read.map_err(|said| text(&said))
}

/// Invokes an action; what it told, or what was said.
pub(crate) async fn invoke(world: &World, kind: &str, config: Json) -> Result<Vec<String>, String> {
    let command = world.command().await;
    let told = command.core.invoke(kind, world.configuration(&config)).await;
    command.end();
    told.map_err(|said| text(&said))
}

/// An attribute that is a text.
pub(crate) fn string(value: &Value, name: &str) -> String {
    value.attribute(name).and_then(Value::as_str).unwrap_or_else(|| panic!("{name} in {value:?}")).to_owned()
}

/// An attribute that is a list.
pub(crate) fn items(value: &Value, name: &str) -> Vec<Value> {
    match value.attribute(name) {
        Some(Value::List(items)) => items.clone(),
        other => panic!("{name} is {other:?}"),
    }
}

/// Where the server holds acme/app.
const APP: &str = "/quay/repositories/acme~1app";

/// What the server holds below acme/app.
pub(crate) fn held(world: &World, pointer: &str) -> Json {
    world.simulator.dump().pointer(&format!("{APP}{pointer}")).cloned().unwrap_or_default()
}

/// Changes something behind Terraform's back.
pub(crate) fn replace(world: &World, pointer: &str, value: Json) {
    let patch = json!([{ "op": "replace", "path": format!("{APP}{pointer}"), "value": value }]);
    world.simulator.edit(patch).expect("a patch that applies");
}
