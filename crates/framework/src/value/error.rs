//! What can be wrong with encoded values. The messages say where and what, never any part of a value.

use std::fmt;

use crate::path::{Path, Step};

/// Why bytes are not a value of the type that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError(Fault);

/// Why a value cannot be encoded as the type that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodeError(Fault);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Fault {
    /// From the inside out: a fault learns where it is on its way up.
    steps: Vec<Step>,
    what: String,
}

impl Fault {
    fn path(&self) -> Path {
        Path(self.steps.iter().rev().cloned().collect())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.steps.is_empty() { f.write_str(&self.what) } else { write!(f, "{}: {}", self.path(), self.what) }
    }
}

macro_rules! fault {
    ($name:ident) => {
        impl $name {
            pub(super) fn new(what: impl Into<String>) -> Self {
                Self(Fault { steps: Vec::new(), what: what.into() })
            }

            /// The same, seen from one step further out.
            pub(super) fn within(mut self, step: Step) -> Self {
                self.0.steps.push(step);
                self
            }

            /// Where in the value it is.
            pub fn path(&self) -> Path {
                self.0.path()
            }

            /// What is wrong there.
            pub fn what(&self) -> &str {
                &self.0.what
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::error::Error for $name {}
    };
}

fault!(DecodeError);
fault!(EncodeError);
