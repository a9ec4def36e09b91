//! What must hold between the rules.

use proptest::prelude::*;

use super::super::{assert_object_compatible, assert_plan_valid, check_plan, proposed_new};
use super::*;
use crate::path::Step;
use crate::value::properties::value_of;

/// An attribute of every mode, by itself and within every kind of nesting.
fn schema() -> Schema {
    let leaves = || {
        let number = |name, mode| Attribute::new(name, Shape::Plain(Type::Number), mode);
        let list = Type::List(Box::new(Type::Bool));
        vec![
            number("computed", Mode::Computed),
            number("optional", Mode::Optional),
            Attribute::new("either", Shape::Plain(list), Mode::OptionalComputed),
        ]
    };
    let mut attributes = leaves();
    for (name, nesting) in
        [("single", Nesting::Single), ("list", Nesting::List), ("map", Nesting::Map), ("set", Nesting::Set)]
    {
        attributes.push(nested(name, nesting, Mode::Optional, leaves()));
        attributes.push(nested(&format!("{name}_either"), nesting, Mode::OptionalComputed, leaves()));
    }
    of(attributes)
}

/// A configuration says nothing of what is only computed.
fn configurable(value: Value) -> Value {
    let Value::Object(attributes) = value else { return value };
    let attributes = attributes.into_iter().map(|(name, value)| match value {
        _ if name == "computed" => (name, Value::Null),
        Value::List(list) => (name, Value::List(list.into_iter().map(configurable).collect())),
        Value::Map(map) => (name, Value::Map(map.into_iter().map(|(key, v)| (key, configurable(v))).collect())),
        Value::Set(set) => (name, Value::Set(set.into_iter().map(configurable).collect())),
        value => (name, configurable(value)),
    });
    Value::Object(attributes.collect())
}

fn config() -> impl Strategy<Value = Value> {
    object(true).prop_map(configurable)
}

fn object(unknown: bool) -> impl Strategy<Value = Value> {
    value_of(schema().ty(), unknown, 0).prop_filter("an object", |value| value.as_object().is_some())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_proposed_is_a_valid_plan(prior in prop_oneof![1 => Just(NULL), 4 => object(false)], config in config()) {
        let proposed = proposed_new(&schema(), &prior, &config);
        prop_assert_eq!(proposed.conforms(&schema().ty()), Ok(()));
        prop_assert_eq!(shown(&check_plan(&schema(), &prior, &config, &proposed, &[])), <[String; 0]>::default());
    }

    #[test]
    fn what_was_applied_is_proposed_again(state in object(false)) {
        let config = configurable(state.clone());
        let proposed = proposed_new(&schema(), &state, &config);
        // Elements of a set that differ in what is computed only can be taken for one another, and be lost.
        for name in schema().block.attributes.iter().map(|a| &a.name).filter(|name| !name.starts_with("set")) {
            prop_assert_eq!(proposed.attribute(name), state.attribute(name), "{}", name);
        }
    }

    #[test]
    fn every_value_is_compatible_with_itself(value in object(true)) {
        prop_assert_eq!(shown(&assert_object_compatible(&schema(), &value, &value)), <[String; 0]>::default());
    }

    #[test]
    fn a_change_of_a_configured_value_is_found(config in config(), wrong in any::<i64>()) {
        let mut planned = proposed_new(&schema(), &NULL, &config);
        prop_assume!(planned.attribute("optional") != Some(&wrong.into()));
        planned.set(&"optional".into(), wrong.into());
        let found = assert_plan_valid(&schema(), &NULL, &config, &planned);
        prop_assert_eq!(found.len(), 1);
        prop_assert_eq!(&found[0].path.0, &[Step::Attribute("optional".to_owned())]);
    }
}
