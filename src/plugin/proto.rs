//! Code generated from `proto/`.

/// Terraform's plugin protocol, major version 6.
#[allow(missing_docs, unreachable_pub, dead_code, clippy::all, clippy::pedantic)]
pub mod tfplugin6 {
    include!(concat!(env!("OUT_DIR"), "/server/tfplugin6.rs"));
}

/// The services of go-plugin, the library with which Terraform runs its plugins.
#[allow(missing_docs, unreachable_pub, dead_code, clippy::all, clippy::pedantic)]
pub mod go_plugin {
    include!(concat!(env!("OUT_DIR"), "/server/plugin.rs"));
}

/// gRPC's health service.
#[allow(missing_docs, unreachable_pub, dead_code, clippy::all, clippy::pedantic)]
pub mod health {
    include!(concat!(env!("OUT_DIR"), "/server/grpc.health.v1.rs"));
}
