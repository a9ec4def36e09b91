//! Not a struct.

use terraform_container_registries_macros::Model;

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
