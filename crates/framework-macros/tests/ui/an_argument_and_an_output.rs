//! An argument and an output.

use terraform_container_registries_macros::Model;

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
