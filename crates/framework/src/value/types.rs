//! Types in their JSON form: `"string"`, `["list", "number"]`, `["object", {"name": "string"}]`.

use serde::ser::{Serialize, SerializeTuple, Serializer};
use serde_json::Value as Json;

use super::convert::nfc;
use super::{DecodeError, MAX_DEPTH, Type, Value};
use crate::path::Step;

impl Type {
    /// The JSON form, keys sorted.
    pub fn to_json(&self) -> Vec<u8> {
        // The only way to fail is a writer that fails, or a map key that is no text.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads the JSON form. Which attributes of an object are optional is accepted and forgotten: it concerns conversions
    /// only.
    ///
    /// # Errors
    /// When it is not that form, or nested deeper than [`MAX_DEPTH`].
    pub fn from_json(json: &[u8]) -> Result<Self, DecodeError> {
        let json = serde_json::from_slice(json).map_err(|e| DecodeError::new(format!("type: {}", reason(&e))))?;
        parse(&json, MAX_DEPTH)
    }

    /// What it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Type::String => "a string",
            Type::Number => "a number",
            Type::Bool => "a bool",
            Type::Dynamic => "a value of any type",
            Type::List(_) => "a list",
            Type::Set(_) => "a set",
            Type::Map(_) => "a map",
            Type::Object(_) => "an object",
            Type::Tuple(_) => "a tuple",
        }
    }

    /// True for text, numbers and bools.
    pub fn is_primitive(&self) -> bool {
        matches!(self, Type::String | Type::Number | Type::Bool)
    }

    /// True when it is dynamic or something in it is.
    pub fn has_dynamic(&self) -> bool {
        match self {
            Type::String | Type::Number | Type::Bool => false,
            Type::Dynamic => true,
            Type::List(element) | Type::Set(element) | Type::Map(element) => element.has_dynamic(),
            Type::Object(attributes) => attributes.values().any(Type::has_dynamic),
            Type::Tuple(elements) => elements.iter().any(Type::has_dynamic),
        }
    }

    /// An object with every attribute null. Null, when this is not the type of an object.
    pub fn all_null(&self) -> Value {
        match self {
            Type::Object(attributes) => Value::object(attributes.keys().map(|name| (name, Value::Null))),
            _ => Value::Null,
        }
    }
}

/// What is wrong with JSON, and where, without the text that is wrong.
pub(super) fn reason(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "it ends too early",
        _ => "it is not valid JSON here",
    };
    format!("{what} (line {}, column {})", error.line(), error.column())
}

fn parse(json: &Json, depth: usize) -> Result<Type, DecodeError> {
    let depth = depth.checked_sub(1).ok_or_else(|| DecodeError::new("a type that is nested too deep"))?;
    let unknown = || DecodeError::new("not the JSON form of a type");
    match json {
        Json::String(name) => match name.as_str() {
            "string" => Ok(Type::String),
            "number" => Ok(Type::Number),
            "bool" => Ok(Type::Bool),
            "dynamic" => Ok(Type::Dynamic),
            _ => Err(unknown()),
        },
        Json::Array(parts) => {
            let (kind, rest) = parts.split_first().ok_or_else(unknown)?;
            match (kind.as_str(), rest) {
                (Some("list"), [element]) => Ok(Type::List(Box::new(parse(element, depth)?))),
                (Some("set"), [element]) => Ok(Type::Set(Box::new(parse(element, depth)?))),
                (Some("map"), [element]) => Ok(Type::Map(Box::new(parse(element, depth)?))),
                (Some("tuple"), [Json::Array(elements)]) => {
                    elements.iter().map(|e| parse(e, depth)).collect::<Result<_, _>>().map(Type::Tuple)
                }
                (Some("object"), [Json::Object(attributes)] | [Json::Object(attributes), Json::Array(_)]) => attributes
                    .iter()
                    .map(|(name, ty)| {
                        let ty = parse(ty, depth).map_err(|e| e.within(Step::Attribute(name.clone())))?;
                        Ok((nfc(name), ty))
                    })
                    .collect::<Result<_, _>>()
                    .map(Type::Object),
                _ => Err(unknown()),
            }
        }
        _ => Err(unknown()),
    }
}

impl Serialize for Type {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fn pair<S: Serializer>(serializer: S, kind: &str, inner: &impl Serialize) -> Result<S::Ok, S::Error> {
            let mut tuple = serializer.serialize_tuple(2)?;
            tuple.serialize_element(kind)?;
            tuple.serialize_element(inner)?;
            tuple.end()
        }
        match self {
            Type::String => serializer.serialize_str("string"),
            Type::Number => serializer.serialize_str("number"),
            Type::Bool => serializer.serialize_str("bool"),
            Type::Dynamic => serializer.serialize_str("dynamic"),
            Type::List(element) => pair(serializer, "list", element),
            Type::Set(element) => pair(serializer, "set", element),
            Type::Map(element) => pair(serializer, "map", element),
            Type::Object(attributes) => pair(serializer, "object", attributes),
            Type::Tuple(elements) => pair(serializer, "tuple", elements),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn json_form_both_ways() {
        for json in [
            r#""string""#,
            r#""number""#,
            r#""bool""#,
            r#""dynamic""#,
            r#"["list","string"]"#,
            r#"["set",["map","bool"]]"#,
            r#"["object",{"a":"number","b":["tuple",["string","number"]]}]"#,
            r#"["object",{}]"#,
            r#"["tuple",[]]"#,
        ] {
            let ty = Type::from_json(json.as_bytes()).unwrap();
            assert_eq!(String::from_utf8(ty.to_json()).unwrap(), json);
        }
    }

    #[test]
    fn optional_attributes_are_forgotten() {
        let ty = Type::from_json(br#"["object",{"b":"bool","a":"string"},["a"]]"#).unwrap();
        assert_eq!(ty.to_json(), br#"["object",{"a":"string","b":"bool"}]"#);
    }

    #[test]
    fn what_is_no_type() {
        for json in [
            "",
            "null",
            "1",
            "{}",
            "[]",
            r#""text""#,
            r#"["list"]"#,
            r#"["list","string","string"]"#,
            r#"["object",[]]"#,
            "\"string",
        ] {
            assert!(Type::from_json(json.as_bytes()).is_err(), "{json}");
        }
        let deep = format!("{}\"string\"{}", r#"["list","#.repeat(100_000), "]".repeat(100_000));
        assert!(Type::from_json(deep.as_bytes()).is_err());
        let error = Type::from_json(br#"["object",{"a":["list","s3cret"]}]"#).unwrap_err();
        assert_eq!(error.to_string(), "a: not the JSON form of a type");
    }
}
