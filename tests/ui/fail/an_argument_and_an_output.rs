//! An argument and an output.

use container_registries::framework::Model;

/// Manages a thing.
#[derive(Model)]
#[model(type = "test_thing")]
struct Thing {
    /// Its name.
    #[arg(required)]
    #[out]
    name: String,
}

fn main() {}
