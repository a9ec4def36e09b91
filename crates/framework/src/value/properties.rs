//! What must hold of every value and of all bytes.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use super::{Number, Refinement, Type, Value, json, msgpack};

fn name() -> impl Strategy<Value = String> {
    "[a-z_é]{1,4}"
}

fn any_type() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![Just(Type::String), Just(Type::Number), Just(Type::Bool), Just(Type::Dynamic)];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|ty| Type::List(Box::new(ty))),
            inner.clone().prop_map(|ty| Type::Set(Box::new(ty))),
            inner.clone().prop_map(|ty| Type::Map(Box::new(ty))),
            btree_map(name(), inner.clone(), 0..4).prop_map(Type::Object),
            vec(inner, 0..4).prop_map(Type::Tuple),
        ]
    })
}

fn any_number() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        (-100_i64..100).prop_map(Number::from),
        proptest::num::f64::NORMAL.prop_map(|float| Number::try_from(float).unwrap()),
        "-?[0-9]{1,40}(\\.[0-9]{1,40})?(e-?[0-9]{1,3})?".prop_map(|text| Number::parse(&text).unwrap()),
    ]
}

/// Refinements of every kind at once, cut down to what a type can have.
fn any_unknown(ty: Type) -> impl Strategy<Value = Value> {
    let bounds = (any::<i64>(), any::<u64>(), any::<bool>());
    let parts = (any::<bool>(), "[a-zé]{0,6}", proptest::option::of(bounds), 0..3_u64, proptest::option::of(3..9_u64));
    parts.prop_map(move |(not_null, prefix, bounds, min, max)| {
        let mut known = if not_null { Refinement::known_not_null() } else { Refinement::default() };
        known = known.with_prefix(prefix).with_min_length(min);
        if let Some((lower, upper, inclusive)) = bounds {
            known = known.with_lower(lower, inclusive).with_upper(upper, !inclusive);
        }
        if let Some(max) = max {
            known = known.with_max_length(max);
        }
        Value::Unknown(known.for_type(&ty))
    })
}

/// Values of a type; with unknown parts, or wholly known and finite.
pub(crate) fn value_of(ty: Type, unknown: bool, dynamic_depth: u32) -> BoxedStrategy<Value> {
    let inner = move |ty: Type| value_of(ty, unknown, dynamic_depth);
    let known = match ty.clone() {
        Type::Bool => any::<bool>().prop_map(Value::from).boxed(),
        Type::Number if unknown => {
            let infinite = prop_oneof![Just(Number::INFINITY), Just(Number::NEGATIVE_INFINITY)];
            prop_oneof![9 => any_number(), 1 => infinite].prop_map(Value::from).boxed()
        }
        Type::Number => any_number().prop_map(Value::from).boxed(),
        Type::String => prop_oneof![any::<String>(), "[a-z\u{301}\u{e9}\"\\\\]{0,5}"].prop_map(Value::from).boxed(),
        Type::Dynamic if dynamic_depth == 0 => Just(Value::Null).boxed(),
        Type::Dynamic => any_type()
            .prop_filter("nothing to bring", |ty| *ty != Type::Dynamic)
            .prop_flat_map(move |ty| {
                value_of(ty.clone(), unknown, dynamic_depth - 1).prop_map(move |v| Value::dynamic(ty.clone(), v))
            })
            .boxed(),
        Type::List(element) => vec(inner(*element), 0..4).prop_map(Value::List).boxed(),
        Type::Set(element) => vec(inner(*element), 0..4).prop_map(|v| Value::Set(v.into_iter().collect())).boxed(),
        Type::Map(element) => btree_map(name(), inner(*element), 0..4).prop_map(Value::Map).boxed(),
        Type::Tuple(types) => types.into_iter().map(inner).collect::<Vec<_>>().prop_map(Value::List).boxed(),
        Type::Object(types) => {
            let (names, types): (Vec<_>, Vec<_>) = types.into_iter().unzip();
            let values = types.into_iter().map(inner).collect::<Vec<_>>();
            values.prop_map(move |v| Value::Object(names.iter().cloned().zip(v).collect::<BTreeMap<_, _>>())).boxed()
        }
    };
    if unknown {
        prop_oneof![8 => known, 1 => Just(Value::Null), 1 => any_unknown(ty)].boxed()
    } else {
        prop_oneof![9 => known, 1 => Just(Value::Null)].boxed()
    }
}

fn typed_value(unknown: bool) -> impl Strategy<Value = (Type, Value)> {
    any_type().prop_flat_map(move |ty| (Just(ty.clone()), value_of(ty, unknown, 2)))
}

/// Bytes that look like MessagePack more often than chance would have it.
fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let heads = prop_oneof![
        any::<u8>(),
        prop::sample::select(vec![0x80_u8, 0x81, 0x82, 0x90, 0x91, 0x92, 0xa1, 0xc0, 0xc4, 0xc7, 0xca, 0xd4, 0xd9]),
        prop::sample::select(vec![0xdc_u8, 0xdd, 0xde, 0xdf, 0xdb, 0xc6, 0xc9, 0xcb, 0xcf, 0xd3, 0x0c, 0x01]),
    ];
    vec(heads, 0..64)
}

/// A change to valid bytes: where, and what to put there.
fn mutated(mut bytes: Vec<u8>, changes: &[(prop::sample::Index, Option<u8>)]) -> Vec<u8> {
    for (at, new) in changes {
        if bytes.is_empty() {
            break;
        }
        let at = at.index(bytes.len());
        match new {
            Some(byte) => bytes[at] = *byte,
            None => bytes.truncate(at),
        }
    }
    bytes
}

/// What is read from any bytes is a value of the type, and is written and read again as itself.
fn check_read(read: Option<Value>, ty: &Type) -> Result<(), TestCaseError> {
    if let Some(value) = read {
        prop_assert_eq!(value.conforms(ty), Ok(()));
        let bytes = msgpack::encode(&value, ty).unwrap();
        prop_assert_eq!(msgpack::decode(&bytes, ty).unwrap(), value);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn types_survive_json(ty in any_type()) {
        prop_assert_eq!(Type::from_json(&ty.to_json()).unwrap(), ty);
    }

    #[test]
    fn values_survive_msgpack((ty, value) in typed_value(true)) {
        prop_assert_eq!(value.conforms(&ty), Ok(()));
        let bytes = msgpack::encode(&value, &ty).unwrap();
        prop_assert_eq!(msgpack::decode(&bytes, &ty).unwrap(), value);
    }

    #[test]
    fn known_values_survive_json((ty, value) in typed_value(false)) {
        let bytes = json::encode(&value, &ty).unwrap();
        prop_assert_eq!(json::decode(&bytes, &ty).unwrap(), value.clone());
        prop_assert_eq!(json::decode_adapting(&bytes, &ty).unwrap(), value);
        prop_assert!(json::decode_untyped(&bytes).is_ok());
    }

    #[test]
    fn unknown_values_are_refused_by_json((ty, value) in typed_value(true)) {
        let mut sayable = true;
        value.walk(&mut |_, part| {
            sayable &= !matches!(part, Value::Unknown(_)) && part.as_number().is_none_or(Number::is_finite);
            true
        });
        prop_assert_eq!(json::encode(&value, &ty).is_ok(), sayable);
    }

    #[test]
    fn any_bytes_are_a_value_or_an_error(ty in any_type(), bytes in any_bytes()) {
        check_read(msgpack::decode(&bytes, &ty).ok(), &ty)?;
        check_read(json::decode(&bytes, &ty).ok(), &ty)?;
    }

    #[test]
    fn mutated_msgpack_is_a_value_or_an_error(
        (ty, value) in typed_value(true),
        changes in vec((any::<prop::sample::Index>(), proptest::option::weighted(0.8, any::<u8>())), 1..4),
    ) {
        let bytes = mutated(msgpack::encode(&value, &ty).unwrap(), &changes);
        check_read(msgpack::decode(&bytes, &ty).ok(), &ty)?;
    }

    #[test]
    fn mutated_json_is_a_value_or_an_error(
        (ty, value) in typed_value(false),
        changes in vec((any::<prop::sample::Index>(), proptest::option::weighted(0.8, any::<u8>())), 1..4),
    ) {
        let bytes = mutated(json::encode(&value, &ty).unwrap(), &changes);
        check_read(json::decode(&bytes, &ty).ok(), &ty)?;
        check_read(json::decode_adapting(&bytes, &ty).ok(), &ty)?;
        let _ = json::decode_untyped(&bytes);
    }

    #[test]
    fn numbers_survive_text_and_keep_their_order(a in any_number(), b in any_number()) {
        prop_assert_eq!(&Number::parse(&a.to_string()).unwrap(), &a);
        prop_assert_eq!(a == b, a.cmp(&b).is_eq());
        prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
    }

    #[test]
    fn floats_survive_as_numbers(float in proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL | proptest::num::f64::ZERO) {
        prop_assert_eq!(Number::try_from(float).unwrap().to_f64(), float);
    }

    #[test]
    fn any_text_is_a_number_or_an_error(text in "[-+0-9.eE ]{0,20}") {
        if let Ok(number) = Number::parse(&text) {
            prop_assert_eq!(Number::parse(&number.to_string()), Ok(number));
        }
    }

    #[test]
    fn transforming_nothing_changes_nothing((_, value) in typed_value(true)) {
        prop_assert_eq!(value.clone().transform(&mut |_, part| part), value.clone());
        prop_assert_eq!(value.is_wholly_known(), {
            let mut known = true;
            value.walk(&mut |_, part| { known &= !matches!(part, Value::Unknown(_)); true });
            known
        });
    }

    #[test]
    fn paths_of_a_walk_lead_to_the_parts((_, value) in typed_value(true)) {
        value.walk(&mut |path, part| {
            // Elements of sets have no path of their own.
            let found = value.get(path).map(Value::bare);
            assert!(found == Some(part.bare()));
            !matches!(part, Value::Set(_))
        });
    }
}
