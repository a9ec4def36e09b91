//! The Terraform provider `saagie`.

use std::process::ExitCode;

use container_registries::plugin::{self, Plugin};

fn main() -> ExitCode {
    plugin::main(Plugin {
        name: "saagie",
        address: "registry.terraform.io/container-registries/saagie",
        version: env!("CARGO_PKG_VERSION"),
        provider: registry_saagie::provider,
    })
}
