//! Terraform's values and types: everything that HCL can say, without loss.
//!
//! Values are compared as they are written (`==`: two unknown values that say the same are equal), never converted
//! silently, and travel as MessagePack ([`msgpack`]) or stand in state as JSON ([`json`]).

use std::collections::BTreeMap;

mod convert;
mod encoded;
mod error;
pub mod json;
pub mod msgpack;
mod number;
mod refinement;
mod set;
mod types;
mod walk;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod properties;

pub use error::{DecodeError, EncodeError};
pub use number::{Number, NumberError};
pub use refinement::{Bound, Refinement};
pub use set::ValueSet;

/// How deep a value or a type may be nested. Deeper ones are refused, so that bytes from outside cannot exhaust the stack.
pub const MAX_DEPTH: usize = 64;

/// A type constraint.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// Text, in Unicode normal form C.
    String,
    /// A decimal number of any size.
    Number,
    /// True or false.
    Bool,
    /// Any type; the value brings its own.
    Dynamic,
    /// Elements in order.
    List(Box<Type>),
    /// Elements without order or repetition.
    Set(Box<Type>),
    /// Elements by text key.
    Map(Box<Type>),
    /// Named attributes, each of its own type.
    Object(BTreeMap<String, Type>),
    /// Elements in order, each of its own type.
    Tuple(Vec<Type>),
}

/// A value. Which type it has, only a [`Type`] beside it can tell.
///
/// `Debug` prints all of it, secrets too: it is for tests, never for what a user or a log sees.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Absent. An empty collection is something else.
    #[default]
    Null,
    /// Not known yet, perhaps with something already known about it.
    Unknown(Refinement),
    /// True or false.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    String(String),
    /// A list, or a tuple.
    List(Vec<Value>),
    /// A set.
    Set(ValueSet),
    /// A map.
    Map(BTreeMap<String, Value>),
    /// An object.
    Object(BTreeMap<String, Value>),
    /// A value of a [`Type::Dynamic`], with the type that it brought.
    Dynamic(Box<(Type, Value)>),
}
