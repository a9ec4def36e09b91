//! No documentation of a field.

use container_registries::framework::Model;

/// Manages a thing.
#[derive(Model)]
#[model(type = "test_thing")]
struct Thing {
    #[arg(required)]
    name: String,
}

fn main() {}
