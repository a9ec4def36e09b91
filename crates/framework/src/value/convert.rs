//! Making values, and looking at them.

use std::collections::BTreeMap;

use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::{Number, Refinement, Type, Value, ValueSet};

/// The text in Unicode normal form C, in which Terraform holds every text.
pub(super) fn nfc(text: &str) -> String {
    if text.is_ascii() || is_nfc(text) { text.to_owned() } else { text.nfc().collect() }
}

impl Value {
    /// Not known at all.
    pub fn unknown() -> Self {
        Self::Unknown(Refinement::default())
    }

    /// An object.
    pub fn object<K: Into<String>>(attributes: impl IntoIterator<Item = (K, Value)>) -> Self {
        Self::Object(attributes.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// A map.
    pub fn map<K: Into<String>, V: Into<Value>>(elements: impl IntoIterator<Item = (K, V)>) -> Self {
        Self::Map(elements.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }

    /// A list, or a tuple.
    pub fn list<V: Into<Value>>(elements: impl IntoIterator<Item = V>) -> Self {
        Self::List(elements.into_iter().map(Into::into).collect())
    }

    /// A set.
    pub fn set_of<V: Into<Value>>(elements: impl IntoIterator<Item = V>) -> Self {
        Self::Set(elements.into_iter().map(Into::into).collect())
    }

    /// A value of a dynamic type, with the type that it brings.
    pub fn dynamic(ty: Type, value: Value) -> Self {
        Self::Dynamic(Box::new((ty, value)))
    }

    /// The value itself, without the type that it brought if its type is dynamic.
    pub fn bare(&self) -> &Value {
        match self {
            Self::Dynamic(inner) => inner.1.bare(),
            other => other,
        }
    }

    /// True when absent.
    pub fn is_null(&self) -> bool {
        matches!(self.bare(), Self::Null)
    }

    /// True when the value itself is unknown. A part of it may be when this is false.
    pub fn is_unknown(&self) -> bool {
        matches!(self.bare(), Self::Unknown(_))
    }

    /// True when nothing in it is unknown.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => true,
            Self::Unknown(_) => false,
            Self::List(list) => list.iter().all(Self::is_wholly_known),
            Self::Set(set) => set.iter().all(Self::is_wholly_known),
            Self::Map(map) | Self::Object(map) => map.values().all(Self::is_wholly_known),
            Self::Dynamic(inner) => inner.1.is_wholly_known(),
        }
    }

    /// The text, when it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self.bare() {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value, when it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.bare() {
            Self::Bool(bool) => Some(*bool),
            _ => None,
        }
    }

    /// The number, when it is one.
    pub fn as_number(&self) -> Option<&Number> {
        match self.bare() {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The integer, when it is one and fits.
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number().and_then(Number::as_i64)
    }

    /// The elements of a list or tuple.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self.bare() {
            Self::List(list) => Some(list),
            _ => None,
        }
    }

    /// The elements of a set.
    pub fn as_set(&self) -> Option<&ValueSet> {
        match self.bare() {
            Self::Set(set) => Some(set),
            _ => None,
        }
    }

    /// The elements of a map.
    pub fn as_map(&self) -> Option<&BTreeMap<String, Value>> {
        match self.bare() {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The attributes of an object.
    pub fn as_object(&self) -> Option<&BTreeMap<String, Value>> {
        match self.bare() {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// An attribute, when this is an object that has it.
    pub fn attribute(&self, name: &str) -> Option<&Value> {
        self.as_object()?.get(name)
    }

    /// An attribute, when this is an object that has it.
    pub fn attribute_mut(&mut self, name: &str) -> Option<&mut Value> {
        match self {
            Self::Object(object) => object.get_mut(name),
            Self::Dynamic(inner) => inner.1.attribute_mut(name),
            _ => None,
        }
    }

    /// What it is, for messages: never any part of the value.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Unknown(_) => "an unknown value",
            Self::Bool(_) => "a bool",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::List(_) => "a list",
            Self::Set(_) => "a set",
            Self::Map(_) => "a map",
            Self::Object(_) => "an object",
            Self::Dynamic(inner) => inner.1.kind(),
        }
    }
}

impl From<bool> for Value {
    fn from(bool: bool) -> Self {
        Self::Bool(bool)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(nfc(text))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(if text.is_ascii() { text } else { nfc(&text) })
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Self {
        Self::Number(number)
    }
}

impl From<i64> for Value {
    fn from(int: i64) -> Self {
        Self::Number(int.into())
    }
}

impl From<i32> for Value {
    fn from(int: i32) -> Self {
        Self::Number(int.into())
    }
}

impl From<u32> for Value {
    fn from(int: u32) -> Self {
        Self::Number(int.into())
    }
}

impl From<u64> for Value {
    fn from(int: u64) -> Self {
        Self::Number(int.into())
    }
}

impl From<ValueSet> for Value {
    fn from(set: ValueSet) -> Self {
        Self::Set(set)
    }
}

impl<V: Into<Value>> From<Vec<V>> for Value {
    /// A list.
    fn from(elements: Vec<V>) -> Self {
        Self::list(elements)
    }
}

impl<V: Into<Value>> From<Option<V>> for Value {
    /// Null, or the value.
    fn from(value: Option<V>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
