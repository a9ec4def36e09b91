//! No documentation of the model.

use container_registries::framework::Model;

#[derive(Model)]
#[model(type = "test_thing")]
struct Thing {
    /// Its name.
    #[arg(required)]
    name: String,
}

fn main() {}
