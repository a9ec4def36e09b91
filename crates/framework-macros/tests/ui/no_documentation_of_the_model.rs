//! No documentation of the model.

use terraform_framework_macros::Model;

#[derive(Model)]
#[model(type = "test_thing")]
struct Thing {
    /// Its name.
    #[attribute(required)]
    name: String,
}

fn main() {}
