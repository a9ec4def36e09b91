//! The features of [`crate::engine::parity`] that show only through what an author writes.

use std::sync::Arc;

use serde_json::json;
use terraform_framework::engine::{Engine, Private};
use terraform_framework::server::{
    ActionEvent, ClientCapabilities, Deferred, Encoded, Kind, ListEvent, ListRequest, RawState, Timestamp,
};
use terraform_framework::{Diagnostics, Type, Value};
use tokio::sync::mpsc;

use super::{Office, Server, at, encoded, start};
use crate::core::{Action, Core, UNKNOWN, text};

/// All events of a list.
async fn list(core: &Core, query: serde_json::Value, limit: i64, include_resource: bool) -> Vec<ListEvent> {
    let config = encoded(core, Kind::List, "office_note", query);
    let request = ListRequest { type_name: "office_note".to_owned(), config, include_resource, limit };
    let (sink, mut events) = mpsc::channel(16);
    core.serve().list(request, sink).await;
    let mut all = Vec::new();
    events.recv_many(&mut all, 16).await;
    all
}

/// All events of an action.
async fn invoke(core: &Core, json: serde_json::Value) -> Vec<ActionEvent> {
    let config = encoded(core, Kind::Action, "office_stamp", json);
    let (sink, mut events) = mpsc::channel(16);
    core.serve().invoke_action("office_stamp", config, sink).await;
    let mut all = Vec::new();
    events.recv_many(&mut all, 16).await;
    all
}

fn completed(events: &[ActionEvent]) -> &Diagnostics {
    match events.last() {
        Some(ActionEvent::Completed(diagnostics)) => diagnostics,
        other => panic!("the last event is {other:?}"),
    }
}

#[tokio::test]
async fn feature_05_and_13_private_data_reaches_modifiers_hooks_and_operations() {
    let (core, _) = start("private").await;
    let made = core.run("office_note", None, json!({ "name": "a", "text": "one" })).await.unwrap();
    let private = |bytes: &[u8], key: &str| Private::decode(bytes).get(key).cloned();
    assert_eq!(private(&made.private, "revision"), Some(json!(1)));
    assert_eq!(private(&made.private, "planned"), Some(json!({ "length": 3 })), "from a modifier to the hook to apply");
    let read = core.refresh(&made).await.unwrap().unwrap();
    assert_eq!(
        (private(&read.private, "revision"), private(&read.private, "read")),
        (Some(json!(1)), Some(json!(true)))
    );
    let changed = core.run("office_note", Some(&read), json!({ "name": "a", "text": "two and" })).await.unwrap();
    assert_eq!(at(&changed.state, "written"), &Value::from(2), "update finds what create kept");
    assert_eq!(private(&changed.private, "read"), Some(json!(true)), "and what read kept");
    // A failed change keeps what it did.
    let failed = core.run("office_note", Some(&changed), json!({ "name": "a", "text": "half" })).await;
    assert!(failed.diagnostics.has_errors());
    assert_eq!(private(&failed.instance.unwrap().private, "revision"), Some(json!(3)));
    let imported = core.import("office_note", "a", None).await.unwrap();
    assert_eq!(private(&imported.private, "read"), Some(json!(true)), "the read after an import keeps too");
    assert_eq!(String::from_utf8(imported.private).unwrap(), r#"{"read":true}"#, "the engine's own mark is gone");
}

/// Terraform prints ids and identities as they are.
#[tokio::test]
async fn keys_that_would_steer_a_terminal_reach_no_state() {
    let (core, server) = start("steering").await;
    for name in ["a\u{1b}[2J", "a\u{202e}b", "a\u{9b}", "a\nb"] {
        let said = core.plan("office_note", None, json!({ "name": name })).await.expect_err("it steers");
        assert!(text(&said).contains("cannot hold control characters") && !text(&said).contains(name));
        core.import("office_note", name, None).await.expect_err("it steers");
    }
    // A name that is known only when the plan is carried out.
    let first = core.plan("office_note", None, json!({ "name": UNKNOWN })).await.unwrap();
    let applied = match core.finish_plan(&first, json!({ "name": "a\u{1b}" })).await {
        Ok(plan) => core.apply(plan).await.diagnostics,
        Err(said) => said,
    };
    assert!(applied.has_errors());
    assert_eq!(server.asked(), Vec::<String>::new(), "nothing was sent");

    let made = core.run("office_note", None, json!({ "name": "a" })).await.unwrap();
    let rename = |to: &str| server.notes.lock().unwrap().insert("a".to_owned(), format!("renamed: {to}"));
    rename("a\u{1b}[2J");
    let said = text(&core.refresh(&made).await.expect_err("it steers"));
    assert!(
        said.contains("The state stays as it was") && said.contains("\\u{1b}") && !said.contains('\u{1b}'),
        "{said}"
    );
    server.notes.lock().unwrap().insert("b\u{7}".to_owned(), "x".to_owned());
    let events = list(&core, json!({ "prefix": "b" }), 0, true).await;
    let [event] = &events[..] else { panic!("{events:?}") };
    assert!(event.diagnostics.has_errors() && event.identity.is_none() && event.resource.is_none());
}

#[test]
fn feature_13_keys_with_a_leading_dot_are_the_engines() {
    let mut private = Private::decode(br#"{".imported":true,"mine":1}"#);
    let error = private.set(".mine", 1).unwrap_err();
    assert!(error.detail().contains("\".mine\""), "{error:?}");
    assert_eq!(private.get(".imported"), None);
    assert_eq!(private.remove(".imported"), None);
    assert_eq!(private.remove("mine"), Some(json!(1)));
    assert_eq!(private.encode(), br#"{".imported":true}"#);
}

#[tokio::test]
async fn feature_06_a_plan_can_be_deferred() {
    let (mut core, _) = start("deferred").await;
    let request = |core: &Core| terraform_framework::server::PlanRequest {
        type_name: "office_note".to_owned(),
        proposed_new_state: encoded(core, Kind::Resource, "office_note", json!({ "name": "a", "text": "later" })),
        config: encoded(core, Kind::Resource, "office_note", json!({ "name": "a", "text": "later" })),
        capabilities: core.capabilities,
        ..Default::default()
    };
    assert_eq!(
        core.serve().plan(request(&core)).await.deferred,
        None,
        "a Terraform that knows no deferral gets a plan"
    );
    core.capabilities.deferral_allowed = true;
    let answer = core.serve().plan(request(&core)).await;
    assert_eq!(answer.deferred, Some(Deferred::AbsentPrerequisite), "{}", text(&answer.diagnostics));
}

#[tokio::test]
async fn feature_07_computed_defaults() {
    let (core, _) = start("defaults").await;
    let plan = core.plan("office_note", None, json!({ "name": UNKNOWN })).await.unwrap();
    assert!(at(&plan.planned, "title").is_unknown());
    let second = core.finish_plan(&plan, json!({ "name": "a" })).await.unwrap();
    assert_eq!(at(&second.planned, "title"), &Value::from("A"));
    let made = core.apply(second).await.unwrap();
    assert_eq!(core.plan("office_note", Some(&made), json!({ "name": "a" })).await.unwrap().action, Action::Nothing);
    let named = core.run("office_note", Some(&made), json!({ "name": "a", "title": "Mine" })).await.unwrap();
    assert_eq!(at(&named.state, "title"), &Value::from("Mine"));
    let plan = core.plan("office_note", Some(&named), json!({ "name": "a" })).await.unwrap();
    assert_eq!(at(&plan.planned, "title"), &Value::from("A"), "leaving it out goes back to the default");
    let imported = core.import("office_note", "a", None).await.unwrap();
    assert_eq!(at(&imported.state, "title"), &Value::from("A"));
}

#[tokio::test]
async fn feature_09_every_kind_has_a_hook_of_its_own() {
    let (core, _) = start("hooks").await;
    let all = [
        (Kind::Provider, "", "url"),
        (Kind::Resource, "office_note", "name"),
        (Kind::DataSource, "office_reading", "name"),
        (Kind::Ephemeral, "office_key", "owner"),
        (Kind::List, "office_note", "prefix"),
        (Kind::Action, "office_stamp", "note"),
    ];
    for (kind, type_name, argument) in all {
        let check = async |value: &str| {
            let config = encoded(&core, kind, type_name, json!({ argument: value }));
            text(&core.serve().validate(kind, type_name, config, core.capabilities).await)
        };
        assert_eq!(check("bad").await, "Error at hook: Refused\nNot this one.", "{kind:?}");
        assert_eq!(check("good").await, "", "{kind:?}");
        assert_eq!(check(UNKNOWN).await, "", "{kind:?}: what is not known yet is not refused");
    }
}

#[tokio::test]
async fn feature_16_an_identity_is_upgraded() {
    let (core, _) = start("identities").await;
    let ty = core.schemas().identities["office_note"].ty();
    let upgrade = async |version, json: serde_json::Value| {
        let raw = RawState { json: serde_json::to_vec(&json).unwrap(), flatmap: false };
        let (identity, said) = core.serve().upgrade_identity("office_note", version, raw).await;
        match said.has_errors() {
            true => Err(text(&said)),
            false => Ok(identity.decode(&ty).unwrap()),
        }
    };
    let a = Value::Object(super::object(&[("name", Value::from("a"))]));
    assert_eq!(upgrade(2, json!({ "name": "a", "more": 1 })).await, Ok(a.clone()), "of this version");
    assert_eq!(upgrade(1, json!({ "label": "a" })).await, Ok(a.clone()), "by its upgrader");
    assert!(upgrade(1, json!({ "name": "a" })).await.unwrap_err().contains("It has no label."));
    assert_eq!(upgrade(0, json!({ "name": "a" })).await, Ok(a), "what fits needs no upgrader");
    assert!(upgrade(0, json!({ "other": "a" })).await.unwrap_err().contains("version 0, which does not fit version 2"));
    assert!(
        upgrade(3, json!({ "name": "a" })).await.unwrap_err().contains("newer version of this provider (version 3")
    );
}

#[tokio::test]
async fn feature_16_an_identity_is_for_good() {
    let (core, server) = start("for_good").await;
    let made = core.run("office_note", None, json!({ "name": "a" })).await.unwrap();
    server.notes.lock().unwrap().insert("a".to_owned(), "renamed: b".to_owned());
    let read = core.refresh(&made).await.unwrap_err();
    assert!(text(&read).contains("The identity of office_note is not what it was"), "{}", text(&read));
    let replaced = core.plan("office_note", Some(&made), json!({ "name": "b" })).await.unwrap();
    assert_eq!(replaced.action, Action::Replace, "another object may have another identity");
}

#[tokio::test]
async fn feature_19_one_connection_reaches_every_kind() {
    let core = Core::unconfigured(Arc::new(Engine::of::<Office>()));
    Server::at("fan_out").notes.lock().unwrap().insert("a".to_owned(), "text".to_owned());
    let key = encoded(&core, Kind::Ephemeral, "office_key", json!({ "owner": "me" }));
    let reading = encoded(&core, Kind::DataSource, "office_reading", json!({ "name": "a" }));
    let lent = br#"{"owner":"me","renewed":0}"#.to_vec();
    let everything = async || {
        let ask = ClientCapabilities::default();
        let listed = list(&core, json!({ "prefix": "a" }), 0, false).await;
        [
            ("resource", core.run("office_note", None, json!({ "name": "b" })).await.diagnostics),
            ("data source", core.serve().read_data("office_reading", reading.clone(), ask).await.diagnostics),
            ("open", core.serve().open("office_key", key.clone()).await.diagnostics),
            ("renew", core.serve().renew("office_key", lent.clone()).await.diagnostics),
            ("close", core.serve().close("office_key", lent.clone()).await),
            ("list", listed.into_iter().next().map(|event| event.diagnostics).unwrap_or_default()),
            ("action", completed(&invoke(&core, json!({ "note": "a" })).await).clone()),
        ]
    };
    for (kind, said) in everything().await {
        assert!(text(&said).contains("Provider is not configured"), "{kind} before its time: {}", text(&said));
    }
    assert!(core.configure(json!({ "url": UNKNOWN })).await.is_empty());
    for (kind, said) in everything().await {
        assert!(text(&said).contains("`url` of the provider block depends on"), "{kind}: {}", text(&said));
    }
    assert!(text(&core.configure(json!({ "url": "closed" })).await).contains("Not this one."));
    assert!(core.configure(json!({ "url": "fan_out" })).await.is_empty());
    for (kind, said) in everything().await {
        assert!(said.is_empty(), "{kind}: {}", text(&said));
    }
    let heard = Server::at("fan_out").asked();
    for part in ["create b", "look at a", "lend to me", "renew for me", "take back from me", "list", "stamp a"] {
        assert!(heard.iter().any(|what| what.starts_with(part)), "{part} is not in {heard:?}");
    }
}

#[tokio::test]
async fn feature_20_ephemeral_resources_are_opened_renewed_and_closed() {
    let (core, server) = start("ephemeral").await;
    let schema = &core.schemas().ephemeral_resources["office_key"];
    let config = encoded(&core, Kind::Ephemeral, "office_key", json!({ "owner": "me" }));
    let opened = core.serve().open("office_key", config).await;
    assert!(opened.diagnostics.is_empty(), "{}", text(&opened.diagnostics));
    let result = opened.result.decode(&schema.ty()).unwrap();
    assert_eq!((at(&result, "owner"), at(&result, "value")), (&Value::from("me"), &Value::from("k-1")));
    assert_eq!(opened.renew_at, Some(Timestamp { seconds: 60, nanos: 0 }));
    let private = opened.private.unwrap();
    let first = core.serve().renew("office_key", private.clone()).await;
    assert_eq!(first.renew_at, Some(Timestamp { seconds: 120, nanos: 0 }));
    core.serve().renew("office_key", first.private.unwrap()).await;
    // Terraform closes with the private data of the opening, not with a renewal's.
    assert!(core.serve().close("office_key", private).await.is_empty());
    let expected = ["lend to me", "renew for me, time 1", "renew for me, time 2", "take back from me, renewed 0"];
    assert_eq!(server.asked(), expected);
    let said = core.serve().close("office_key", b"of another".to_vec()).await;
    assert!(text(&said).contains("not what this version of the provider wrote"));
}

#[tokio::test]
async fn feature_20_functions_name_the_argument_that_is_wrong() {
    let core = Core::unconfigured(Arc::new(Engine::of::<Office>()));
    let call = async |arguments: &[(Value, Type)]| {
        let arguments = arguments.iter().map(|(value, ty)| Encoded::of(value, ty).unwrap()).collect();
        core.serve().call_function("shorten", arguments).await
    };
    let text = |text: &str| (Value::from(text), Type::String);
    let number = |number: i64| (Value::from(number), Type::Number);
    let answer = call(&[number(2), text("one"), text("two"), (Value::Null, Type::String)]).await.unwrap();
    assert_eq!(answer.decode(&Type::String).unwrap(), Value::from("on tw"));
    let refused = async |arguments: &[(Value, Type)]| {
        let error = call(arguments).await.unwrap_err();
        (error.argument, error.text)
    };
    let long = "It has 10 characters; it must have 1 to 9 characters".to_owned();
    assert_eq!(
        refused(&[number(2), text("0123456789")]).await,
        (Some(1), long.clone()),
        "by the parameter's own check"
    );
    assert_eq!(refused(&[number(2), text("a"), text("b"), text("0123456789")]).await, (Some(3), long), "variadic ones");
    assert_eq!(refused(&[number(-1), text("a")]).await, (Some(0), "Less than nothing".to_owned()), "by the function");
    assert_eq!(refused(&[text("x"), text("a")]).await.0, Some(0), "by its type");
}

#[tokio::test]
async fn feature_20_lists_end_at_their_limit_and_with_their_error() {
    let (core, server) = start("lists").await;
    for name in ["a1", "a2", "a3", "b1"] {
        server.notes.lock().unwrap().insert(name.to_owned(), "text".to_owned());
    }
    let names = |events: &[ListEvent]| events.iter().map(|event| event.display_name.clone()).collect::<Vec<_>>();
    let all = list(&core, json!({ "prefix": "a" }), 100, true).await;
    assert_eq!(names(&all), ["a1", "a2", "a3"]);
    let schema = core.schema("office_note");
    let first = all[0].resource.as_ref().unwrap().decode(&schema.ty()).unwrap();
    assert_eq!((at(&first, "id"), at(&first, "text")), (&Value::from("a1"), &Value::from("text")));
    let identity = &core.schemas().identities["office_note"];
    assert_eq!(at(&all[0].identity.as_ref().unwrap().decode(&identity.ty()).unwrap(), "name"), &Value::from("a1"));
    server.heard.lock().unwrap().clear();
    let two = list(&core, json!({ "prefix": "a" }), 2, false).await;
    assert_eq!((names(&two), two[0].resource.clone()), (vec!["a1".to_owned(), "a2".to_owned()], None));
    assert_eq!(server.asked(), ["list", "found a1", "found a2"], "nothing is asked beyond the limit");
    server.notes.lock().unwrap().insert("a2".to_owned(), "unreadable".to_owned());
    let broken = list(&core, json!({ "prefix": "a" }), 100, false).await;
    assert_eq!(broken.len(), 2);
    assert!(broken[0].diagnostics.is_empty());
    assert!(broken[1].identity.is_none() && text(&broken[1].diagnostics).contains("a2 cannot be read."));
}

#[tokio::test]
async fn feature_20_actions_tell_how_far_they_are_and_how_they_ended() {
    let (core, server) = start("actions").await;
    let events = invoke(&core, json!({ "note": "a", "times": 2 })).await;
    let line = |event: &ActionEvent| match event {
        ActionEvent::Progress(line) => line.clone(),
        ActionEvent::Completed(_) => "completed".to_owned(),
    };
    assert_eq!(events.iter().map(line).collect::<Vec<_>>(), ["1 of 2", "2 of 2", "completed"]);
    assert!(completed(&events).is_empty());
    assert_eq!(server.asked(), ["stamp a", "stamp a"]);
    let failed = invoke(&core, json!({ "note": "wet" })).await;
    assert_eq!(failed.len(), 2);
    assert_eq!(text(completed(&failed)), "Error at note: Cannot stamp\nThe ink runs.");
}
