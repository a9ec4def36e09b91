//! The Terraform provider `quay`.

use std::process::ExitCode;

use container_registries::plugin::{self, Plugin};

fn main() -> ExitCode {
    plugin::main(Plugin {
        name: "quay",
        address: "registry.terraform.io/container-registries/quay",
        version: env!("CARGO_PKG_VERSION"),
        provider: registry_quay::provider,
    })
}
