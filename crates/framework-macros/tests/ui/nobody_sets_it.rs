//! Nobody sets it.

use terraform_framework_macros::{Model, Nested};

/// Manages a thing.
#[derive(Model)]
#[model(type = "test_thing")]
struct Thing {
    /// Its name.
    name: String,
}

/// A part.
#[derive(Nested)]
struct Part {
    /// What kind of part it is.
    kind: String,
}

fn main() {}
