//! A rule of something else.

use terraform_container_registries_macros::Model;

/// Manages a thing.
#[derive(Model)]
#[model(type = "test_thing", conflicting(color, colour))]
struct Thing {
    /// Its color.
    #[attribute(optional, unknown_on_change_of("sise"))]
    color: Option<String>,
}

fn main() {}
