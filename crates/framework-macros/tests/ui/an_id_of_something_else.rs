//! An id of something else.

use terraform_framework_macros::Model;

/// Manages a thing.
#[derive(Model)]
#[model(type = "test_thing", id = "{owner}/{nmae}", identity(nmae))]
struct Thing {
    /// Its owner.
    #[attribute(required)]
    owner: String,
    /// Its name.
    #[attribute(required)]
    name: String,
}

fn main() {}
