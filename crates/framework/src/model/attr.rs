//! Rust types that can be attributes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::PlanValue;
use crate::path::{Path, Step};
use crate::schema::{Attribute, Nesting, Shape};
use crate::value::{Number, Type, Value};

/// A Rust type that can be an attribute.
///
/// Null becomes what is emptiest (`""`, `false`, 0, an empty collection): it only gets here for a resource that was just
/// imported, whose read is to fill it, or for what is optional, and there the type is `Option`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of an attribute",
    note = "objects inside a model derive `Nested`; optional attributes are `Option<T>`; outputs are `Computed<T>`"
)]
pub trait Attr: Sized + Send + Sync + 'static {
    /// What views hold of a known one.
    type View: Clone + Send + Sync;

    /// Its type.
    fn shape() -> Shape;
    /// Out of a value of that type.
    fn from_value(value: &Value) -> Result<Self, Mismatch>;
    /// Into a value of that type.
    fn to_value(&self) -> Value;
    /// What is known of a value that is neither null nor unknown.
    fn view(value: &Value) -> Self::View;
    /// What the type itself has to say of an attribute: that it is a secret, which spellings are the same.
    fn adjust(_attribute: &mut Attribute) {}
}

/// A value that does not fit its type. Never holds the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Where.
    pub path: Path,
    /// What was expected, and what is there.
    pub message: String,
}

impl Mismatch {
    /// Something else was expected.
    pub fn expected(what: &str, found: &Value) -> Self {
        Self { path: Path::root(), message: format!("expected {what}, found {}", kind(found)) }
    }

    /// The same, seen from the object around it.
    #[must_use]
    pub fn within(mut self, attribute: &str) -> Self {
        self.path.0.insert(0, Step::Attribute(attribute.to_owned()));
        self
    }

    fn at(mut self, step: Step) -> Self {
        self.path.0.insert(0, step);
        self
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Unknown(_) => "a value that is not known yet",
        Value::Bool(_) => "a bool",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::List(_) => "a list",
        Value::Set(_) => "a set",
        Value::Map(_) => "a map",
        Value::Object(_) => "an object",
        Value::Dynamic(_) => "a value of dynamic type",
    }
}

/// A value out of anything that can be one. For defaults.
pub fn to_value<T: Into<Value>>(from: T) -> Value {
    from.into()
}

impl Attr for String {
    type View = String;

    fn shape() -> Shape {
        Shape::Plain(Type::String)
    }

    fn from_value(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::String(text) => Ok(text.clone()),
            Value::Null => Ok(String::new()),
            other => Err(Mismatch::expected("a string", other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.clone())
    }

    fn view(value: &Value) -> String {
        Self::from_value(value).unwrap_or_default()
    }
}

impl Attr for bool {
    type View = bool;

    fn shape() -> Shape {
        Shape::Plain(Type::Bool)
    }

    fn from_value(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::Bool(b) => Ok(*b),
            Value::Null => Ok(false),
            other => Err(Mismatch::expected("a bool", other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::Bool(*self)
    }

    fn view(value: &Value) -> bool {
        Self::from_value(value).unwrap_or_default()
    }
}

impl Attr for i64 {
    type View = Number;

    fn shape() -> Shape {
        Shape::Plain(Type::Number)
    }

    fn from_value(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::Number(n) => n.as_i64().ok_or_else(|| Mismatch {
                path: Path::root(),
                message: "expected a whole number between -2^63 and 2^63-1".to_owned(),
            }),
            Value::Null => Ok(0),
            other => Err(Mismatch::expected("a number", other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::Number(Number::from(*self))
    }

    fn view(value: &Value) -> Number {
        match value {
            Value::Number(n) => n.clone(),
            _ => Number::from(0),
        }
    }

    fn adjust(attribute: &mut Attribute) {
        attribute.checks.insert(0, crate::check::whole_number());
    }
}

impl Attr for Number {
    type View = Number;

    fn shape() -> Shape {
        Shape::Plain(Type::Number)
    }

    fn from_value(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::Number(n) => Ok(n.clone()),
            Value::Null => Ok(Number::from(0)),
            other => Err(Mismatch::expected("a number", other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::Number(self.clone())
    }

    fn view(value: &Value) -> Number {
        i64::view(value)
    }
}

impl<T: Attr> Attr for Option<T> {
    type View = T::View;

    fn shape() -> Shape {
        T::shape()
    }

    fn from_value(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::Null => Ok(None),
            other => T::from_value(other).map(Some),
        }
    }

    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_value)
    }

    fn view(value: &Value) -> T::View {
        T::view(value)
    }

    fn adjust(attribute: &mut Attribute) {
        T::adjust(attribute);
    }
}

fn collection(element: Shape, nesting: Nesting, plain: fn(Box<Type>) -> Type) -> Shape {
    match element {
        Shape::Nested(Nesting::Single, attributes) => Shape::Nested(nesting, attributes),
        other => Shape::Plain(plain(Box::new(other.ty()))),
    }
}

/// Checks and modifiers of an element's type hold for each element; those that its attribute would get are not lost: a set of
/// secrets is sensitive as a whole.
fn adjust_collection<T: Attr>(attribute: &mut Attribute) {
    let mut element = Attribute::new("element", T::shape(), attribute.mode);
    T::adjust(&mut element);
    attribute.sensitive |= element.sensitive;
    attribute.checks.extend(element.checks.into_iter().map(crate::check::each));
}

impl<T: Attr> Attr for Vec<T> {
    type View = Vec<PlanValue<T::View>>;

    fn shape() -> Shape {
        collection(T::shape(), Nesting::List, Type::List)
    }

    fn from_value(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::List(items) => {
                let each = |(i, v): (usize, &Value)| T::from_value(v).map_err(|e| e.at(Step::Index(i)));
                items.iter().enumerate().map(each).collect()
            }
            Value::Null => Ok(Vec::new()),
            other => Err(Mismatch::expected("a list", other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::List(self.iter().map(T::to_value).collect())
    }

    fn view(value: &Value) -> Self::View {
        match value {
            Value::List(items) => items.iter().map(PlanValue::of::<T>).collect(),
            _ => Vec::new(),
        }
    }

    fn adjust(attribute: &mut Attribute) {
        adjust_collection::<T>(attribute);
    }
}

impl<T: Attr + Ord> Attr for BTreeSet<T> {
    type View = Vec<PlanValue<T::View>>;

    fn shape() -> Shape {
        collection(T::shape(), Nesting::Set, Type::Set)
    }

    fn from_value(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::Set(items) => items.iter().map(T::from_value).collect(),
            Value::Null => Ok(BTreeSet::new()),
            other => Err(Mismatch::expected("a set", other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::Set(self.iter().map(T::to_value).collect())
    }

    fn view(value: &Value) -> Self::View {
        match value {
            Value::Set(items) => items.iter().map(PlanValue::of::<T>).collect(),
            _ => Vec::new(),
        }
    }

    fn adjust(attribute: &mut Attribute) {
        adjust_collection::<T>(attribute);
    }
}

impl<T: Attr> Attr for BTreeMap<String, T> {
    type View = BTreeMap<String, PlanValue<T::View>>;

    fn shape() -> Shape {
        collection(T::shape(), Nesting::Map, Type::Map)
    }

    fn from_value(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::Map(items) => {
                let each = |(k, v): (&String, &Value)| match T::from_value(v) {
                    Ok(item) => Ok((k.clone(), item)),
                    Err(e) => Err(e.at(Step::Key(k.clone()))),
                };
                items.iter().map(each).collect()
            }
            Value::Null => Ok(BTreeMap::new()),
            other => Err(Mismatch::expected("a map", other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::Map(self.iter().map(|(k, v)| (k.clone(), v.to_value())).collect())
    }

    fn view(value: &Value) -> Self::View {
        match value {
            Value::Map(items) => items.iter().map(|(k, v)| (k.clone(), PlanValue::of::<T>(v))).collect(),
            _ => BTreeMap::new(),
        }
    }

    fn adjust(attribute: &mut Attribute) {
        adjust_collection::<T>(attribute);
    }
}
