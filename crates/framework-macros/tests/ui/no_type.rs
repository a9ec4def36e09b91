//! No type.

use terraform_framework_macros::Model;

/// Manages a thing.
#[derive(Model)]
struct Thing {
    /// Its name.
    #[attribute(required)]
    name: String,
}

/// Manages another thing.
#[derive(Model)]
#[model(id = "{name}")]
struct Other {
    /// Its name.
    #[attribute(required)]
    name: String,
}

fn main() {}
