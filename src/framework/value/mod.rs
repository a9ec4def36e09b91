//! Terraform's values and types: everything that HCL can say, without loss.

use std::collections::{BTreeMap, BTreeSet};

mod number;
mod refinement;

pub use number::Number;
pub use refinement::Refinement;

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
    Set(BTreeSet<Value>),
    /// A map.
    Map(BTreeMap<String, Value>),
    /// An object.
    Object(BTreeMap<String, Value>),
    /// A value of a [`Type::Dynamic`], with the type that it brought.
    Dynamic(Box<(Type, Value)>),
}
