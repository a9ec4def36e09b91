//! The rules that Terraform enforces on what a provider answers, so that the engine can hold itself to them before Terraform
//! does, and what Terraform itself makes of configuration and state, so that a test can stand in for it.
//!
//! Terraform names these `AssertPlanValid` ([`assert_plan_valid`]), `AssertObjectCompatible`
//! ([`assert_object_compatible`]) and `ProposedNew` ([`proposed_new`]).

use std::fmt;

use super::path::{Path, Step};
use super::value::{Refinement, Value};

mod answers;
mod compatible;
mod plan;
mod proposed;
mod schema;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

pub use answers::{IdentityStage, check_applied, check_identity, check_plan, check_replanned, check_state};
pub use compatible::assert_object_compatible;
pub use plan::assert_plan_valid;
pub use proposed::proposed_new;
pub use schema::check_schema;

/// A rule that a value breaks. Holds no part of any value, but for keys of maps in the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where.
    pub path: Path,
    /// What is there, and what would have to be.
    pub rule: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.0.is_empty() { f.write_str(&self.rule) } else { write!(f, "{}: {}", self.path, self.rule) }
    }
}

/// Goes through values and gathers what it finds.
#[derive(Default)]
struct Checker {
    path: Path,
    found: Vec<Violation>,
}

impl Checker {
    fn fail(&mut self, rule: impl Into<String>) {
        self.found.push(Violation { path: self.path.clone(), rule: rule.into() });
    }

    /// Checks something one step further in.
    fn at(&mut self, step: Step, check: impl FnOnce(&mut Self)) {
        self.path.0.push(step);
        check(self);
        self.path.0.pop();
    }

    fn at_attribute(&mut self, name: &str, check: impl FnOnce(&mut Self)) {
        self.at(Step::Attribute(name.to_owned()), check);
    }
}

static NULL: Value = Value::Null;
static UNKNOWN: Value = Value::Unknown(Refinement::NONE);

/// A part of a value as Terraform sees it: the parts of what is unknown are unknown, those of what is absent are null.
fn part<'v>(value: &'v Value, step: &Step) -> &'v Value {
    let found = match (value.bare(), step) {
        (Value::Unknown(_), _) => return &UNKNOWN,
        (Value::Object(object), Step::Attribute(name)) => object.get(name),
        (Value::Map(map), Step::Key(key)) => map.get(key),
        (Value::List(list), Step::Index(index)) => list.get(*index),
        _ => None,
    };
    found.unwrap_or(&NULL)
}

/// An attribute, or a nested block by its name.
fn attribute<'v>(value: &'v Value, name: &str) -> &'v Value {
    match value.bare() {
        Value::Unknown(_) => &UNKNOWN,
        other => other.attribute(name).unwrap_or(&NULL),
    }
}
