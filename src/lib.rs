//! The plugin server of the Terraform providers for container registries.

pub mod plugin;
