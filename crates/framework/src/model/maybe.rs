//! What is known of an attribute while validating and planning.

use super::Attr;
use crate::value::Value;

/// An attribute that is null, not known yet, or known.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum PlanValue<T> {
    /// Not set.
    #[default]
    Null,
    /// Depends on something that is not made yet.
    Unknown,
    /// Set.
    Known(T),
}

impl<T> PlanValue<T> {
    /// What a value says.
    pub fn of<A: Attr<View = T>>(value: &Value) -> Self {
        match value {
            Value::Null => PlanValue::Null,
            Value::Unknown(_) => PlanValue::Unknown,
            known => PlanValue::Known(A::view(known)),
        }
    }

    /// The value, if it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            PlanValue::Known(value) => Some(value),
            _ => None,
        }
    }

    /// True when it is certainly not set.
    pub fn is_null(&self) -> bool {
        matches!(self, PlanValue::Null)
    }

    /// True when it is not known yet.
    pub fn is_unknown(&self) -> bool {
        matches!(self, PlanValue::Unknown)
    }
}

/// Prints the state, never the value: views hold secrets too.
impl<T> std::fmt::Debug for PlanValue<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            PlanValue::Null => "Null",
            PlanValue::Unknown => "Unknown",
            PlanValue::Known(_) => "Known(..)",
        })
    }
}
