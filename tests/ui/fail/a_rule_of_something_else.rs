//! A rule of something else.

use container_registries::framework::Model;

/// Manages a thing.
#[derive(Model)]
#[model(type = "test_thing", conflicting(color, colour))]
struct Thing {
    /// Its color.
    #[arg(optional, unless_changed("sise"))]
    color: Option<String>,
}

fn main() {}
