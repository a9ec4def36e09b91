//! What the engine checks of its own answers, and what it says when it cannot answer.

use std::sync::Arc;

use serde_json::json;
use terraform_framework::author::Error;
use terraform_framework::engine::Engine;
use terraform_framework::schema::{IdentityAttribute, Mode};
use terraform_framework::server::{ApplyRequest, Deferred, Encoded, Kind, ReadRequest, Serve};
use terraform_framework::{Type, Value};

use super::{Office, at, encoded, start};
use crate::core::{Core, UNKNOWN, config, text};
use crate::engine::fixture::{Thing, string};

/// What applying a new `test_thing` says.
async fn made(thing: &Thing, json: serde_json::Value) -> (Value, String) {
    let engine = thing.engine();
    let core = Core::start(engine.clone(), json!({})).await;
    let schema = core.schema("test_thing");
    let request = ApplyRequest {
        type_name: "test_thing".into(),
        planned_state: Encoded::of(&core.plan("test_thing", None, json.clone()).await.unwrap().planned, &schema.ty())
            .unwrap(),
        config: Encoded::of(&config(schema, json), &schema.ty()).unwrap(),
        ..ApplyRequest::default()
    };
    let answer = engine.apply(request).await;
    (answer.new_state.decode(&schema.ty()).unwrap(), text(&answer.diagnostics))
}

#[tokio::test]
async fn an_identity_that_is_missing_is_named() {
    let mut thing = Thing::new(vec![string("serial", Mode::Computed)]);
    let serial = IdentityAttribute {
        name: "serial".into(),
        ty: Type::String,
        doc: "The serial.".into(),
        required_for_import: true,
    };
    thing.definition.identity.as_mut().unwrap().attributes = vec![serial];
    let thing = thing.served_by(|_, mut object| {
        object.insert("serial".into(), Value::Null);
        Ok(object)
    });
    let missing = "The identity of test_thing breaks a rule of Terraform: ``: the identity is missing";
    let (_, said) = made(&thing, json!({ "name": "a" })).await;
    assert!(said.contains(missing), "{said}");
    let core = thing.core().await;
    let schema = core.schema("test_thing");
    let state = config(schema, json!({ "id": "a", "name": "a", "serial": "s" }));
    let request = ReadRequest {
        type_name: "test_thing".into(),
        current_state: Encoded::of(&state, &schema.ty()).unwrap(),
        ..ReadRequest::default()
    };
    let said = text(&core.serve().read(request).await.diagnostics);
    assert!(said.contains(missing), "{said}");
}

#[tokio::test]
async fn what_a_failure_saves_is_checked_too() {
    let thing = Thing::new(vec![string("label", Mode::Computed)]).served_by(|cx, mut object| {
        object.insert("label".into(), Value::from(1));
        cx.save_object(object);
        Err(Error::new("Cannot finish", "The second step failed."))
    });
    let (state, said) = made(&thing, json!({ "name": "a" })).await;
    assert!(said.contains("The second step failed."), "the failure itself is not lost: {said}");
    assert!(said.contains("at label: Bug in the provider\nThe result breaks a rule of Terraform"), "{said}");
    assert!(state.is_null());
}

#[tokio::test]
async fn a_plan_cannot_give_an_object_another_identity() {
    let core = Thing::new(vec![]).core().await;
    let made = core.run("test_thing", None, json!({ "name": "a" })).await.unwrap();
    let said = text(&core.plan("test_thing", Some(&made), json!({ "name": "b" })).await.unwrap_err());
    assert!(said.contains("The identity of test_thing is not what it was"), "{said}");
}

#[tokio::test]
async fn a_hook_cannot_overrule_the_configuration() {
    let (core, _) = start("overruled").await;
    let said = text(&core.plan("office_note", None, json!({ "name": "a", "text": "corrected" })).await.unwrap_err());
    assert!(said.contains("Error at text: Bug in the provider\nThe resource's plan sets `text`"), "{said}");
}

#[tokio::test]
async fn a_panic_in_an_operation_says_what_and_loses_nothing() {
    let (core, _) = start("panics").await;
    let made = core.run("office_note", None, json!({ "name": "a", "text": "old" })).await.unwrap();
    let failed = core.run("office_note", Some(&made), json!({ "name": "a", "text": "panic" })).await;
    let said = text(&failed.diagnostics);
    assert!(said.contains("the text is not one that can be written"), "{said}");
    assert_eq!(at(&failed.instance.unwrap().state, "text"), &Value::from("panic"), "what is really there");
}

#[tokio::test]
async fn what_needs_an_unknown_provider_is_deferred_where_that_is_allowed() {
    let mut core = Core::unconfigured(Arc::new(Engine::of::<Office>()));
    assert!(core.configure(json!({ "url": UNKNOWN })).await.is_empty());
    let stored = json!({ "id": "a", "name": "a", "text": "", "title": "A", "written": 1 });
    let state = encoded(&core, Kind::Resource, "office_note", stored);
    let reading = encoded(&core, Kind::DataSource, "office_reading", json!({ "name": "a" }));
    let stamp = encoded(&core, Kind::Action, "office_stamp", json!({ "note": "a" }));
    for allowed in [false, true] {
        core.capabilities.deferral_allowed = allowed;
        let ask = core.capabilities;
        let request = ReadRequest {
            type_name: "office_note".into(),
            current_state: state.clone(),
            private: b"{\"k\":1}".to_vec(),
            capabilities: ask,
            ..ReadRequest::default()
        };
        let read = core.serve().read(request).await;
        assert_eq!((&read.new_state, read.private.as_slice()), (&state, b"{\"k\":1}".as_slice()), "nothing is lost");
        let data = core.serve().read_data("office_reading", reading.clone(), ask).await;
        let (said, action) = core.serve().plan_action("office_stamp", stamp.clone(), ask).await;
        assert!(said.is_empty(), "{}", text(&said));
        let expected = allowed.then_some(Deferred::ProviderConfigUnknown);
        assert_eq!((read.deferred, data.deferred, action), (expected, expected, expected));
        assert_eq!((read.diagnostics.has_errors(), data.diagnostics.has_errors()), (!allowed, !allowed));
    }
}
