//! The twenty features that authors of providers rely on, one test each, driven as Terraform drives them.

use std::sync::Arc;

use serde_json::json;
use terraform_framework::author::Error;
use terraform_framework::engine::Private;
use terraform_framework::engine::erased::PlanEdits;
use terraform_framework::schema::{Block, BlockNesting, Mode, Modifier, NestedBlock, Nesting, Rule};
use terraform_framework::server::{Encoded, MoveRequest, RawState, Serve};
use terraform_framework::value::{Type, Value};
use terraform_framework::{Path, check};

use crate::core::{Action, UNKNOWN, config, text};
use crate::engine::fixture::{Thing, nested, plain, string};

fn at<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.attribute(name).unwrap_or_else(|| panic!("no attribute {name}"))
}

fn with(
    mut attribute: terraform_framework::schema::Attribute,
    modifier: Modifier,
) -> terraform_framework::schema::Attribute {
    attribute.modifiers.push(modifier);
    attribute
}

#[tokio::test]
async fn feature_01_use_state_for_unknown() {
    let stable = with(string("stable", Mode::Computed), Modifier::UseStateForUnknown);
    let thing = Thing::new(vec![stable, string("loose", Mode::Computed), string("note", Mode::Optional)]);
    let core = thing.core().await;
    let plan = core.plan("test_thing", None, json!({ "name": "a" })).await.unwrap();
    assert!(at(&plan.planned, "stable").is_unknown(), "nothing to keep on create");
    let made = core.apply(plan).await.unwrap();
    let plan = core.plan("test_thing", Some(&made), json!({ "name": "a", "note": "n" })).await.unwrap();
    assert_eq!(at(&plan.planned, "stable"), &Value::from("server"));
    assert!(at(&plan.planned, "loose").is_unknown());
    // Null in state is kept too.
    let mut null = made.clone();
    null.state.set(&Path::attribute("stable"), Value::Null);
    let plan = core.plan("test_thing", Some(&null), json!({ "name": "a", "note": "n" })).await.unwrap();
    assert!(at(&plan.planned, "stable").is_null());
}

#[tokio::test]
async fn feature_02_use_non_null_state_for_unknown() {
    let stable = with(string("stable", Mode::Computed), Modifier::UseNonNullStateForUnknown);
    let thing = Thing::new(vec![stable, string("note", Mode::Optional)]);
    let core = thing.core().await;
    let made = core.run("test_thing", None, json!({ "name": "a" })).await.unwrap();
    let plan = core.plan("test_thing", Some(&made), json!({ "name": "a", "note": "n" })).await.unwrap();
    assert_eq!(at(&plan.planned, "stable"), &Value::from("server"));
    let mut null = made;
    null.state.set(&Path::attribute("stable"), Value::Null);
    let plan = core.plan("test_thing", Some(&null), json!({ "name": "a", "note": "n" })).await.unwrap();
    assert!(at(&plan.planned, "stable").is_unknown());
}

#[tokio::test]
async fn feature_03_requires_replace() {
    let thing = Thing::new(vec![with(string("size", Mode::Optional), Modifier::RequiresReplace)]);
    let core = thing.core().await;
    let plan = core.plan("test_thing", None, json!({ "name": "a", "size": "s" })).await.unwrap();
    assert_eq!((plan.action, plan.replace.len()), (Action::Create, 0));
    let made = core.apply(plan).await.unwrap();
    let same = core.plan("test_thing", Some(&made), json!({ "name": "a", "size": "s" })).await.unwrap();
    assert_eq!(same.action, Action::Nothing);
    let plan = core.plan("test_thing", Some(&made), json!({ "name": "a", "size": "l" })).await.unwrap();
    assert_eq!((plan.action, plan.replace.clone()), (Action::Replace, vec![Path::attribute("size")]));
    let unknown = core.plan("test_thing", Some(&made), json!({ "name": "a", "size": UNKNOWN })).await.unwrap();
    assert_eq!(unknown.action, Action::Replace, "what is not known yet may differ");
    let replaced = core.apply(plan).await.unwrap();
    assert_eq!(at(&replaced.state, "size"), &Value::from("l"));
}

#[tokio::test]
async fn feature_04_requires_replace_if() {
    let grows = Modifier::RequiresReplaceIf(Arc::new(|m| m.plan.as_i64() < m.state.as_i64()));
    let size = with(plain("size", Type::Number, Mode::Optional), grows);
    let kind = with(string("kind", Mode::OptionalComputed), Modifier::RequiresReplaceIfConfigured);
    let thing = Thing::new(vec![size, kind]);
    let core = thing.core().await;
    let made = core.run("test_thing", None, json!({ "name": "a", "size": 2, "kind": "k" })).await.unwrap();
    let action = async |json| core.plan("test_thing", Some(&made), json).await.unwrap().action;
    assert_eq!(action(json!({ "name": "a", "size": 3, "kind": "k" })).await, Action::Update);
    assert_eq!(action(json!({ "name": "a", "size": 1, "kind": "k" })).await, Action::Replace);
    assert_eq!(action(json!({ "name": "a", "size": 2, "kind": "other" })).await, Action::Replace);
    assert_eq!(action(json!({ "name": "a", "size": 3 })).await, Action::Update, "kind is not configured");
}

#[tokio::test]
async fn feature_05_custom_plan_modifiers_run_in_order() {
    let append = |suffix: &'static str| {
        Modifier::Custom(Arc::new(move |m| {
            let before = m.plan.as_str().unwrap_or("null").to_owned();
            m.plan = Value::from(format!("{before}{suffix}"));
            if m.config.is_null() && suffix == "2" {
                m.diagnostics.push(terraform_framework::Diagnostic::warning("seen", "null"));
            }
        }))
    };
    let label = with(with(string("label", Mode::Computed), append("1")), append("2"));
    let core = Thing::new(vec![label]).core().await;
    let plan = core.plan("test_thing", None, json!({ "name": "a" })).await.unwrap();
    assert_eq!(at(&plan.planned, "label"), &Value::from("null12"), "each sees what the one before it planned");
    assert_eq!(plan.diagnostics.0.len(), 1, "modifiers run for null values too");
}

#[tokio::test]
async fn feature_06_modify_plan() {
    let mut thing = Thing::new(vec![string("label", Mode::Computed), string("note", Mode::Optional)]);
    thing.plan = Arc::new(|ask| {
        let mut edits = PlanEdits::default();
        match (ask.plan, ask.config) {
            (Some(_), Some(config)) if config["note"] == Value::from("move") && ask.state.is_some() => {
                edits.replace.push(Path::attribute("note"));
            }
            (Some(_), _) => edits.set.push((Path::attribute("label"), Value::from("planned"))),
            (None, _) => edits.report.warn_all("It goes", "for good"),
        }
        edits
    });
    let core = thing.core().await;
    let plan = core.plan("test_thing", None, json!({ "name": "a" })).await.unwrap();
    assert_eq!(at(&plan.planned, "label"), &Value::from("planned"));
    let made = core.apply(plan).await.unwrap();
    let plan = core.plan("test_thing", Some(&made), json!({ "name": "a", "note": "move" })).await.unwrap();
    assert_eq!(plan.action, Action::Replace);
    let plan = core.plan_destroy(&made).await.unwrap();
    assert_eq!(plan.diagnostics.0[0].summary, "It goes");
}

#[tokio::test]
async fn feature_07_defaults() {
    let defaulted = |name: &str| {
        let mut attribute = string(name, Mode::OptionalComputed);
        attribute.default = Some(Value::from("default"));
        attribute
    };
    let inner = nested("inner", Nesting::Single, vec![defaulted("deep")], Mode::Optional);
    let list = nested("list", Nesting::List, vec![defaulted("deep")], Mode::Optional);
    let core = Thing::new(vec![defaulted("label"), inner, list]).core().await;
    let json = json!({ "name": "a", "inner": {}, "list": [{ "deep": "x" }, {}] });
    let plan = core.plan("test_thing", None, json.clone()).await.unwrap();
    assert_eq!(at(&plan.planned, "label"), &Value::from("default"));
    assert_eq!(at(at(&plan.planned, "inner"), "deep"), &Value::from("default"));
    let deep: Vec<_> =
        at(&plan.planned, "list").as_list().unwrap().iter().map(|v| at(v, "deep").as_str().unwrap()).collect();
    assert_eq!(deep, ["x", "default"]);
    let made = core.apply(plan).await.unwrap();
    assert_eq!(core.plan("test_thing", Some(&made), json).await.unwrap().action, Action::Nothing);
    let plan = core.plan("test_thing", Some(&made), json!({ "name": "a", "label": "x" })).await.unwrap();
    let made = core.apply(plan).await.unwrap();
    let plan = core.plan("test_thing", Some(&made), json!({ "name": "a" })).await.unwrap();
    assert_eq!(at(&plan.planned, "label"), &Value::from("default"), "leaving it out goes back to the default");
}

#[tokio::test]
async fn feature_08_attribute_validators() {
    let mut label = string("label", Mode::Optional);
    label.checks.push(check::length(2, 3));
    let mut tags = plain("tags", Type::Set(Box::new(Type::String)), Mode::Optional);
    tags.checks.push(check::each(check::length(2, 3)));
    let thing = Thing::new(vec![label, tags]);
    let core = thing.core().await;
    let check = async |json| core.validate("test_thing", &config(core.schema("test_thing"), json)).await;
    let said = check(json!({ "name": "a", "label": "x" })).await;
    assert_eq!(said.0[0].path, Some(Path::attribute("label")));
    assert!(check(json!({ "name": "a", "label": UNKNOWN, "tags": UNKNOWN })).await.is_empty());
    assert!(check(json!({ "name": "a", "label": "xx", "tags": ["xx"] })).await.is_empty());
    assert!(check(json!({ "name": "a", "tags": ["xx", "x"] })).await.has_errors());
}

#[tokio::test]
async fn feature_09_config_validators() {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let mut thing = Thing::new(names.iter().map(|n| string(n, Mode::Optional)).collect());
    let both = |x: &str, y: &str| vec![x.to_owned(), y.to_owned()];
    thing.definition.schema.rules = vec![
        Rule::ExactlyOneOf(both("a", "b")),
        Rule::AtLeastOneOf(both("c", "d")),
        Rule::Together(both("e", "f")),
        Rule::Requires(both("g", "h")),
    ];
    thing.validate = Arc::new(|config, report| {
        if config["a"] == Value::from("bad") {
            report.error("a", "Bad", "Not this one.");
        }
    });
    let core = thing.core().await;
    let check = async |json| text(&core.validate("test_thing", &config(core.schema("test_thing"), json)).await);
    assert_eq!(check(json!({ "name": "n", "a": "1", "c": "1", "e": "1", "f": "1", "h": "1" })).await, "");
    assert!(check(json!({ "name": "n", "a": "1", "b": "1", "c": "1" })).await.contains("exclude each other"));
    assert!(check(json!({ "name": "n", "c": "1" })).await.contains("Set exactly one of `a` and `b`"));
    assert!(check(json!({ "name": "n", "a": "1" })).await.contains("Set at least one of `c` and `d`"));
    assert!(check(json!({ "name": "n", "a": "1", "c": "1", "e": "1" })).await.contains("Set all of `e` and `f`"));
    assert!(
        check(json!({ "name": "n", "a": "1", "c": "1", "g": "1" })).await.contains("`g` is set, so `h` must be too")
    );
    assert!(check(json!({ "name": "n", "a": "bad", "c": "1" })).await.contains("Not this one."));
    let unknown = json!({ "name": "n", "a": UNKNOWN, "b": UNKNOWN, "c": UNKNOWN, "e": "1", "f": UNKNOWN, "g": "1", "h": UNKNOWN });
    assert_eq!(check(unknown).await, "", "what is not known yet breaks no rule");
}

#[tokio::test]
async fn feature_10_built_in_checks() {
    let mut secret = string("secret_wo", Mode::Optional);
    secret.write_only = true;
    let mut old = string("old", Mode::Optional);
    old.deprecated = Some("Use something else.".to_owned());
    let thing = Thing::new(vec![secret, old, string("label", Mode::Computed)]);
    let mut core = thing.core().await;
    let said = async |core: &crate::core::Core, json| {
        text(&core.validate("test_thing", &config(core.schema("test_thing"), json)).await)
    };
    assert!(said(&core, json!({ "name": null })).await.contains("`name` is required"));
    assert!(said(&core, json!({ "name": "a", "label": "x" })).await.contains("`label` is set by the provider"));
    assert!(said(&core, json!({ "name": "a", "old": "x" })).await.contains("Use something else."));
    assert_eq!(said(&core, json!({ "name": "a", "secret_wo": "x" })).await, "");
    core.capabilities.write_only_attributes_allowed = false;
    assert!(said(&core, json!({ "name": "a", "secret_wo": "x" })).await.contains("1.11 or newer"));
}

#[tokio::test]
async fn feature_11_semantic_equality() {
    let mut label = string("label", Mode::Optional);
    label.same = Some(|a, b| a.as_str().map(str::to_lowercase) == b.as_str().map(str::to_lowercase));
    label.modifiers.push(Modifier::RequiresReplace);
    let thing = Thing::new(vec![label]).served_by(|_, mut object| {
        let upper = object["label"].as_str().map(str::to_uppercase);
        object.insert("label".into(), upper.map_or(Value::Null, Value::from));
        Ok(object)
    });
    let core = thing.core().await;
    let made = core.run("test_thing", None, json!({ "name": "a", "label": "Text" })).await.unwrap();
    assert_eq!(at(&made.state, "label"), &Value::from("Text"), "the server's spelling means the same");
    let read = core.refresh(&made).await.unwrap().unwrap();
    assert_eq!(at(&read.state, "label"), &Value::from("Text"));
    let plan = core.plan("test_thing", Some(&read), json!({ "name": "a", "label": "TEXT" })).await.unwrap();
    assert_eq!(plan.action, Action::Nothing, "at plan time an equal value plans the prior spelling");
    thing.drift("label", "OTHER");
    let read = core.refresh(&made).await.unwrap().unwrap();
    assert_eq!(at(&read.state, "label"), &Value::from("OTHER"));
}

#[tokio::test]
async fn feature_12_timeouts() {
    use std::time::Duration;
    let mut limit = string("create", Mode::Optional);
    limit.checks.push(check::duration());
    let timeouts = nested("timeouts", Nesting::Single, vec![limit], Mode::Optional);
    let left = Arc::new(std::sync::Mutex::new(Duration::ZERO));
    let seen = left.clone();
    let thing = Thing::new(vec![timeouts]).served_by(move |cx, object| {
        *seen.lock().unwrap() = cx.deadline() - tokio::time::Instant::now();
        Ok(object)
    });
    let core = thing.core().await;
    let json = json!({ "name": "a", "timeouts": { "create": "90s" } });
    let made = core.run("test_thing", None, json.clone()).await.unwrap();
    let measured = *left.lock().unwrap();
    assert!(measured <= Duration::from_secs(90) && measured > Duration::from_secs(30), "{measured:?}");
    assert_eq!(core.plan("test_thing", Some(&made), json).await.unwrap().action, Action::Nothing);
    let read = core.refresh(&made).await.unwrap().unwrap();
    assert_eq!(read.state, made.state, "the limits stay in state");
    let bad = core.plan("test_thing", None, json!({ "name": "a", "timeouts": { "create": "soon" } })).await;
    assert!(text(&bad.unwrap_err()).contains("is not a duration"));
}

#[tokio::test]
async fn feature_13_private_state() {
    let thing = Thing::new(vec![string("note", Mode::Optional)]);
    let core = thing.core().await;
    let mut made = core.run("test_thing", None, json!({ "name": "a" })).await.unwrap();
    let mut private = Private::default();
    private.set("key", json!({ "of": "ours" })).unwrap();
    made.private = private.encode();
    let read = core.refresh(&made).await.unwrap().unwrap();
    assert_eq!(Private::decode(&read.private).get("key"), Some(&json!({ "of": "ours" })));
    let changed = core.run("test_thing", Some(&read), json!({ "name": "a", "note": "n" })).await.unwrap();
    assert_eq!(changed.private, made.private, "it survives plan, apply and read");
}

#[tokio::test]
async fn feature_14_import() {
    let mut label = string("label", Mode::OptionalComputed);
    label.default = Some(Value::from("default"));
    let thing = Thing::new(vec![label, string("note", Mode::Computed)]);
    let core = thing.core().await;
    let made = core.run("test_thing", None, json!({ "name": "a" })).await.unwrap();
    let imported = core.import("test_thing", "a", None).await.unwrap();
    assert_eq!(imported.state, made.state);
    let identity = made.identity.clone().unwrap();
    let by_identity = core.import("test_thing", "", Some(&identity)).await.unwrap();
    assert_eq!((by_identity.state, by_identity.identity), (made.state.clone(), Some(identity)));
    let plan = core.plan("test_thing", Some(&imported), json!({ "name": "a" })).await.unwrap();
    assert_eq!(plan.action, Action::Nothing);
    assert!(core.import("test_thing", "", None).await.is_err(), "an empty id has no form");
    thing.held.lock().unwrap().take();
    let gone = core.import("test_thing", "a", None).await.unwrap_err();
    assert!(text(&gone).contains("non-existent"));
}

#[tokio::test]
async fn feature_15_state_upgraders_and_movers() {
    let mut thing = Thing::new(vec![string("label", Mode::Optional)]);
    thing.upgrades = vec![(0, |mut old| {
        let label = old.remove("old_label").unwrap_or_default();
        old.insert("label".into(), label);
        Ok(old)
    })];
    thing.moves = vec![
        ("other_thing", |_| Ok(None)),
        ("other_thing", |old| Ok(Some([("name".to_owned(), old["title"].clone())].into()))),
    ];
    let core = thing.core().await;
    let ty = core.schema("test_thing").ty();
    let raw = |json: serde_json::Value| RawState { json: serde_json::to_vec(&json).unwrap(), flatmap: false };
    let upgrade = async |version, json| core.serve().upgrade_state("test_thing", version, raw(json)).await;
    let (state, said) = upgrade(0, json!({ "id": "a", "name": "a", "old_label": "l" })).await;
    assert!(said.is_empty(), "{}", text(&said));
    assert_eq!(at(&state.decode(&ty).unwrap(), "label"), &Value::from("l"));
    let (state, _) = upgrade(1, json!({ "id": "a", "name": "a", "label": null, "removed": 1 })).await;
    assert_eq!(at(&state.decode(&ty).unwrap(), "name"), &Value::from("a"), "attributes that are gone are ignored");
    assert!(text(&upgrade(2, json!({})).await.1).contains("newer version of this provider"));
    let request = |from: &str| MoveRequest {
        source_type_name: from.to_owned(),
        source_provider_address: "registry.terraform.io/other/other".to_owned(),
        source_state: raw(json!({ "title": "t" })),
        target_type_name: "test_thing".to_owned(),
        ..MoveRequest::default()
    };
    let moved = core.serve().move_state(request("other_thing")).await;
    assert_eq!(at(&moved.target_state.decode(&ty).unwrap(), "name"), &Value::from("t"));
    let refused = core.serve().move_state(request("unknown_thing")).await;
    assert!(text(&refused.diagnostics).contains("cannot be taken over"));
}

#[tokio::test]
async fn feature_16_identity() {
    let thing = Thing::new(vec![string("note", Mode::Optional)]);
    let core = thing.core().await;
    let plan = core.plan("test_thing", None, json!({ "name": UNKNOWN })).await.unwrap();
    assert!(plan.identity.is_none(), "what is not known before it is made is left out");
    let made = core.run("test_thing", None, json!({ "name": "a" })).await.unwrap();
    assert_eq!(at(made.identity.as_ref().unwrap(), "name"), &Value::from("a"));
    // A state of an older version has none: the next read fills it in.
    let old = crate::core::Instance { identity: None, ..made.clone() };
    assert_eq!(core.refresh(&old).await.unwrap().unwrap().identity, made.identity);
    thing.drift("name", "b");
    assert!(core.refresh(&made).await.is_err(), "another identity is another object");
}

#[tokio::test]
async fn feature_17_partial_state_on_error() {
    let thing = Thing::new(vec![string("step", Mode::Optional), string("label", Mode::Computed)]).served_by(
        |cx, mut object| {
            if object["step"] == Value::from("fail") {
                object.insert("label".into(), Value::from("half"));
                cx.save_object(object);
                return Err(Error::new("Cannot finish", "The second step failed."));
            }
            if object["step"] == Value::from("nothing") {
                return Err(Error::new("Cannot begin", "Nothing was made."));
            }
            object.insert("label".into(), Value::from("whole"));
            Ok(object)
        },
    );
    let core = thing.core().await;
    let failed = core.run("test_thing", None, json!({ "name": "a", "step": "fail" })).await;
    assert!(failed.diagnostics.has_errors());
    let left = failed.instance.expect("what exists is not lost");
    assert!(left.tainted);
    assert_eq!(at(&left.state, "label"), &Value::from("half"));
    *thing.held.lock().unwrap() = left.state.as_object().cloned();
    let plan = core.plan("test_thing", Some(&left), json!({ "name": "a" })).await.unwrap();
    assert_eq!(plan.action, Action::Replace, "what is tainted is made again");
    let made = core.apply(plan).await.unwrap();
    let nothing = core.run("test_thing", None, json!({ "name": "b", "step": "nothing" })).await;
    assert!(nothing.instance.is_none());
    let kept = core.run("test_thing", Some(&made), json!({ "name": "a", "step": "nothing" })).await;
    assert_eq!(kept.instance.unwrap().state, made.state, "a change that did not begin leaves what was there");
}

#[tokio::test]
async fn feature_18_nested_attributes_blocks_and_collections() {
    let strings = |wrap: fn(Box<Type>) -> Type| wrap(Box::new(Type::String));
    let inner = || {
        vec![string("key", Mode::Required), with(string("seen", Mode::Computed), Modifier::UseNonNullStateForUnknown)]
    };
    let mut thing = Thing::new(vec![
        plain("list", strings(Type::List), Mode::Optional),
        plain("set", strings(Type::Set), Mode::Optional),
        plain("map", strings(Type::Map), Mode::Optional),
        plain("any", Type::Dynamic, Mode::Optional),
        nested("objects", Nesting::List, inner(), Mode::Optional),
        nested("keyed", Nesting::Map, inner(), Mode::Optional),
        nested("one", Nesting::Single, inner(), Mode::Optional),
        nested("pairs", Nesting::Set, vec![string("key", Mode::Required)], Mode::Optional),
    ]);
    let inside = Block { attributes: vec![string("text", Mode::Optional)], ..Block::default() };
    let nesting = BlockNesting::List;
    thing.definition.schema.block.blocks.push(NestedBlock {
        name: "block".into(),
        nesting,
        block: inside,
        min_items: 0,
        max_items: 0,
    });
    let thing = thing.served_by(|_, object| {
        let value = Value::Object(object).transform(&mut |_, v| if v.is_unknown() { Value::from("server") } else { v });
        Ok(value.as_object().unwrap().clone())
    });
    let core = thing.core().await;
    let json = json!({
        "name": "a", "list": [], "set": ["b", "a"], "map": { "k": "v" },
        "any": { "value": { "x": [1, "two"] }, "type": ["object", { "x": ["tuple", ["number", "string"]] }] },
        "objects": [{ "key": "x" }], "keyed": { "k": { "key": "y" } }, "one": { "key": "z" }, "pairs": [{ "key": "p" }],
        "block": [{ "text": "t" }, {}],
    });
    let plan = core.plan("test_thing", None, json.clone()).await.unwrap();
    let objects = at(&plan.planned, "objects").as_list().unwrap();
    assert!(at(&objects[0], "seen").is_unknown());
    let made = core.apply(plan).await.unwrap();
    assert_eq!(at(&made.state, "list"), &Value::List(Vec::new()), "empty is not null");
    assert_eq!(core.plan("test_thing", Some(&made), json.clone()).await.unwrap().action, Action::Nothing);
    let read = core.refresh(&made).await.unwrap().unwrap();
    assert_eq!(read.state, made.state);
    let mut more = json;
    more["objects"] = json!([{ "key": "x" }, { "key": "new" }]);
    let plan = core.plan("test_thing", Some(&made), more).await.unwrap();
    let objects = at(&plan.planned, "objects").as_list().unwrap();
    assert_eq!(at(&objects[0], "seen"), &Value::from("server"));
    assert!(at(&objects[1], "seen").is_unknown(), "a new element has nothing to keep");
    let unknown =
        json!({ "name": "a", "objects": UNKNOWN, "pairs": [{ "key": UNKNOWN }], "block": [{ "text": UNKNOWN }] });
    let first = core.plan("test_thing", Some(&made), unknown).await.unwrap();
    assert!(at(&first.planned, "objects").is_unknown());
    let known =
        json!({ "name": "a", "objects": [{ "key": "k" }], "pairs": [{ "key": "q" }], "block": [{ "text": "u" }] });
    let second = core.finish_plan(&first, known).await.unwrap();
    core.apply(second).await.unwrap();
}

#[tokio::test]
async fn feature_19_provider_configuration_reaches_everything_and_may_be_unknown() {
    use terraform_framework::author::Offers;
    use terraform_framework::schema::Schema;
    let thing = Thing::new(vec![]);
    let mut offers = Offers::default();
    offers.push_resource(Arc::new(thing.clone()));
    let block = Block { attributes: vec![string("url", Mode::Required)], ..Block::default() };
    let block = Schema { version: 0, block, rules: Vec::new() };
    let connect = |block: &terraform_framework::Object, _: &mut _| match block["url"].as_str() {
        Some("bad") => Err(Error::new("Invalid address", "Not this one.")),
        _ => Ok(()),
    };
    let engine = terraform_framework::Engine::new(block, Box::new(connect), Box::new(|_, _| {}), offers);
    let core = crate::core::Core::unconfigured(Arc::new(engine));
    let early = core.run("test_thing", None, json!({ "name": "a" })).await;
    assert!(text(&early.diagnostics).contains("not configured"), "a call before its time is refused, not a panic");
    assert!(text(&core.configure(json!({ "url": "bad" })).await).contains("Not this one."));
    assert!(core.configure(json!({ "url": UNKNOWN })).await.is_empty());
    core.plan("test_thing", None, json!({ "name": "a" })).await.expect("a plan that needs no request");
    let needs = core.run("test_thing", None, json!({ "name": "a" })).await;
    assert!(text(&needs.diagnostics).contains("`url` of the provider block depends on something that is not made yet"));
    assert!(core.configure(json!({ "url": "good" })).await.is_empty());
    core.run("test_thing", None, json!({ "name": "a" })).await.unwrap();
}

#[tokio::test]
async fn feature_20_write_only() {
    let mut secret = string("secret_wo", Mode::Optional);
    secret.write_only = true;
    let thing = Thing::new(vec![secret, plain("secret_wo_version", Type::Number, Mode::Optional)]);
    let core = thing.core().await;
    let json = json!({ "name": "a", "secret_wo": "hush", "secret_wo_version": 1 });
    let plan = core.plan("test_thing", None, json.clone()).await.unwrap();
    assert!(at(&plan.planned, "secret_wo").is_null());
    let made = core.apply(plan).await.unwrap();
    assert!(at(&made.state, "secret_wo").is_null(), "never in state");
    let sent = thing.sent.lock().unwrap().clone().unwrap();
    assert_eq!(sent["secret_wo"], Value::from("hush"), "the code gets it from the configuration");
    assert_eq!(core.plan("test_thing", Some(&made), json).await.unwrap().action, Action::Nothing);
    let again = json!({ "name": "a", "secret_wo": "new", "secret_wo_version": 2 });
    let changed = core.run("test_thing", Some(&made), again).await.unwrap();
    assert!(at(&changed.state, "secret_wo").is_null());
    assert_eq!(thing.sent.lock().unwrap().clone().unwrap()["secret_wo"], Value::from("new"));
}

#[tokio::test]
async fn a_deletion_needs_no_plan_before_it() {
    let thing = Thing::new(vec![]);
    let core = thing.core().await;
    let made = core.run("test_thing", None, json!({ "name": "a" })).await.unwrap();
    let schema = core.schema("test_thing");
    let null = Encoded::of(&Value::Null, &schema.ty()).unwrap();
    // A client that plans no destructions passes the private data of the state.
    let request = terraform_framework::server::ApplyRequest {
        type_name: "test_thing".into(),
        prior_state: Encoded::of(&made.state, &schema.ty()).unwrap(),
        planned_state: null.clone(),
        config: null.clone(),
        planned_private: made.private,
        planned_identity: None,
    };
    let answer = core.serve().apply(request).await;
    assert!(answer.diagnostics.is_empty(), "{}", text(&answer.diagnostics));
    assert!(answer.new_state.decode(&schema.ty()).unwrap().is_null() && answer.private.is_empty());
    assert!(thing.held.lock().unwrap().is_none());
}

#[tokio::test]
async fn what_is_gone_is_planned_again() {
    let thing = Thing::new(vec![]);
    let core = thing.core().await;
    let made = core.run("test_thing", None, json!({ "name": "a" })).await.unwrap();
    thing.held.lock().unwrap().take();
    assert!(core.refresh(&made).await.unwrap().is_none());
    assert_eq!(core.plan("test_thing", None, json!({ "name": "a" })).await.unwrap().action, Action::Create);
}

#[tokio::test]
async fn a_setting_of_the_server_is_kept_when_it_is_no_longer_configured() {
    let thing = Thing::new(vec![with(string("setting", Mode::OptionalComputed), Modifier::UseStateForUnknown)]);
    let core = thing.core().await;
    let made = core.run("test_thing", None, json!({ "name": "a" })).await.unwrap();
    assert_eq!(at(&made.state, "setting"), &Value::from("server"));
    let set = core.run("test_thing", Some(&made), json!({ "name": "a", "setting": "mine" })).await.unwrap();
    let plan = core.plan("test_thing", Some(&set), json!({ "name": "a" })).await.unwrap();
    assert_eq!((plan.action, at(&plan.planned, "setting")), (Action::Nothing, &Value::from("mine")));
    // A change that is ignored (`ignore_changes`) arrives as a configuration that says what the state says.
    thing.drift("setting", "theirs");
    let drifted = core.refresh(&set).await.unwrap().unwrap();
    let ignored = core.plan("test_thing", Some(&drifted), json!({ "name": "a", "setting": "theirs" })).await.unwrap();
    assert_eq!(ignored.action, Action::Nothing);
}

/// Answers stay the same whatever order things are asked in: schemas are there before anybody asks for them.
#[tokio::test]
async fn a_process_that_is_never_asked_for_its_schema_works() {
    let engine = Thing::new(vec![]).engine();
    let encoded = Encoded::default();
    let answer = engine.plan(terraform_framework::server::PlanRequest {
        type_name: "test_thing".into(),
        prior_state: encoded.clone(),
        proposed_new_state: encoded.clone(),
        config: encoded,
        ..Default::default()
    });
    assert!(answer.await.diagnostics.is_empty());
}
