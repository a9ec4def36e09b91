//! What tests ask of a state, a data source and a server, and what they change behind Terraform's back.

use serde_json::Value as Json;
use terraform_framework::Diagnostics;
use terraform_framework::server::{ClientCapabilities, Encoded, OpenResponse};
use terraform_framework::value::Value;

use crate::core::{Instance, config, text};
use crate::world::{Command, World};

/// All that the server holds, secrets included, but for what reading and logging in change.
pub(crate) fn held(world: &World) -> Json {
    let mut dump = world.simulator.dump();
    for pointer in ["/quay/requests", "/quay/last_number", "/quay/logs", "/saagie/tokens"] {
        *dump.pointer_mut(pointer).expect("a member of every dump") = Json::Null;
    }
    // Harbor does not give back the number of what it refused to make.
    for table in dump["harbor"].as_object_mut().expect("a member of every dump").values_mut() {
        table.as_object_mut().and_then(|table| table.remove("next_id"));
    }
    dump
}

/// Changes something behind Terraform's back.
#[track_caller]
pub(crate) fn edit(world: &World, patch: Json) {
    world.simulator.edit(patch).expect("a patch that applies");
    world.witness.learn(&world.simulator.dump());
}

/// An attribute that is a text.
#[track_caller]
pub(crate) fn string(instance: &Instance, name: &str) -> String {
    let value = instance.state.attribute(name).and_then(Value::as_str);
    value.unwrap_or_else(|| panic!("{name} is no text in {:?}", instance.state)).to_owned()
}

/// An attribute that is a number.
#[track_caller]
pub(crate) fn number(instance: &Instance, name: &str) -> i64 {
    let value = instance.state.attribute(name).and_then(Value::as_i64);
    value.unwrap_or_else(|| panic!("{name} is no number in {:?}", instance.state))
}

pub(crate) fn at<'a>(instance: &'a Instance, name: &str) -> &'a Value {
    instance.state.attribute(name).unwrap_or_else(|| panic!("no attribute {name}"))
}

/// The attributes as JSON.
pub(crate) fn attributes(value: &Value, names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("{:?}", value.attribute(name).expect("an attribute"))).collect()
}

pub(crate) fn shown<const N: usize>(values: [Value; N]) -> Vec<String> {
    values.iter().map(|value| format!("{value:?}")).collect()
}

/// Applies a configuration; what comes of it, or what was said.
pub(crate) async fn apply(
    world: &World,
    kind: &str,
    prior: Option<&Instance>,
    config: Json,
) -> Result<Instance, String> {
    let command = world.command().await;
    let applied = command.apply(kind, prior, Some(world.configuration(&config))).await;
    command.end();
    match applied.diagnostics.has_errors() {
        true => Err(text(&applied.diagnostics)),
        false => Ok(applied.instance.expect("something was made")),
    }
}

/// What a data source gives.
pub(crate) async fn read(command: &Command<'_>, name: &str, asked: Json) -> Result<Value, Diagnostics> {
    let schema = &command.core.schemas().data_sources[name];
    let asked = Encoded::of(&config(schema, asked), &schema.ty()).expect("a configuration");
    let answer = command.core.serve().read_data(name, asked, ClientCapabilities::default()).await;
    if answer.diagnostics.has_errors() {
        return Err(answer.diagnostics);
    }
    Ok(answer.state.decode(&schema.ty()).expect("of the schema's type"))
}

/// Lists as `terraform query` does, with whole objects; gives how many there are.
pub(crate) async fn listed(command: &Command<'_>, kind: &str, query: Json) -> usize {
    command.core.list(kind, query).await.unwrap_or_else(|said| panic!("{kind}: {}", text(&said))).len()
}

pub(crate) async fn open(command: &Command<'_>, kind: &str, asked: Json) -> OpenResponse {
    let schema = command.core.schemas().ephemeral_resources[kind].clone();
    command.core.serve().open(kind, Encoded::of(&config(&schema, asked), &schema.ty()).unwrap()).await
}

pub(crate) fn ephemeral_result(command: &Command<'_>, kind: &str, response: &OpenResponse, name: &str) -> String {
    assert!(!response.diagnostics.has_errors(), "{}", text(&response.diagnostics));
    let schema = &command.core.schemas().ephemeral_resources[kind];
    match response.result.decode(&schema.ty()).unwrap().attribute(name) {
        Some(Value::String(text)) => text.clone(),
        other => panic!("{name} is {other:?}"),
    }
}
