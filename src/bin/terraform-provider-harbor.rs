//! The Terraform provider `harbor`.

use std::process::ExitCode;

use container_registries::plugin::{self, Plugin};

fn main() -> ExitCode {
    plugin::main(Plugin {
        name: "harbor",
        address: "registry.terraform.io/container-registries/harbor",
        version: env!("CARGO_PKG_VERSION"),
        provider: registry_harbor::provider,
    })
}
