//! Values as JSON: how they stand in state. Numbers are read from their text, never through a float.
//!
//! Every level is first cut into the texts of its parts, so that a number's own text is at hand; [`MAX_DEPTH`] bounds how
//! often a byte is looked at.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::convert::nfc;
use super::types::reason;
use super::{DecodeError, EncodeError, MAX_DEPTH, Number, Type, Value};
use crate::path::Step;

/// Reads a value of a type; objects have exactly the type's attributes.
///
/// # Errors
/// When the JSON is no such value, with the path at which it is not.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, DecodeError> {
    typed(raw(bytes)?, ty, Attributes::Exact, MAX_DEPTH)
}

/// Reads a value of a type from the state of about the same schema: attributes that the type does not have are left out,
/// those that are not there are null.
///
/// # Errors
/// When the JSON is no such value, with the path at which it is not.
pub fn decode_adapting(bytes: &[u8], ty: &Type) -> Result<Value, DecodeError> {
    typed(raw(bytes)?, ty, Attributes::Adapt, MAX_DEPTH)
}

/// Reads any JSON: objects as objects, arrays as lists, numbers without loss.
///
/// # Errors
/// When it is not JSON.
pub fn decode_untyped(bytes: &[u8]) -> Result<Value, DecodeError> {
    untyped(raw(bytes)?, MAX_DEPTH)
}

/// Writes a value as one of a type.
///
/// # Errors
/// When it is not of that type, or when something in it is unknown or infinite, which JSON cannot say; with the path at
/// which it is.
pub fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::new();
    put(&mut out, value, ty)?;
    Ok(out)
}

/// What to do about attributes that are in the JSON or in the type, but not in both.
#[derive(Clone, Copy)]
enum Attributes {
    Exact,
    Adapt,
}

type Object<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

fn raw(bytes: &[u8]) -> Result<&RawValue, DecodeError> {
    let text = std::str::from_utf8(bytes).map_err(|_| DecodeError::new("text that is not UTF-8"))?;
    part(text)
}

fn part<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, DecodeError> {
    serde_json::from_str(json).map_err(|e| DecodeError::new(reason(&e)))
}

/// A key, borrowed where it has no escapes. (`Cow` alone would always be copied.)
fn object(json: &str) -> Result<Object<'_>, DecodeError> {
    #[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
    struct Key<'a>(#[serde(borrow)] Cow<'a, str>);
    let parts: BTreeMap<Key<'_>, &RawValue> = part(json)?;
    Ok(parts.into_iter().map(|(key, value)| (key.0, value)).collect())
}

fn deeper(depth: usize) -> Result<usize, DecodeError> {
    depth.checked_sub(1).ok_or_else(|| DecodeError::new("nested too deep"))
}

fn mismatch(json: &str, ty: &Type) -> DecodeError {
    let found = match json.as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b'"') => "text",
        Some(b't' | b'f') => "a bool",
        _ => "a number",
    };
    DecodeError::new(format!("{found}, where {} is needed", ty.kind()))
}

fn typed(raw: &RawValue, ty: &Type, attributes: Attributes, depth: usize) -> Result<Value, DecodeError> {
    let depth = deeper(depth)?;
    let json = raw.get();
    if json == "null" {
        return Ok(Value::Null);
    }
    match (ty, json.as_bytes().first()) {
        (Type::Bool | Type::Number | Type::String, Some(first)) if !matches!(first, b'{' | b'[') => primitive(json, ty),
        (Type::List(element), Some(b'[')) => list(part(json)?, |_| element, attributes, depth).map(Value::List),
        (Type::Set(element), Some(b'[')) => {
            let elements: Vec<&RawValue> = part(json)?;
            elements.into_iter().map(|e| typed(e, element, attributes, depth)).collect::<Result<_, _>>().map(Value::Set)
        }
        (Type::Tuple(types), Some(b'[')) => {
            let elements: Vec<&RawValue> = part(json)?;
            if elements.len() != types.len() {
                let what = format!("{} elements, where a tuple of {} is needed", elements.len(), types.len());
                return Err(DecodeError::new(what));
            }
            list(elements, |index| &types[index], attributes, depth).map(Value::List)
        }
        (Type::Map(element), Some(b'{')) => {
            let entry = |(key, raw): (Cow<'_, str>, &RawValue)| {
                let key = nfc(&key);
                let value = typed(raw, element, attributes, depth).map_err(|e| e.within(Step::Key(key.clone())))?;
                Ok((key, value))
            };
            object(json)?.into_iter().map(entry).collect::<Result<_, _>>().map(Value::Map)
        }
        (Type::Object(types), Some(b'{')) => named(&object(json)?, types, attributes, depth),
        (Type::Dynamic, Some(b'{')) => dynamic(&object(json)?, attributes, depth),
        _ => Err(mismatch(json, ty)),
    }
}

/// Text, number or bool. As in Terraform's own reader, a state that has one of them as text, or a number or bool where text
/// is needed, is understood: older versions of a provider may have declared another type.
fn primitive(json: &str, ty: &Type) -> Result<Value, DecodeError> {
    let quoted = json.starts_with('"');
    let text: Cow<'_, str> = if quoted { Cow::Owned(part(json)?) } else { Cow::Borrowed(json) };
    match ty {
        Type::String => Ok(Value::String(nfc(&text))),
        Type::Bool => match &*text {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(mismatch(json, ty)),
        },
        _ if !quoted && matches!(&*text, "true" | "false") => Err(mismatch(json, ty)),
        _ => Number::parse(&text).map(Value::Number).map_err(|e| DecodeError::new(e.to_string())),
    }
}

fn list<'t>(
    elements: Vec<&RawValue>,
    ty: impl Fn(usize) -> &'t Type,
    attributes: Attributes,
    depth: usize,
) -> Result<Vec<Value>, DecodeError> {
    let element = |(i, raw)| typed(raw, ty(i), attributes, depth).map_err(|e| e.within(Step::Index(i)));
    elements.into_iter().enumerate().map(element).collect()
}

fn named(
    parts: &Object<'_>,
    types: &BTreeMap<String, Type>,
    attributes: Attributes,
    depth: usize,
) -> Result<Value, DecodeError> {
    if let (Attributes::Exact, Some(extra)) = (attributes, parts.keys().find(|name| !types.contains_key(&***name))) {
        let shown: String = extra.chars().take(64).collect();
        return Err(DecodeError::new(format!("unsupported attribute {shown:?}")));
    }
    let attribute = |(name, ty): (&String, &Type)| {
        let value = match (parts.get(name.as_str()), attributes) {
            (Some(raw), _) => typed(raw, ty, attributes, depth).map_err(|e| e.within(Step::Attribute(name.clone())))?,
            (None, Attributes::Adapt) => Value::Null,
            (None, Attributes::Exact) => return Err(DecodeError::new(format!("attribute {name:?} is missing"))),
        };
        Ok((name.clone(), value))
    };
    types.iter().map(attribute).collect::<Result<_, _>>().map(Value::Object)
}

fn dynamic(parts: &Object<'_>, attributes: Attributes, depth: usize) -> Result<Value, DecodeError> {
    let (Some(value), Some(ty), 2) = (parts.get("value"), parts.get("type"), parts.len()) else {
        return Err(DecodeError::new("a value of any type must bring its type"));
    };
    let ty = Type::from_json(ty.get().as_bytes())?;
    let value = typed(value, &ty, attributes, depth)?;
    Ok(if ty == Type::Dynamic { value } else { Value::dynamic(ty, value) })
}

fn untyped(raw: &RawValue, depth: usize) -> Result<Value, DecodeError> {
    let depth = deeper(depth)?;
    let json = raw.get();
    match json.as_bytes().first() {
        Some(b'n') => Ok(Value::Null),
        Some(b't' | b'f') => primitive(json, &Type::Bool),
        Some(b'"') => primitive(json, &Type::String),
        Some(b'[') => {
            let elements: Vec<&RawValue> = part(json)?;
            let element = |(i, raw)| untyped(raw, depth).map_err(|e| e.within(Step::Index(i)));
            elements.into_iter().enumerate().map(element).collect::<Result<_, _>>().map(Value::List)
        }
        Some(b'{') => {
            let attribute = |(name, raw): (Cow<'_, str>, &RawValue)| {
                let name = nfc(&name);
                let value = untyped(raw, depth).map_err(|e| e.within(Step::Attribute(name.clone())))?;
                Ok((name, value))
            };
            object(json)?.into_iter().map(attribute).collect::<Result<_, _>>().map(Value::Object)
        }
        _ => primitive(json, &Type::Number),
    }
}

fn put(out: &mut Vec<u8>, value: &Value, ty: &Type) -> Result<(), EncodeError> {
    match (value, ty) {
        (Value::Null, _) => out.extend_from_slice(b"null"),
        (Value::Unknown(_), _) => return Err(EncodeError::new("an unknown value, which JSON cannot say")),
        (Value::Bool(bool), Type::Bool) => out.extend_from_slice(if *bool { b"true" } else { b"false" }),
        (Value::Number(number), Type::Number) if number.is_finite() => {
            out.extend_from_slice(number.to_string().as_bytes());
        }
        (Value::Number(_), Type::Number) => return Err(EncodeError::new("an infinite number, which JSON cannot say")),
        (Value::String(text), Type::String) => put_text(out, text)?,
        (Value::Dynamic(inner), Type::Dynamic) if inner.0 == Type::Dynamic => put(out, &inner.1, ty)?,
        (Value::Dynamic(inner), Type::Dynamic) => {
            out.extend_from_slice(b"{\"value\":");
            put(out, &inner.1, &inner.0)?;
            out.extend_from_slice(b",\"type\":");
            out.extend_from_slice(&inner.0.to_json());
            out.push(b'}');
        }
        (Value::List(list), Type::List(element)) => {
            put_all(out, *b"[]", list.iter().enumerate().map(|(i, v)| (Some(Step::Index(i)), v, &**element)))?;
        }
        (Value::List(list), Type::Tuple(types)) if list.len() == types.len() => {
            let parts = list.iter().zip(types).enumerate().map(|(i, (v, ty))| (Some(Step::Index(i)), v, ty));
            put_all(out, *b"[]", parts)?;
        }
        (Value::Set(set), Type::Set(element)) => {
            put_all(out, *b"[]", set.iter().map(|v| (None, v, &**element)))?;
        }
        (Value::Map(map), Type::Map(element)) => {
            put_all(out, *b"{}", map.iter().map(|(key, v)| (Some(Step::Key(key.clone())), v, &**element)))?;
        }
        (Value::Object(object), Type::Object(types)) if object.keys().eq(types.keys()) => {
            let parts = object.iter().zip(types.values());
            put_all(out, *b"{}", parts.map(|((name, v), ty)| (Some(Step::Attribute(name.clone())), v, ty)))?;
        }
        _ => {
            let what = value.conforms(ty).err().map_or_else(String::new, |(_, what)| what);
            return Err(EncodeError::new(what));
        }
    }
    Ok(())
}

/// The parts of an array or an object, each with its step from there; elements of sets have none.
fn put_all<'v>(
    out: &mut Vec<u8>,
    [open, close]: [u8; 2],
    parts: impl Iterator<Item = (Option<Step>, &'v Value, &'v Type)>,
) -> Result<(), EncodeError> {
    out.push(open);
    for (i, (step, value, ty)) in parts.enumerate() {
        if i > 0 {
            out.push(b',');
        }
        if let Some(Step::Key(name) | Step::Attribute(name)) = &step {
            put_text(out, name)?;
            out.push(b':');
        }
        put(out, value, ty).map_err(|e| match step {
            Some(step) => e.within(step),
            None => e,
        })?;
    }
    out.push(close);
    Ok(())
}

fn put_text(out: &mut Vec<u8>, text: &str) -> Result<(), EncodeError> {
    serde_json::to_writer(out, text).map_err(|_| EncodeError::new("text that cannot be written"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn ty(json: &str) -> Type {
        Type::from_json(json.as_bytes()).unwrap()
    }

    fn number(text: &str) -> Value {
        Value::Number(Number::parse(text).unwrap())
    }

    #[track_caller]
    fn survives(value: &Value, ty: &Type) -> String {
        let json = encode(value, ty).unwrap();
        assert_eq!(decode(&json, ty).as_ref(), Ok(value));
        String::from_utf8(json).unwrap()
    }

    #[test]
    fn values_survive() {
        let cases = [
            (Value::Null, r#"["list","string"]"#, "null"),
            (Value::from("a\"\u{e9}\n"), r#""string""#, "\"a\\\"\u{e9}\\n\""),
            (Value::List(vec![]), r#"["list","string"]"#, "[]"),
            (Value::set_of([2_i64, 1]), r#"["set","number"]"#, "[1,2]"),
            (Value::map([("b", true), ("a", false)]), r#"["map","bool"]"#, r#"{"a":false,"b":true}"#),
            (Value::list([Value::from("x"), 1_i64.into()]), r#"["tuple",["string","number"]]"#, r#"["x",1]"#),
            (Value::object([("a", Value::Null)]), r#"["object",{"a":"bool"}]"#, r#"{"a":null}"#),
            (Value::dynamic(Type::Bool, true.into()), r#""dynamic""#, r#"{"value":true,"type":"bool"}"#),
            (Value::dynamic(Type::Bool, Value::Null), r#""dynamic""#, r#"{"value":null,"type":"bool"}"#),
        ];
        for (value, of, json) in cases {
            assert_eq!(survives(&value, &ty(of)), json);
        }
    }

    #[test]
    fn numbers_are_exact() {
        for text in ["0", "-3", "0.1", "9007199254740993", "18446744073709551615", "0.1234567890123456789012"] {
            assert_eq!(survives(&number(text), &Type::Number), text);
        }
        assert_eq!(decode(b" 1E-20 ", &Type::Number), Ok(number("0.00000000000000000001")));
        assert_eq!(decode(b"-0.0", &Type::Number), Ok(number("0")));
        assert!(decode(b"1e999999999", &Type::Number).is_err());
        assert!(encode(&Value::Number(Number::INFINITY), &Type::Number).is_err());
    }

    #[test]
    fn unknown_cannot_be_said() {
        let value = Value::object([("a", Value::list([Value::unknown()]))]);
        let error = encode(&value, &ty(r#"["object",{"a":["list","string"]}]"#)).unwrap_err();
        assert_eq!(error.to_string(), "a[0]: an unknown value, which JSON cannot say");
    }

    #[test]
    fn other_attributes_are_an_error_or_adapted_to() {
        let of = ty(r#"["list",["object",{"a":"string","b":"bool"}]]"#);
        let json = br#"[{"gone": {"x": 1}, "a": "1"}]"#;
        assert_eq!(decode(json, &of).unwrap_err().to_string(), "[0]: unsupported attribute \"gone\"");
        assert_eq!(decode(br#"[{"a":"1"}]"#, &of).unwrap_err().to_string(), "[0]: attribute \"b\" is missing");
        let adapted = Value::list([Value::object([("a", Value::from("1")), ("b", Value::Null)])]);
        assert_eq!(decode_adapting(json, &of), Ok(adapted));
    }

    #[test]
    fn primitives_of_another_type_are_understood() {
        assert_eq!(decode(b"\"0.1\"", &Type::Number), Ok(number("0.1")));
        assert_eq!(decode(b"\"true\"", &Type::Bool), Ok(Value::from(true)));
        assert_eq!(decode(b"1.50", &Type::String), Ok(Value::from("1.50")));
        assert_eq!(decode(b"false", &Type::String), Ok(Value::from("false")));
        for (json, of) in
            [("\"s3cret\"", Type::Number), ("true", Type::Number), ("1", Type::Bool), ("[]", Type::String)]
        {
            let error = decode(json.as_bytes(), &of).unwrap_err().to_string();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn without_a_type() {
        let json = r#"{"n": 18446744073709551615.5, "l": [1, "e\u0301", null, true], "o": {"\u0061": {}}}"#;
        let value = Value::object([
            ("n", number("18446744073709551615.5")),
            ("l", Value::list([1_i64.into(), Value::from("\u{e9}"), Value::Null, true.into()])),
            ("o", Value::object([("a", Value::object::<String>([]))])),
        ]);
        assert_eq!(decode_untyped(json.as_bytes()), Ok(value));
    }

    #[test]
    fn malformed_json_is_an_error() {
        for json in ["", "{", "[1,]", "nul", "1 2", "\"\\ud800\"", "{\"a\":1", "01"] {
            assert!(decode_untyped(json.as_bytes()).is_err(), "{json}");
        }
        assert!(decode_untyped(b"\"\xff\"").is_err());
        let error = decode(b"{\"s3cret", &Type::Map(Box::new(Type::String))).unwrap_err().to_string();
        assert_eq!(error, "it ends too early (line 1, column 8)");
    }

    #[test]
    fn depth_is_limited() {
        let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(decode_untyped(deep(MAX_DEPTH).as_bytes()).is_ok());
        assert!(decode_untyped(deep(MAX_DEPTH + 1).as_bytes()).unwrap_err().to_string().ends_with("nested too deep"));
        assert!(decode_untyped(deep(200_000).as_bytes()).is_err());
        let dynamic = format!("{}null", r#"{"type":"dynamic","value":"#.repeat(100_000));
        assert!(decode(dynamic.as_bytes(), &Type::Dynamic).is_err());
    }
}
