//! `AssertPlanValid`. Values called prior, config and planned, in this order.

use super::super::assert_plan_valid;
use super::*;
use crate::value::Refinement;

fn optional() -> Schema {
    of(vec![text("a", Mode::Optional)])
}

#[test]
fn planned_as_configured() {
    for value in [NULL, unknown(), Value::from("x")] {
        passes(&assert_plan_valid(&optional(), &NULL, &a(value.clone()), &a(value)));
    }
}

#[test]
fn refinements_are_left_out_of_account() {
    let refined = Value::Unknown(Refinement::known_not_null().with_prefix("x"));
    passes(&assert_plan_valid(&optional(), &NULL, &a(refined), &a(unknown())));
}

#[test]
fn planned_as_before_for_what_is_configured() {
    passes(&assert_plan_valid(&optional(), &a("old"), &a("new"), &a("old")));
    passes(&assert_plan_valid(&optional(), &a("old"), &a(unknown()), &a("old")));
}

#[test]
fn planned_as_before_needs_a_configured_value() {
    let expected = "a: planned as a string, but it is neither configured nor computed: it must be null";
    fails(&assert_plan_valid(&optional(), &a("old"), &a(NULL), &a("old")), expected);
}

#[test]
fn planned_as_before_needs_a_value_before() {
    let expected = "a: planned as null, but not as it is configured (a string)";
    fails(&assert_plan_valid(&optional(), &a(NULL), &a("new"), &a(NULL)), expected);
}

#[test]
fn write_only_is_planned_as_null() {
    let schema = of(vec![write_only("a")]);
    passes(&assert_plan_valid(&schema, &NULL, &a("secret"), &a(NULL)));
    passes(&assert_plan_valid(&schema, &NULL, &a(unknown()), &a(NULL)));
    fails(
        &assert_plan_valid(&schema, &NULL, &a("secret"), &a("other")),
        "a: write-only, so it must be planned as null",
    );
}

#[test]
fn computed_is_planned_as_anything() {
    let schema = of(vec![text("a", Mode::Computed)]);
    for value in [NULL, unknown(), Value::from("x")] {
        passes(&assert_plan_valid(&schema, &a("old"), &a(NULL), &a(value.clone())));
        passes(&assert_plan_valid(&schema, &a("old"), &a("ignored changes leave this"), &a(value)));
    }
}

#[test]
fn optional_and_computed_is_planned_as_anything_when_not_configured() {
    let schema = of(vec![text("a", Mode::OptionalComputed)]);
    for value in [NULL, unknown(), Value::from("x")] {
        passes(&assert_plan_valid(&schema, &a("old"), &a(NULL), &a(value)));
    }
}

#[test]
fn optional_and_computed_is_planned_as_configured() {
    let schema = of(vec![text("a", Mode::OptionalComputed)]);
    let expected = "a: planned as an unknown value, but not as it is configured (a string)";
    fails(&assert_plan_valid(&schema, &NULL, &a("x"), &a(unknown())), expected);
    let expected = "a: planned as a string, but not as it is configured (a string), nor as it was before";
    fails(&assert_plan_valid(&schema, &a("old"), &a("x"), &a("y")), expected);
}

#[test]
fn not_configured_and_not_computed_is_planned_as_null() {
    let expected = "a: planned as an unknown value, but it is neither configured nor computed: it must be null";
    fails(&assert_plan_valid(&optional(), &NULL, &a(NULL), &a(unknown())), expected);
}

#[test]
fn unknown_in_the_configuration_is_no_guess_in_the_plan() {
    let expected = "a: planned as a string, but not as it is configured (an unknown value)";
    fails(&assert_plan_valid(&optional(), &NULL, &a(unknown()), &a("guess")), expected);
}

#[test]
fn empty_is_not_null() {
    let schema = of(vec![plain("a", Type::List(Box::new(Type::String)))]);
    let expected = "a: planned as null, but not as it is configured (a list)";
    fails(&assert_plan_valid(&schema, &NULL, &a(Value::List(vec![])), &a(NULL)), expected);
}

#[test]
fn null_of_a_type_is_planned_with_its_type() {
    let schema = of(vec![plain("a", Type::Dynamic)]);
    let null_text = Value::dynamic(Type::String, NULL);
    passes(&assert_plan_valid(&schema, &NULL, &a(null_text.clone()), &a(null_text.clone())));
    let expected = "a: planned as null, but not as it is configured (null)";
    fails(&assert_plan_valid(&schema, &NULL, &a(null_text), &a(NULL)), expected);
}

#[test]
fn a_set_with_several_unknown_elements_keeps_them_all() {
    let schema = of(vec![plain("a", Type::Set(Box::new(Type::String)))]);
    let two = Value::set_of([unknown(), unknown()]);
    passes(&assert_plan_valid(&schema, &NULL, &a(two.clone()), &a(two.clone())));
    let expected = "a: planned as a set, but not as it is configured (a set)";
    fails(&assert_plan_valid(&schema, &NULL, &a(two), &a(Value::set_of([unknown()]))), expected);
}

#[test]
fn existence_of_the_root() {
    let expected = "planned for absence, but the configuration wants existence";
    fails(&assert_plan_valid(&optional(), &NULL, &a("x"), &NULL), expected);
    let expected = "planned for existence, but the configuration wants absence";
    fails(&assert_plan_valid(&optional(), &a("x"), &NULL, &a("x")), expected);
    passes(&assert_plan_valid(&optional(), &a("x"), &NULL, &NULL));
}

fn nesting(nesting: Nesting) -> Schema {
    of(vec![nested("n", nesting, Mode::Optional, vec![text("a", Mode::Required), text("b", Mode::Computed)])])
}

fn n(value: impl Into<Value>) -> Value {
    Value::object([("n", value.into())])
}

#[test]
fn nested_object_exists_as_configured() {
    let schema = nesting(Nesting::Single);
    passes(&assert_plan_valid(&schema, &NULL, &n(ab("x", NULL)), &n(ab("x", unknown()))));
    let expected = "n: planned for absence, but the configuration wants existence";
    fails(&assert_plan_valid(&schema, &NULL, &n(ab("x", NULL)), &n(NULL)), expected);
    let expected = "n: planned as an object, but it is neither configured nor computed: it must be null";
    fails(&assert_plan_valid(&schema, &NULL, &n(NULL), &n(ab("x", NULL))), expected);
}

#[test]
fn configured_nested_object_does_not_become_unknown() {
    let expected = "n: planned as unknown, but it is configured";
    for (mode, config) in [
        (Nesting::Single, ab("x", NULL)),
        (Nesting::List, Value::list([ab("x", NULL)])),
        (Nesting::Map, Value::map([("k", ab("x", NULL))])),
        (Nesting::Set, Value::set_of([ab("x", NULL)])),
    ] {
        fails(&assert_plan_valid(&nesting(mode), &NULL, &n(config.clone()), &n(unknown())), expected);
        let known = "n: unknown in the configuration, so it must be planned as unknown, or as it was before";
        fails(&assert_plan_valid(&nesting(mode), &NULL, &n(unknown()), &n(config.clone())), known);
        passes(&assert_plan_valid(&nesting(mode), &n(config.clone()), &n(unknown()), &n(config)));
    }
}

#[test]
fn nested_object_is_looked_into() {
    let expected = "n.a: planned as a string, but not as it is configured (a string)";
    fails(&assert_plan_valid(&nesting(Nesting::Single), &NULL, &n(ab("x", NULL)), &n(ab("y", NULL))), expected);
    let prior = n(ab("y", "before"));
    passes(&assert_plan_valid(&nesting(Nesting::Single), &prior, &n(ab("x", NULL)), &n(ab("y", unknown()))));
}

#[test]
fn nested_list_is_compared_by_index() {
    let schema = nesting(Nesting::List);
    let config = n(Value::list([ab("x", NULL), ab("y", NULL)]));
    passes(&assert_plan_valid(&schema, &NULL, &config, &n(Value::list([ab("x", "1"), ab("y", unknown())]))));
    let expected = "n[1].a: planned as a string, but not as it is configured (a string)";
    fails(&assert_plan_valid(&schema, &NULL, &config, &n(Value::list([ab("x", "1"), ab("z", "2")]))), expected);
    let expected = "n: 1 elements are planned, 2 are configured";
    fails(&assert_plan_valid(&schema, &NULL, &config, &n(Value::list([ab("x", "1")]))), expected);
    let prior = n(Value::list([ab("x", "1"), ab("Y", "2")]));
    passes(&assert_plan_valid(&schema, &prior, &config, &n(Value::list([ab("x", "1"), ab("Y", "2")]))));
}

#[test]
fn nested_map_is_compared_by_key() {
    let schema = nesting(Nesting::Map);
    let config = n(Value::map([("k", ab("x", NULL))]));
    passes(&assert_plan_valid(&schema, &NULL, &config, &n(Value::map([("k", ab("x", "1"))]))));
    let expected = "n[\"k\"].a: planned as null, but not as it is configured (a string)";
    fails(&assert_plan_valid(&schema, &NULL, &config, &n(Value::map([("k", ab(NULL, "1"))]))), expected);
    let found = assert_plan_valid(&schema, &NULL, &config, &n(Value::map([("l", ab("x", "1"))])));
    let expected =
        ["n[\"l\"]: a key that is planned, but not configured", "n[\"k\"]: a key that is configured, but not planned"];
    assert_eq!(shown(&found), expected);
}

#[test]
fn of_a_nested_set_only_the_size_is_compared() {
    let schema = nesting(Nesting::Set);
    let config = n(Value::set_of([ab("x", NULL), ab("y", NULL)]));
    passes(&assert_plan_valid(&schema, &NULL, &config, &n(Value::set_of([ab("other", "1"), ab("y", "1")]))));
    let expected = "n: 1 elements are planned, 2 are configured";
    fails(&assert_plan_valid(&schema, &NULL, &config, &n(Value::set_of([ab("x", "1")]))), expected);
    // Three that may turn out to be two.
    let open = Value::set_of([ab("x", "1"), ab("x", unknown()), ab("y", unknown())]);
    passes(&assert_plan_valid(&schema, &NULL, &config, &n(open)));
    let open = n(Value::set_of([ab("x", unknown())]));
    fails(&assert_plan_valid(&schema, &NULL, &config, &open), expected);
}

fn block(nesting: BlockNesting) -> Schema {
    with_blocks(vec![], vec![blocks("n", nesting, vec![text("a", Mode::Optional), text("b", Mode::Computed)])])
}

#[test]
fn single_and_group_blocks_are_looked_into() {
    for nesting in [BlockNesting::Single, BlockNesting::Group] {
        let schema = block(nesting);
        passes(&assert_plan_valid(&schema, &NULL, &n(ab("x", NULL)), &n(ab("x", unknown()))));
        let expected = "n.a: planned as a string, but it is neither configured nor computed: it must be null";
        fails(&assert_plan_valid(&schema, &NULL, &n(ab(NULL, NULL)), &n(ab("x", unknown()))), expected);
        let expected = "n: planned for absence, but the configuration wants existence";
        fails(&assert_plan_valid(&schema, &NULL, &n(ab("x", NULL)), &n(NULL)), expected);
        let expected = "n: planned for existence, but the configuration wants absence";
        fails(&assert_plan_valid(&schema, &NULL, &n(NULL), &n(ab("x", NULL))), expected);
    }
}

#[test]
fn collections_of_blocks_are_empty_rather_than_null() {
    let expected = "n: no blocks are planned as null; it must be an empty collection";
    fails(&assert_plan_valid(&block(BlockNesting::List), &NULL, &n(Value::List(vec![])), &n(NULL)), expected);
    fails(&assert_plan_valid(&block(BlockNesting::Set), &NULL, &n(Value::Set([].into())), &n(NULL)), expected);
    let none = Value::map::<String, Value>([]);
    fails(&assert_plan_valid(&block(BlockNesting::Map), &NULL, &n(none), &n(NULL)), expected);
}

#[test]
fn list_blocks_are_as_many_as_configured_and_compared_by_index() {
    let schema = block(BlockNesting::List);
    let config = n(Value::list([ab("x", NULL), ab("y", NULL)]));
    passes(&assert_plan_valid(&schema, &NULL, &config, &n(Value::list([ab("x", "1"), ab("y", "2")]))));
    let expected = "n: 1 blocks are planned, 2 are configured";
    fails(&assert_plan_valid(&schema, &NULL, &config, &n(Value::list([ab("x", "1")]))), expected);
    let expected = "n[0].a: planned as a string, but not as it is configured (a string)";
    fails(&assert_plan_valid(&schema, &NULL, &config, &n(Value::list([ab("z", "1"), ab("y", "2")]))), expected);
}

#[test]
fn map_blocks_have_the_configured_keys() {
    let schema = block(BlockNesting::Map);
    let config = n(Value::map([("k", ab("x", NULL))]));
    passes(&assert_plan_valid(&schema, &NULL, &config, &n(Value::map([("k", ab("x", "1"))]))));
    let expected = "n[\"k\"]: a key that is configured, but not planned";
    fails(&assert_plan_valid(&schema, &NULL, &config, &n(Value::map::<String, Value>([]))), expected);
}

#[test]
fn set_blocks_are_trusted_unless_unknown() {
    let schema = block(BlockNesting::Set);
    let config = n(Value::set_of([ab("x", NULL)]));
    passes(&assert_plan_valid(&schema, &NULL, &config, &n(Value::set_of([ab("y", "1"), ab("z", "1")]))));
    let expected = "n: a block is planned as unknown; only attributes in it can be";
    fails(&assert_plan_valid(&schema, &NULL, &config, &n(Value::set_of([unknown()]))), expected);
}

#[test]
fn blocks_are_never_planned_as_unknown() {
    let expected = "n: a block is planned as unknown; only attributes in it can be";
    fails(&assert_plan_valid(&block(BlockNesting::Single), &NULL, &n(ab("x", NULL)), &n(unknown())), expected);
    let config = n(Value::list([ab("x", NULL)]));
    fails(&assert_plan_valid(&block(BlockNesting::List), &NULL, &config, &n(unknown())), expected);
    let expected = "n[0]: a block is planned as unknown; only attributes in it can be";
    let planned = n(Value::list([unknown()]));
    fails(&assert_plan_valid(&block(BlockNesting::List), &NULL, &config, &planned), expected);
}

#[test]
fn blocks_of_an_unknown_number_stay_unknown() {
    let schema = block(BlockNesting::List);
    passes(&assert_plan_valid(&schema, &NULL, &n(unknown()), &n(unknown())));
    let expected = "n: blocks whose number is unknown in the configuration must stay unknown in the plan";
    fails(&assert_plan_valid(&schema, &NULL, &n(unknown()), &n(Value::List(vec![]))), expected);
}

#[test]
fn no_violation_shows_a_value() {
    let schema = of(vec![Attribute { sensitive: true, ..text("a", Mode::Optional) }]);
    let found = assert_plan_valid(&schema, &a("s3cret-1"), &a("s3cret-2"), &a("s3cret-3"));
    assert!(!shown(&found).concat().contains("s3cret"));
}
