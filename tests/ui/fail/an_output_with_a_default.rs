//! An output with a default.

use container_registries::framework::{Model, Out};

/// Manages a thing.
#[derive(Model)]
#[model(type = "test_thing")]
struct Thing {
    /// Its color.
    #[out(default = "red")]
    color: Out<String>,
}

fn main() {}
