//! Not a struct.

use terraform_framework_macros::Model;

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
