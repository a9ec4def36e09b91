//! Golden bytes, the pitfalls of the format, and attacks on it.

use super::*;
use crate::value::{MAX_DEPTH, Number, Refinement, Type, Value};

fn number(text: &str) -> Value {
    Value::Number(Number::parse(text).unwrap())
}

fn object(attributes: &[(&str, Type)]) -> Type {
    Type::Object(attributes.iter().map(|(name, ty)| ((*name).to_owned(), ty.clone())).collect())
}

fn list(element: Type) -> Type {
    Type::List(Box::new(element))
}

fn bytes(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

#[track_caller]
fn survives(value: &Value, ty: &Type) -> Vec<u8> {
    let bytes = encode(value, ty).unwrap();
    assert_eq!(decode(&bytes, ty).as_ref(), Ok(value));
    bytes
}

/// What Terraform 1.11.4 sent for a data source with these attributes.
fn captured() -> (Vec<u8>, Type, Value) {
    let dynamic = br#"["object",{"a":"number","b":["tuple",["string","number"]]}]"#;
    let bytes = bytes(&[
        b"\x89\xa2dy\x92\xc4\x3b",
        dynamic,
        b"\x82\xa1a\x01\xa1b\x92\xa1x\xa30.1",
        b"\xa2li\x92\x01\xa30.1\xa2n1\x01\xa2n2\xa30.1\xa2n3\xcb\x3f\xe0\0\0\0\0\0\0",
        b"\xa2n4\xb418446744073709551615\xa2n5\xfd\xa3nul\xc0",
        b"\xa3unk\xc7\x09\x0c\x82\x01\xc2\x02\xa4pre-",
    ]);
    let numbers = ["n1", "n2", "n3", "n4", "n5"].map(|name| (name, Type::Number));
    let others = [("dy", Type::Dynamic), ("li", list(Type::Number)), ("nul", Type::String), ("unk", Type::String)];
    let ty = object(&[&numbers[..], &others[..]].concat());
    let dy = Value::object([("a", number("1")), ("b", Value::list([Value::from("x"), number("0.1")]))]);
    let value = Value::object([
        ("dy", Value::dynamic(Type::from_json(dynamic).unwrap(), dy)),
        ("li", Value::list([number("1"), number("0.1")])),
        ("n1", number("1")),
        ("n2", number("0.1")),
        ("n3", number("0.5")),
        ("n4", number("18446744073709551615")),
        ("n5", number("-3")),
        ("nul", Value::Null),
        ("unk", Value::Unknown(Refinement::known_not_null().with_prefix("pre-"))),
    ]);
    (bytes, ty, value)
}

#[test]
fn captured_bytes_are_read() {
    let (bytes, ty, value) = captured();
    assert_eq!(decode(&bytes, &ty), Ok(value));
}

#[test]
fn captured_bytes_are_written() {
    let (bytes, ty, value) = captured();
    assert_eq!(encode(&value, &ty).unwrap(), bytes);
}

#[test]
fn numbers_survive_in_terraforms_form() {
    let forms: [(&str, &[u8]); 13] = [
        ("0", b"\x00"),
        ("-0", b"\x00"),
        ("127", b"\x7f"),
        ("-33", b"\xd0\xdf"),
        ("9007199254740993", b"\xcf\x00\x20\0\0\0\0\0\x01"),
        ("-9223372036854775808", b"\xd3\x80\0\0\0\0\0\0\0"),
        ("18446744073709551615", b"\xb418446744073709551615"),
        ("0.1", b"\xa30.1"),
        ("0.10", b"\xa30.1"),
        ("-2.5", b"\xcb\xc0\x04\0\0\0\0\0\0"),
        ("1e30", b"\xbf1000000000000000000000000000000"),
        ("1e-20", b"\xb60.00000000000000000001"),
        ("0.1234567890123456789012", b"\xb80.1234567890123456789012"),
    ];
    for (text, form) in forms {
        assert_eq!(survives(&number(text), &Type::Number), form, "{text}");
    }
    let infinity = Value::Number(Number::INFINITY);
    assert_eq!(survives(&infinity, &Type::Number), b"\xcb\x7f\xf0\0\0\0\0\0\0");
    let negative = Value::Number(Number::NEGATIVE_INFINITY);
    assert_eq!(survives(&negative, &Type::Number), b"\xcb\xff\xf0\0\0\0\0\0\0");
}

#[test]
fn every_width_of_number_is_read() {
    let forms: [(&[u8], &str); 16] = [
        (b"\x05", "5"),
        (b"\xff", "-1"),
        (b"\xcc\xff", "255"),
        (b"\xcd\xff\xff", "65535"),
        (b"\xce\xff\xff\xff\xff", "4294967295"),
        (b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff", "18446744073709551615"),
        (b"\xd0\x80", "-128"),
        (b"\xd1\x80\x00", "-32768"),
        (b"\xd2\x80\0\0\0", "-2147483648"),
        (b"\xd3\xff\xff\xff\xff\xff\xff\xff\xff", "-1"),
        (b"\xca\x3f\0\0\0", "0.5"),
        // A float of 32 bits is widened first, as Terraform does.
        (b"\xca\x3d\xcc\xcc\xcd", "0.10000000149011612"),
        (b"\xcb\x3f\xb9\x99\x99\x99\x99\x99\x9a", "0.1"),
        (b"\xcb\x80\0\0\0\0\0\0\0", "0"),
        (b"\xd9\x031e3", "1000"),
        (b"\xda\x00\x04-2.0", "-2"),
    ];
    for (form, text) in forms {
        assert_eq!(decode(form, &Type::Number), Ok(number(text)), "{text}");
    }
    assert!(decode(b"\xcb\x7f\xf8\0\0\0\0\0\0", &Type::Number).is_err(), "not a number");
    assert!(decode(b"\xab1e999999999", &Type::Number).is_err());
}

#[test]
fn extensions_of_any_code_are_unknown() {
    let forms: [&[u8]; 6] = [
        b"\xd4\x00\x00",
        b"\xc7\x00\x00",
        b"\xd4\x63\x07",
        b"\xd8\x63\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        b"\xc8\x00\x01\x7f\x00",
        b"\xd4\xff\x00",
    ];
    for form in forms {
        for ty in [Type::String, Type::Bool, Type::Dynamic, list(Type::Number), object(&[("a", Type::Bool)])] {
            assert_eq!(decode(form, &ty), Ok(Value::unknown()), "{form:02x?}");
        }
    }
    assert_eq!(encode(&Value::unknown(), &Type::String).unwrap(), b"\xd4\x00\x00");
}

#[test]
fn refinements_survive() {
    let all = Refinement::known_not_null()
        .with_prefix("pre")
        .with_lower(1_i64, true)
        .with_upper(Number::parse("2.1").unwrap(), false)
        .with_min_length(3)
        .with_max_length(300);
    for ty in [Type::String, Type::Number, list(Type::Bool), Type::Map(Box::new(Type::Bool)), Type::Bool] {
        let refined = Value::Unknown(all.for_type(&ty));
        assert_ne!(survives(&refined, &ty), b"\xd4\x00\x00");
        // What does not fit the type is not sent.
        assert_eq!(encode(&Value::Unknown(all.clone()), &ty), encode(&refined, &ty));
    }
    assert_eq!(encode(&Value::Unknown(all), &Type::Dynamic).unwrap(), b"\xd4\x00\x00");
}

#[test]
fn refinements_from_outside() {
    let ext = |body: &[u8]| bytes(&[&[0xc8, (body.len() >> 8) as u8, body.len() as u8, 12], body]);
    let read = |body: &[u8], ty: &Type| decode(&ext(body), ty);
    // Known to be null.
    assert_eq!(read(b"\x81\x01\xc3", &Type::String), Ok(Value::Null));
    // Nothing said at all.
    assert_eq!(read(b"\x80", &Type::String), Ok(Value::unknown()));
    // Unknown keys are passed over, whatever they hold.
    let not_null = Ok(Value::Unknown(Refinement::known_not_null()));
    assert_eq!(read(b"\x83\x63\x92\x01\x81\xa1a\xc0\x64\xd4\x05\x05\x01\xc2", &Type::String), not_null);
    // A prefix of something that is no text is forgotten.
    assert_eq!(read(b"\x82\x01\xc2\x02\xa1a", &Type::Number), not_null);
    for malformed in
        [&b""[..], b"\x81", b"\x81\x01", b"\x81\x01\xc2\x00", b"\xc0", b"\x81\x03\x91\x01", b"\x81\xa1a\x01"]
    {
        assert!(read(malformed, &Type::String).is_err(), "{malformed:02x?}");
    }
    let large = bytes(&[b"\x81\x02\xda\x04\x00", &[b'a'; 1024]]);
    assert!(read(&large, &Type::String).is_err());
}

#[test]
fn long_refinements_are_cut() {
    let refined = Value::Unknown(Refinement::default().with_prefix("é".repeat(200)));
    let Value::Unknown(read) = decode(&encode(&refined, &Type::String).unwrap(), &Type::String).unwrap() else {
        panic!("not unknown")
    };
    assert_eq!(read.prefix(), "é".repeat(128));
    let huge = Refinement::known_not_null().with_lower(Number::parse(&"9".repeat(2000)).unwrap(), true);
    let read = decode(&encode(&Value::Unknown(huge), &Type::Number).unwrap(), &Type::Number);
    assert_eq!(read, Ok(Value::Unknown(Refinement::known_not_null())));
}

#[test]
fn unknown_at_any_depth() {
    let ty = list(object(&[("a", Type::Set(Box::new(Type::String))), ("b", list(Type::Number))]));
    let a = Value::set_of([Value::unknown(), Value::unknown(), Value::from("known")]);
    let value = Value::list([Value::object([("a", a), ("b", Value::unknown())]), Value::unknown()]);
    survives(&value, &ty);
    assert!(!value.is_wholly_known() && !value.is_unknown());
}

#[test]
fn empty_is_not_null() {
    for (empty, ty, form) in [
        (Value::List(vec![]), list(Type::String), 0x90),
        (Value::Set([].into()), Type::Set(Box::new(Type::String)), 0x90),
        (Value::List(vec![]), Type::Tuple(vec![]), 0x90),
        (Value::map::<String, Value>([]), Type::Map(Box::new(Type::String)), 0x80),
        (Value::object::<String>([]), Type::Object([].into()), 0x80),
        (Value::from(""), Type::String, 0xa0),
    ] {
        assert_eq!(survives(&empty, &ty), [form]);
        assert_eq!(survives(&Value::Null, &ty), [0xc0]);
    }
}

#[test]
fn objects_have_exactly_the_types_keys() {
    let ty = object(&[("outer", object(&[("a", Type::String), ("b", Type::Bool)]))]);
    let read = |inner: &[u8]| decode(&bytes(&[b"\x81\xa5outer", inner]), &ty).unwrap_err().to_string();
    assert_eq!(read(b"\x81\xa1a\xa1x"), "outer: attribute \"b\" is missing");
    assert_eq!(read(b"\x83\xa1a\xa1x\xa1b\xc3\xa1c\xc3"), "outer: unsupported attribute \"c\"");
    assert_eq!(read(b"\x82\xa1a\xa1x\xa1a\xa1x"), "outer: attribute \"a\" is there twice");
    assert_eq!(read(b"\x82\xa1a\xa1x\x01\xc3"), "outer: a key that is not text");
    assert_eq!(read(b"\x82\xa1a\xc3\xa1b\xc3"), "outer.a: a bool, where a string is needed");

    let write = |inner: Value| encode(&Value::object([("outer", inner)]), &ty).unwrap_err().to_string();
    let (a, b) = (("a", Value::from("secret")), ("b", Value::from(true)));
    assert_eq!(write(Value::object([a.clone()])), "outer: attribute \"b\" is missing");
    assert_eq!(write(Value::object([a.clone(), b.clone(), ("c", Value::Null)])), "outer: unsupported attribute \"c\"");
    assert_eq!(write(Value::object([a.clone(), ("b", a.1.clone())])), "outer.b: a string, where a bool is needed");
    assert!(encode(&Value::object([("outer", Value::object([a, b]))]), &ty).is_ok());
}

#[test]
fn dynamic_values() {
    assert_eq!(survives(&Value::Null, &Type::Dynamic), [0xc0]);
    assert_eq!(survives(&Value::unknown(), &Type::Dynamic), [0xd4, 0, 0]);
    let typed_null = Value::dynamic(Type::Bool, Value::Null);
    assert_eq!(survives(&typed_null, &Type::Dynamic), b"\x92\xc4\x06\"bool\"\xc0");
    let typed_unknown = Value::dynamic(Type::String, Value::Unknown(Refinement::known_not_null()));
    assert_eq!(survives(&typed_unknown, &Type::Dynamic), b"\x92\xc4\x08\"string\"\xc7\x03\x0c\x81\x01\xc2");
    let ty = object(&[("any", Type::Dynamic), ("n", Type::Number)]);
    let inner = Value::object([("any", Value::dynamic(Type::Bool, true.into())), ("n", Value::unknown())]);
    survives(&Value::dynamic(ty, inner), &Type::Dynamic);

    assert_eq!(decode(b"\x92\xc4\x09\"dynamic\"\xc0", &Type::Dynamic), Ok(Value::Null));
    for malformed in [
        &b"\xa1x"[..],
        b"\x92\xa6\"bool\"\xc3",
        b"\x91\xc4\x06\"bool\"",
        b"\x92\xc4\x06\"bool\"\x01",
        b"\x92\xc4\x03foo\xc3",
    ] {
        assert!(decode(malformed, &Type::Dynamic).is_err(), "{malformed:02x?}");
    }
    assert!(encode(&Value::from("without its type"), &Type::Dynamic).is_err());
}

#[test]
fn text_is_normalised() {
    let ty = Type::Map(Box::new(Type::String));
    let decomposed = bytes(&[b"\x81\xa3", "e\u{301}".as_bytes(), b"\xa3", "e\u{301}".as_bytes()]);
    assert_eq!(decode(&decomposed, &ty), Ok(Value::map([("\u{e9}", "\u{e9}")])));
    assert_eq!(Value::from("e\u{301}"), Value::from("\u{e9}"));
    assert!(decode(b"\xa2\xc3\x28", &Type::String).is_err(), "not UTF-8");
}

#[test]
fn maps_and_objects_are_written_in_order() {
    let map = Value::map([("b", 1_i64), ("a", 2), ("c", 3)]);
    assert_eq!(survives(&map, &Type::Map(Box::new(Type::Number))), b"\x83\xa1a\x02\xa1b\x01\xa1c\x03");
    let set = Value::set_of(["b", "a", "b"]);
    assert_eq!(survives(&set, &Type::Set(Box::new(Type::String))), b"\x92\xa1a\xa1b");
}

#[test]
fn bytes_after_the_value_are_refused() {
    assert!(decode(b"\xc3\xc0", &Type::Bool).is_err());
    assert!(decode(b"", &Type::Bool).is_err());
    assert!(decode(b"\xc1", &Type::Bool).is_err());
}

#[test]
fn declared_lengths_are_not_believed() {
    let large = Type::Map(Box::new(Type::Bool));
    for (head, ty) in [
        (&b"\xdd\xff\xff\xff\xff"[..], list(Type::Bool)),
        (b"\xdd\xff\xff\xff\xff", Type::Set(Box::new(Type::Bool))),
        (b"\xdd\xff\xff\xff\xff", Type::Tuple(vec![Type::Bool])),
        (b"\xdf\xff\xff\xff\xff", large.clone()),
        (b"\xdf\xff\xff\xff\xff", object(&[("a", Type::Bool)])),
        (b"\xdb\xff\xff\xff\xff", Type::String),
        (b"\xc9\xff\xff\xff\xff\x00", Type::String),
        (b"\xc9\xff\xff\xff\xff\x0c", Type::String),
        (b"\xc7\x06\x0c\x81\x63\xdd\xff\xff\xff", Type::String),
        (b"\x92\xc6\xff\xff\xff\xff", Type::Dynamic),
    ] {
        assert!(decode(head, &ty).is_err(), "{head:02x?}");
    }
}

#[test]
fn depth_is_limited() {
    let mut ty = Type::Bool;
    let mut value = Value::from(true);
    for _ in 1..MAX_DEPTH {
        ty = list(ty);
        value = Value::list([value]);
    }
    survives(&value, &ty);
    let deeper = encode(&Value::list([value]), &list(ty.clone())).unwrap();
    assert!(decode(&deeper, &list(ty)).unwrap_err().to_string().ends_with("nested too deep"));
    // Dynamic values within dynamic values, each with a type of its own.
    let nested = b"\x92\xc4\x09\"dynamic\"".repeat(100_000);
    assert!(decode(&nested, &Type::Dynamic).is_err());
    // Within what is known of an unknown value, where depth costs a byte only.
    let body = bytes(&[b"\x81\x63", &[0x91; 900][..], b"\x01"]);
    let ext = bytes(&[&[0xc8, (body.len() >> 8) as u8, body.len() as u8, 12], &body]);
    assert!(decode(&ext, &Type::String).is_err());
}

#[test]
fn errors_name_the_path_and_no_value() {
    let ty = object(&[("list", list(Type::Map(Box::new(Type::Number)))), ("set", Type::Set(Box::new(Type::Bool)))]);
    let error = decode(b"\x82\xa4list\x91\x81\xa1k\xa6s3cret\xa3set\x90", &ty).unwrap_err();
    assert_eq!(error.to_string(), "list[0][\"k\"]: not a decimal number");
    assert_eq!(error.path().to_string(), "list[0][\"k\"]");
    let error = decode(b"\x82\xa4list\xc0\xa3set\x91\xa6s3cret", &ty).unwrap_err();
    assert_eq!(error.to_string(), "set: text, where a bool is needed");
    let value = Value::object([("list", Value::list([Value::map([("k", "s3cret")])])), ("set", Value::Null)]);
    assert_eq!(encode(&value, &ty).unwrap_err().to_string(), "list[0][\"k\"]: a string, where a number is needed");
}
