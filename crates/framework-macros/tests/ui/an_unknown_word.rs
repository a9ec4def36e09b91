//! An unknown word.

use terraform_framework_macros::Model;

/// Manages a thing.
#[derive(Model)]
#[model(type = "test_thing", identiy(name))]
struct Thing {
    /// Its name.
    #[attribute(required, replaces)]
    name: String,
}

fn main() {}
