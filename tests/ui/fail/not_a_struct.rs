//! Not a struct.

use container_registries::framework::Model;

/// Manages a thing.
#[derive(Model)]
#[model(type = "test_thing")]
enum Thing {
    One,
}

/// Manages another thing.
#[derive(Model)]
#[model(type = "test_thing")]
struct Other(String);

fn main() {}
