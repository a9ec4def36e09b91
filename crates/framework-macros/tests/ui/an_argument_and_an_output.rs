//! An argument and an output.

use terraform_framework_macros::Model;

/// Manages a thing.
#[derive(Model)]
#[model(type = "test_thing")]
struct Thing {
    /// Its name.
    #[attribute(required)]
    #[computed]
    name: String,
}

fn main() {}
