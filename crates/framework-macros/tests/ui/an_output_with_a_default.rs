//! An output with a default.

use terraform_framework_macros::Model;

/// Manages a thing.
#[derive(Model)]
#[model(type = "test_thing")]
struct Thing {
    /// Its color.
    #[computed(default = "red")]
    color: String,
}

fn main() {}
