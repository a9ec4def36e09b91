//! Required with a default.

use terraform_framework_macros::Model;

/// Manages a thing.
#[derive(Model)]
#[model(type = "test_thing")]
struct Thing {
    /// Its color.
    #[attribute(required, default = "red")]
    color: String,
    /// Its size.
    #[attribute(optional, computed, default = 3)]
    size: i64,
    /// Its shape.
    #[attribute]
    shape: String,
}

fn main() {}
