//! Terraform providers for container registries: Quay, Harbor and the Docker credentials of Saagie.
//!
//! Imports go one way: `bin -> plugin -> framework`, `quay | harbor | saagie -> framework, http`.

extern crate self as container_registries;

pub mod framework;
pub mod harbor;
pub mod http;
pub mod plugin;
pub mod quay;
pub mod saagie;
pub mod service;
