//! `AssertObjectCompatible`. Values called planned and actual, in this order.

use super::super::assert_object_compatible;
use super::*;
use crate::value::Refinement;

#[track_caller]
fn compatible(ty: Type, planned: impl Into<Value>, actual: impl Into<Value>) {
    passes(&assert_object_compatible(&of(vec![plain("a", ty)]), &a(planned), &a(actual)));
}

#[track_caller]
fn incompatible(ty: Type, planned: impl Into<Value>, actual: impl Into<Value>, expected: &str) {
    fails(&assert_object_compatible(&of(vec![plain("a", ty)]), &a(planned), &a(actual)), expected);
}

fn list() -> Type {
    Type::List(Box::new(Type::String))
}

fn set() -> Type {
    Type::Set(Box::new(Type::String))
}

fn map() -> Type {
    Type::Map(Box::new(Type::String))
}

#[test]
fn known_stays_equal() {
    compatible(Type::String, "x", "x");
    compatible(Type::Bool, true, true);
    compatible(Type::Number, crate::Number::parse("1.0").unwrap(), 1_i64);
    incompatible(Type::String, "x", "y", "a: is not the same value as was planned (a string)");
    incompatible(Type::Bool, true, false, "a: is not the same value as was planned (a bool)");
}

#[test]
fn null_stays_null() {
    compatible(Type::String, NULL, NULL);
    incompatible(Type::String, NULL, "x", "a: was planned as null, but is a string");
    incompatible(Type::String, "x", NULL, "a: was planned as a string, but is null");
    incompatible(list(), Value::List(vec![]), NULL, "a: was planned as a list, but is null");
    incompatible(list(), NULL, Value::List(vec![]), "a: was planned as null, but is a list");
}

#[test]
fn unknown_becomes_anything() {
    for actual in [NULL, unknown(), Value::from("x")] {
        compatible(Type::String, unknown(), actual);
    }
    compatible(list(), unknown(), Value::list(["x"]));
}

#[test]
fn known_does_not_become_unknown() {
    incompatible(Type::String, "x", unknown(), "a: was planned as a string, but is unknown");
}

#[test]
fn refinements_are_promises() {
    let refined = |r: Refinement| Value::Unknown(r);
    let not_null = refined(Refinement::known_not_null());
    compatible(Type::String, not_null.clone(), "x");
    compatible(Type::String, not_null.clone(), unknown());
    incompatible(Type::String, not_null, NULL, "a: is null, but was planned never to be null");
    let prefix = refined(Refinement::default().with_prefix("pre-"));
    compatible(Type::String, prefix.clone(), "pre-x");
    compatible(Type::String, prefix.clone(), NULL);
    incompatible(Type::String, prefix, "x", "a: is a string, but was planned with another prefix");
    let bounds = refined(Refinement::default().with_lower(1_i64, false).with_upper(5_i64, true));
    compatible(Type::Number, bounds.clone(), 5_i64);
    incompatible(Type::Number, bounds.clone(), 1_i64, "a: is a number, but was planned within other bounds");
    incompatible(Type::Number, bounds, 6_i64, "a: is a number, but was planned within other bounds");
    let length = refined(Refinement::default().with_min_length(1).with_max_length(2));
    compatible(list(), length.clone(), Value::list(["x", "y"]));
    for wrong in [Value::List(vec![]), Value::list(["x", "y", "z"])] {
        incompatible(list(), length.clone(), wrong, "a: is a list, but was planned with another number of elements");
    }
}

#[test]
fn lists_have_the_same_elements() {
    compatible(list(), Value::list([Value::from("x"), unknown()]), Value::list(["x", "y"]));
    incompatible(list(), Value::list(["x", "y"]), Value::list(["x"]), "a[1]: an element that was planned is missing");
    incompatible(list(), Value::list(["x"]), Value::list(["x", "y"]), "a[1]: an element that was not planned");
    let changed = "a[0]: is not the same value as was planned (a string)";
    incompatible(list(), Value::list(["x"]), Value::list(["y"]), changed);
}

#[test]
fn tuples_have_the_same_elements() {
    let tuple = Type::Tuple(vec![Type::String, Type::Number]);
    compatible(
        tuple.clone(),
        Value::list([Value::from("x"), unknown()]),
        Value::list([Value::from("x"), 1_i64.into()]),
    );
    let changed = "a[1]: was planned as a number, but is null";
    let planned = Value::list([Value::from("x"), 1_i64.into()]);
    incompatible(tuple, planned, Value::list([Value::from("x"), NULL]), changed);
}

#[test]
fn maps_have_the_same_keys() {
    compatible(map(), Value::map([("k", unknown())]), Value::map([("k", "x")]));
    let planned = Value::map([("k", "x")]);
    let found = assert_object_compatible(&of(vec![plain("a", map())]), &a(planned), &a(Value::map([("l", "x")])));
    let expected = ["a[\"k\"]: an element that was planned is missing", "a[\"l\"]: an element that was not planned"];
    assert_eq!(shown(&found), expected);
}

#[test]
fn objects_are_looked_into() {
    let ty = Type::Object([("a".to_owned(), Type::String), ("b".to_owned(), Type::String)].into());
    compatible(ty.clone(), ab("x", unknown()), ab("x", "y"));
    incompatible(ty, ab("x", "y"), ab("x", NULL), "a.b: was planned as a string, but is null");
    let schema = of(vec![nested("n", Nesting::List, Mode::Optional, vec![text("a", Mode::Computed)])]);
    let planned = Value::object([("n", Value::list([a("x")]))]);
    let actual = Value::object([("n", Value::list([a("y")]))]);
    let expected = "n[0].a: is not the same value as was planned (a string)";
    fails(&assert_object_compatible(&schema, &planned, &actual), expected);
}

#[test]
fn set_elements_have_counterparts() {
    compatible(set(), Value::set_of(["x", "y"]), Value::set_of(["y", "x"]));
    compatible(set(), Value::set_of([Value::from("x"), unknown()]), Value::set_of(["x", "y"]));
    let found = |planned: &[&str], actual: &[&str]| {
        let [planned, actual] = [planned, actual].map(|v| a(Value::set_of(v.iter().copied())));
        shown(&assert_object_compatible(&of(vec![plain("a", set())]), &planned, &actual))
    };
    let (lost, new) =
        ("a: an element that was planned has no counterpart", "a: an element has no counterpart in the plan");
    assert_eq!(found(&["x"], &["y"]), [lost, new]);
    assert_eq!(found(&["x", "y"], &["y"]), [lost]);
    assert_eq!(found(&["x"], &["x", "y"]), [new, "a: 1 elements were planned, there are 2"]);
}

#[test]
fn sets_may_shrink_but_not_grow() {
    let planned = Value::set_of([unknown(), unknown(), Value::from("x")]);
    compatible(set(), planned.clone(), Value::set_of(["x"]));
    compatible(set(), planned.clone(), Value::set_of(["x", "y", "z"]));
    incompatible(set(), planned, Value::set_of(["x", "y", "z", "w"]), "a: 3 elements were planned, there are 4");
}

#[test]
fn anything_comes_of_a_dynamic_type_that_was_open() {
    let text = || Value::dynamic(Type::String, "x".into());
    compatible(Type::Dynamic, unknown(), text());
    compatible(Type::Dynamic, NULL, text());
    compatible(Type::Dynamic, Value::dynamic(Type::String, unknown()), text());
    incompatible(Type::Dynamic, text(), NULL, "a: is not of the type that was planned (a string)");
    let number = Value::dynamic(Type::Number, 1_i64.into());
    incompatible(Type::Dynamic, text(), number, "a: is not of the type that was planned (a string)");
    let other = Value::dynamic(Type::String, "y".into());
    incompatible(Type::Dynamic, text(), other, "a: is not the same value as was planned (a string)");
}

#[test]
fn the_whole_is_there_as_planned() {
    let schema = of(vec![text("a", Mode::Optional)]);
    fails(&assert_object_compatible(&schema, &NULL, &a("x")), "was planned to be absent, but is there");
    fails(&assert_object_compatible(&schema, &a("x"), &NULL), "was planned to be there, but is absent");
    passes(&assert_object_compatible(&schema, &NULL, &NULL));
}

fn n(value: impl Into<Value>) -> Value {
    Value::object([("n", value.into())])
}

fn block(nesting: BlockNesting) -> Schema {
    with_blocks(vec![], vec![blocks("n", nesting, vec![text("a", Mode::Optional)])])
}

#[test]
fn single_and_group_blocks() {
    for nesting in [BlockNesting::Single, BlockNesting::Group] {
        let schema = block(nesting);
        passes(&assert_object_compatible(&schema, &n(a(unknown())), &n(a("x"))));
        let expected = "n.a: is not the same value as was planned (a string)";
        fails(&assert_object_compatible(&schema, &n(a("x")), &n(a("y"))), expected);
        fails(&assert_object_compatible(&schema, &n(a("x")), &n(NULL)), "n: was planned to be there, but is absent");
        passes(&assert_object_compatible(&schema, &n(unknown()), &n(NULL)));
        passes(&assert_object_compatible(&schema, &n(unknown()), &n(a("x"))));
    }
}

#[test]
fn list_blocks() {
    let schema = block(BlockNesting::List);
    passes(&assert_object_compatible(&schema, &n(Value::list([a(unknown())])), &n(Value::list([a("x")]))));
    let expected = "n: 1 blocks were planned, there are 2";
    fails(&assert_object_compatible(&schema, &n(Value::list([a("x")])), &n(Value::list([a("x"), a("y")]))), expected);
    passes(&assert_object_compatible(&schema, &n(unknown()), &n(Value::list([a("x")]))));
}

#[test]
fn map_blocks() {
    let schema = block(BlockNesting::Map);
    passes(&assert_object_compatible(&schema, &n(Value::map([("k", a(unknown()))])), &n(Value::map([("k", a("x"))]))));
    let expected = "n[\"k\"]: an element that was planned is missing";
    let none = n(Value::map::<String, Value>([]));
    fails(&assert_object_compatible(&schema, &n(Value::map([("k", a("x"))])), &none), expected);
}

#[test]
fn set_blocks() {
    let schema = block(BlockNesting::Set);
    let planned = n(Value::set_of([a("x"), a(unknown())]));
    passes(&assert_object_compatible(&schema, &planned, &n(Value::set_of([a("x"), a("y")]))));
    passes(&assert_object_compatible(&schema, &planned, &n(Value::set_of([a("x")]))));
    let expected = "n: 2 elements were planned, there are 3";
    fails(&assert_object_compatible(&schema, &planned, &n(Value::set_of([a("x"), a("y"), a("z")]))), expected);
    let expected = "n: an element that was planned has no counterpart";
    fails(&assert_object_compatible(&schema, &planned, &n(Value::set_of([a("y")]))), expected);
}
