//! What the documentation promises, one test per sentence, each against a server in this process.

mod creation;
mod data;
mod existing;
mod first_secrets;
mod five_hundreds;
mod five_hundreds_table;
mod full_access;
mod logins;
mod notices;
pub(crate) mod own_account;
mod quirks;
mod releases;
mod removal;
mod reserved_names;
mod rights;
mod said;
mod switched_off;
pub(crate) mod switched_off_table;
mod temporary;
mod traps;
mod versions;

use serde_json::{Value as Json, json};
use terraform_framework::Diagnostics;
use terraform_framework::server::{ClientCapabilities, Encoded};
use terraform_framework::value::Value;

use crate::core::{Instance, config};
use crate::world::{Command, Service, Through, World};

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

/// All that the server holds, secrets included, but for what reading and logging in change.
fn held(world: &World) -> Json {
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
fn string(instance: &Instance, name: &str) -> String {
    let value = instance.state.attribute(name).and_then(Value::as_str);
    value.unwrap_or_else(|| panic!("{name} is no text in {:?}", instance.state)).to_owned()
}

/// An attribute that is a number.
#[track_caller]
fn number(instance: &Instance, name: &str) -> i64 {
    let value = instance.state.attribute(name).and_then(Value::as_i64);
    value.unwrap_or_else(|| panic!("{name} is no number in {:?}", instance.state))
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

/// Permissions of a Harbor robot: pairs of resource and action in one place, `/` for the system.
fn may(place: &str, pairs: &[(&str, &str)]) -> Json {
    let kind = if place == "/" { "system" } else { "project" };
    let access: Vec<Json> = pairs.iter().map(|(r, a)| json!({ "resource": r, "action": a })).collect();
    json!({ "kind": kind, "namespace": place, "access": access })
}
