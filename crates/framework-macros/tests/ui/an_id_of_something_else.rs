//! An id of something else.

use terraform_container_registries_macros::Model;

/// Manages a thing.
#[derive(Model)]
#[model(type = "test_thing", id = "{owner}/{nmae}", identity(nmae))]
struct Thing {
    /// Its owner.
    #[arg(required)]
    owner: String,
    /// Its name.
    #[arg(required)]
    name: String,
}

fn main() {}
