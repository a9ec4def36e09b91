//! No documentation of a field.

use terraform_framework_macros::Model;

/// Manages a thing.
#[derive(Model)]
#[model(type = "test_thing")]
struct Thing {
    #[attribute(required)]
    name: String,
}

fn main() {}
