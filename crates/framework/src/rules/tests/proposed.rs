//! `ProposedNew`. Values called prior and config, in this order.

use super::super::proposed_new;
use super::*;

fn n(value: impl Into<Value>) -> Value {
    Value::object([("n", value.into())])
}

#[test]
fn configured_values_are_proposed() {
    let schema = of(vec![text("a", Mode::Optional), text("b", Mode::OptionalComputed)]);
    assert_eq!(proposed_new(&schema, &ab("old", "old"), &ab("new", unknown())), ab("new", unknown()));
    assert_eq!(proposed_new(&schema, &ab("old", "old"), &ab(NULL, "new")), ab(NULL, "new"));
}

#[test]
fn computed_values_that_are_not_configured_stay() {
    let schema = of(vec![text("a", Mode::Computed), text("b", Mode::OptionalComputed)]);
    assert_eq!(proposed_new(&schema, &ab("1", "2"), &ab(NULL, NULL)), ab("1", "2"));
}

#[test]
fn computed_values_are_null_on_create() {
    let schema = of(vec![text("a", Mode::Computed), text("b", Mode::Required)]);
    assert_eq!(proposed_new(&schema, &NULL, &ab(NULL, "x")), ab(NULL, "x"));
}

#[test]
fn write_only_values_are_proposed_as_configured() {
    let schema = of(vec![write_only("a")]);
    assert_eq!(proposed_new(&schema, &a(NULL), &a("secret")), a("secret"));
}

#[test]
fn nothing_comes_of_nothing() {
    let schema = of(vec![text("a", Mode::Computed)]);
    assert_eq!(proposed_new(&schema, &NULL, &NULL), NULL);
    assert_eq!(proposed_new(&schema, &a("x"), &NULL), a("x"));
}

fn nesting(nesting: Nesting, mode: Mode) -> Schema {
    of(vec![nested("n", nesting, mode, vec![text("a", Mode::Optional), text("b", Mode::Computed)])])
}

#[test]
fn nested_objects_are_merged() {
    let schema = nesting(Nesting::Single, Mode::Optional);
    assert_eq!(proposed_new(&schema, &n(ab("old", "1")), &n(ab("new", NULL))), n(ab("new", "1")));
    assert_eq!(proposed_new(&schema, &n(NULL), &n(ab("new", NULL))), n(ab("new", NULL)));
    assert_eq!(proposed_new(&schema, &n(ab("old", "1")), &n(NULL)), n(NULL));
    assert_eq!(proposed_new(&schema, &n(ab("old", "1")), &n(unknown())), n(unknown()));
}

#[test]
fn nested_lists_are_merged_by_index() {
    let schema = nesting(Nesting::List, Mode::Optional);
    let prior = n(Value::list([ab("x", "1")]));
    let config = n(Value::list([ab("y", NULL), ab("z", NULL)]));
    assert_eq!(proposed_new(&schema, &prior, &config), n(Value::list([ab("y", "1"), ab("z", NULL)])));
    assert_eq!(proposed_new(&schema, &prior, &n(Value::List(vec![]))), n(Value::List(vec![])));
    assert_eq!(proposed_new(&schema, &prior, &n(Value::list([unknown()]))), n(Value::list([unknown()])));
}

#[test]
fn nested_maps_are_merged_by_key() {
    let schema = nesting(Nesting::Map, Mode::Optional);
    let prior = n(Value::map([("k", ab("x", "1")), ("gone", ab("x", "2"))]));
    let config = n(Value::map([("k", ab("y", NULL)), ("new", ab("z", NULL))]));
    let expected = n(Value::map([("k", ab("y", "1")), ("new", ab("z", NULL))]));
    assert_eq!(proposed_new(&schema, &prior, &config), expected);
}

#[test]
fn nested_sets_are_merged_by_what_is_not_computed() {
    let schema = nesting(Nesting::Set, Mode::Optional);
    let prior = n(Value::set_of([ab("x", "1"), ab("y", "2")]));
    let config = n(Value::set_of([ab("y", NULL), ab("z", NULL)]));
    assert_eq!(proposed_new(&schema, &prior, &config), n(Value::set_of([ab("y", "2"), ab("z", NULL)])));
}

#[test]
fn each_prior_element_of_a_set_is_used_once() {
    let element = vec![text("a", Mode::OptionalComputed), text("b", Mode::Computed)];
    let schema = of(vec![nested("n", Nesting::Set, Mode::Optional, element)]);
    let prior = n(Value::set_of([ab("x", "1")]));
    // Both could have come from it.
    let config = n(Value::set_of([ab(NULL, NULL), ab("x", NULL)]));
    assert_eq!(proposed_new(&schema, &prior, &config), n(Value::set_of([ab("x", "1"), ab("x", NULL)])));
}

#[test]
fn nested_objects_within_set_elements_decide_too() {
    let inner = vec![text("a", Mode::Optional), text("b", Mode::Computed)];
    let element = vec![nested("n", Nesting::List, Mode::Optional, inner)];
    let schema = of(vec![nested("s", Nesting::Set, Mode::Optional, element)]);
    let s = |elements: [Value; 2]| Value::object([("s", Value::set_of(elements))]);
    let of = |a: &str, b: Value| n(Value::list([ab(a, b)]));
    let prior = s([of("x", "1".into()), of("y", "2".into())]);
    let config = s([of("y", NULL), of("z", NULL)]);
    assert_eq!(proposed_new(&schema, &prior, &config), s([of("y", "2".into()), of("z", NULL)]));
}

#[test]
fn computed_nested_objects_stay_when_all_in_them_is_computed() {
    let computed = vec![text("a", Mode::Computed), text("b", Mode::OptionalComputed)];
    let schema = of(vec![nested("n", Nesting::Single, Mode::OptionalComputed, computed)]);
    assert_eq!(proposed_new(&schema, &n(ab("1", "2")), &n(NULL)), n(ab("1", "2")));
}

#[test]
fn computed_nested_objects_go_when_they_were_configured() {
    for (mode, prior) in [
        (Nesting::Single, ab("x", "1")),
        (Nesting::List, Value::list([ab(NULL, "1"), ab("x", "1")])),
        (Nesting::Map, Value::map([("k", ab("x", "1"))])),
        (Nesting::Set, Value::set_of([ab("x", "1")])),
    ] {
        let schema = nesting(mode, Mode::OptionalComputed);
        assert_eq!(proposed_new(&schema, &n(prior.clone()), &n(NULL)), n(NULL), "{mode:?}");
        // Not so where no configuration could have set them.
        let schema = nesting(mode, Mode::Computed);
        assert_eq!(proposed_new(&schema, &n(prior.clone()), &n(NULL)), n(prior), "{mode:?}");
    }
    let schema = nesting(Nesting::Single, Mode::OptionalComputed);
    assert_eq!(proposed_new(&schema, &n(ab(NULL, "1")), &n(NULL)), n(ab(NULL, "1")));
}

#[test]
fn blocks_are_merged() {
    let block = |nesting| {
        let attributes = vec![text("a", Mode::Optional), text("b", Mode::Computed)];
        with_blocks(vec![], vec![blocks("n", nesting, attributes)])
    };
    let merged = |nesting, prior: Value, config: Value| proposed_new(&block(nesting), &prior, &config);
    let (old, new, both) = (ab("x", "1"), ab("x", NULL), ab("x", "1"));
    for nesting in [BlockNesting::Single, BlockNesting::Group] {
        assert_eq!(merged(nesting, n(old.clone()), n(new.clone())), n(both.clone()));
        assert_eq!(merged(nesting, NULL, n(new.clone())), n(new.clone()));
    }
    assert_eq!(merged(BlockNesting::Single, n(old.clone()), n(NULL)), n(NULL));
    let list = |v: &Value| n(Value::list([v.clone()]));
    assert_eq!(merged(BlockNesting::List, list(&old), list(&new)), list(&both));
    let map = |v: &Value| n(Value::map([("k", v.clone())]));
    assert_eq!(merged(BlockNesting::Map, map(&old), map(&new)), map(&both));
    let set = |v: &Value| n(Value::set_of([v.clone()]));
    assert_eq!(merged(BlockNesting::Set, set(&old), set(&new)), set(&both));
    assert_eq!(merged(BlockNesting::Set, set(&ab("y", "1")), set(&new)), set(&new));
    assert_eq!(merged(BlockNesting::List, list(&old), n(unknown())), n(unknown()));
}

#[test]
fn what_is_proposed_on_create_is_of_the_schemas_type() {
    let attributes = || vec![text("a", Mode::Computed)];
    let kinds = [BlockNesting::Single, BlockNesting::Group, BlockNesting::List, BlockNesting::Set, BlockNesting::Map];
    for kind in kinds {
        let schema = with_blocks(attributes(), vec![blocks("n", kind, attributes())]);
        let config = match kind {
            BlockNesting::Single => NULL,
            BlockNesting::Group => a(NULL),
            BlockNesting::List => Value::List(vec![]),
            BlockNesting::Set => Value::Set([].into()),
            BlockNesting::Map => Value::map::<String, Value>([]),
        };
        let config = Value::object([("a", NULL), ("n", config)]);
        let proposed = proposed_new(&schema, &NULL, &config);
        assert_eq!(proposed.conforms(&schema.ty()), Ok(()));
        assert_eq!(proposed, config);
    }
}
