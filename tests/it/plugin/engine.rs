//! The engine in a process of its own: what shows only there.

use std::sync::Arc;

use terraform_framework::schema::Mode;
use terraform_framework::server::{Encoded, Serve};
use terraform_framework::value::json;
use terraform_framework::{Object, Type, Value};

use super::client::Client;
use super::client::tfplugin6::{
    DynamicValue, RawState, apply_resource_change, configure_provider, diagnostic, plan_resource_change, read_resource,
    upgrade_resource_state,
};
use super::process::{Serving, Start};
use crate::engine::fixture::{Thing, plain, string};

/// Offers `test_thing`, with more data than anybody has. Its note `panic` makes it panic when half is done.
pub(super) fn provider() -> Arc<dyn Serve> {
    thing().engine()
}

fn thing() -> Thing {
    let texts = Type::List(Box::new(Type::String));
    let attributes = vec![string("note", Mode::Optional), plain("texts", texts, Mode::Computed)];
    let thing = Thing::new(attributes).served_by(|cx, mut object| {
        object.insert("texts".into(), Value::List(Vec::new()));
        cx.save_object(object.clone());
        assert_ne!(object["note"], Value::from("panic"), "nothing can be done with this note");
        Ok(object)
    });
    *thing.held.lock().unwrap() = Some(Object::new());
    thing
}

fn wire(value: &Value) -> Option<DynamicValue> {
    let encoded = Encoded::of(value, &thing().definition.schema.ty()).unwrap();
    Some(DynamicValue { msgpack: encoded.msgpack, json: encoded.json })
}

fn object(note: Value, texts: Value) -> Value {
    let pairs = [("id", Value::from("a")), ("name", Value::from("a")), ("note", note), ("texts", texts)];
    Value::Object(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

async fn serving() -> (Serving, Client) {
    let serving = Start::fake().env(super::fake::VARIABLE, "engine").serve();
    let client = serving.connect().await;
    let config = Some(DynamicValue { msgpack: vec![0x80], json: Vec::new() });
    let r = configure_provider::Request { config, ..Default::default() };
    let configured = client.provider().configure_provider(r).await.unwrap().into_inner();
    assert_eq!(configured.diagnostics, []);
    (serving, client)
}

#[tokio::test]
async fn a_panic_in_a_creation_says_what_and_where_and_what_was_saved_is_kept() {
    let (_serving, client) = serving().await;
    let mut config = object(Value::from("panic"), Value::Null);
    config.set(&"id".into(), Value::Null);
    let r = apply_resource_change::Request {
        type_name: "test_thing".to_owned(),
        prior_state: wire(&Value::Null),
        planned_state: wire(&object(Value::from("panic"), Value::unknown())),
        config: wire(&config),
        ..Default::default()
    };
    let answer = client.provider().apply_resource_change(r).await.unwrap().into_inner();
    assert_eq!(answer.new_state, wire(&object(Value::from("panic"), Value::List(Vec::new()))));
    assert_eq!((answer.diagnostics.len(), answer.diagnostics[0].severity()), (1, diagnostic::Severity::Error));
    let detail = &answer.diagnostics[0].detail;
    assert!(detail.contains("nothing can be done with this note") && detail.contains("engine.rs:"), "{detail}");
}

/// Decoded, adapted, compared and encoded again, and not only carried.
#[tokio::test]
async fn large_states_are_upgraded_read_and_planned() {
    let (_serving, client) = serving().await;
    let mut p = client.provider();
    let name = || "test_thing".to_owned();
    for mebibytes in [10, 100] {
        let texts = (0..mebibytes << 10).map(|n| Value::from(format!("{n:08} \"{n}\"\n{}", "x".repeat(1010))));
        let texts = texts.chain([Value::from("ä")]);
        let state = object(Value::Null, Value::List(texts.collect()));
        let mut config = object(Value::Null, Value::Null);
        config.set(&"id".into(), Value::Null);
        let encoded = wire(&state);
        assert!(encoded.as_ref().unwrap().msgpack.len() >= mebibytes << 20);
        let json = json::encode(&state, &thing().definition.schema.ty()).unwrap();
        drop(state);
        let raw_state = Some(RawState { json, ..Default::default() });
        let r = upgrade_resource_state::Request { type_name: name(), version: 1, raw_state };
        let upgraded = p.upgrade_resource_state(r).await.unwrap().into_inner();
        assert_eq!(upgraded.diagnostics, []);
        assert!(upgraded.upgraded_state == encoded, "{mebibytes} MiB were changed by the upgrade");
        let r = read_resource::Request { type_name: name(), current_state: encoded.clone(), ..Default::default() };
        let read = p.read_resource(r).await.unwrap().into_inner();
        assert_eq!(read.diagnostics, []);
        assert!(read.new_state == encoded, "{mebibytes} MiB were changed by reading");
        let r = plan_resource_change::Request {
            type_name: name(),
            prior_state: encoded.clone(),
            proposed_new_state: encoded.clone(),
            config: wire(&config),
            ..Default::default()
        };
        let plan = p.plan_resource_change(r).await.unwrap().into_inner();
        assert_eq!(plan.diagnostics, []);
        assert!(plan.planned_state == encoded, "{mebibytes} MiB were changed by planning");
    }
}
