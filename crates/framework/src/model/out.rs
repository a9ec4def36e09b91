//! What the server has to say, and may not have said yet.

use super::{Attr, Mismatch};
use crate::schema::{Attribute, Shape};
use crate::value::{Refinement, Value};

/// A field that the server sets. Until it has, there is nothing to read: not an empty text, not a zero.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Computed<T>(Option<T>);

/// The server has not said it yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownValue;

impl std::fmt::Display for UnknownValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value was used before the server had given it; this is a bug in the provider, please report it")
    }
}

impl<T> Computed<T> {
    /// Not said yet.
    pub const UNSET: Self = Computed(None);

    /// What the server said.
    pub fn get(&self) -> Result<&T, UnknownValue> {
        self.0.as_ref().ok_or(UnknownValue)
    }

    /// What the server, or for an optional argument the user, said, if anything.
    pub fn known(&self) -> Option<&T> {
        self.0.as_ref()
    }

    /// Takes what the server said.
    pub fn set(&mut self, value: impl Into<T>) {
        self.0 = Some(value.into());
    }
}

impl<T> From<T> for Computed<T> {
    fn from(value: T) -> Self {
        Computed(Some(value))
    }
}

impl From<&str> for Computed<String> {
    fn from(value: &str) -> Self {
        Computed(Some(value.to_owned()))
    }
}

impl<T> Default for Computed<T> {
    fn default() -> Self {
        Self::UNSET
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for Computed<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str("Unset"),
        }
    }
}

/// Out of a value: unknown is unset; so is null, unless null is something that the server can say (`Computed<Option<T>>`).
impl<T: Attr + Nullable> Attr for Computed<T> {
    type View = T::View;

    fn shape() -> Shape {
        T::shape()
    }

    fn from_value(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::Unknown(_) => Ok(Computed(None)),
            Value::Null if !T::NULLABLE => Ok(Computed(None)),
            other => T::from_value(other).map(|v| Computed(Some(v))),
        }
    }

    fn to_value(&self) -> Value {
        self.0.as_ref().map_or(Value::Unknown(Refinement::default()), T::to_value)
    }

    fn view(value: &Value) -> T::View {
        T::view(value)
    }

    fn adjust(attribute: &mut Attribute) {
        T::adjust(attribute);
    }
}

/// Whether null is a value of the type.
pub trait Nullable {
    /// True for `Option`.
    const NULLABLE: bool = false;
}

impl<T> Nullable for Option<T> {
    const NULLABLE: bool = true;
}

macro_rules! not_nullable {
    ($($ty:ty),*) => { $(impl Nullable for $ty {})* };
}

not_nullable!(String, bool, i64, crate::value::Number, super::Secret, super::Json);

impl<T> Nullable for Vec<T> {}
impl<T> Nullable for std::collections::BTreeSet<T> {}
impl<T> Nullable for std::collections::BTreeMap<String, T> {}
