//! A rule of something else.

use terraform_framework_macros::Model;

/// Manages a thing.
#[derive(Model)]
#[model(type = "test_thing", conflicting(color, colour))]
struct Thing {
    /// Its color.
    #[attribute(optional, unknown_on_change_of("sise"))]
    color: Option<String>,
}

fn main() {}
