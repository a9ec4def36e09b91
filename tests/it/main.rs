//! Tests of the whole, from outside: engine, protocol, services.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod access;
mod administration;
mod architecture;
mod authored;
mod bad_input;
mod bounds;
mod collections;
mod content;
mod core;
mod coverage;
mod docs;
mod environment;
mod faults;
mod features;
mod harbor_safety;
mod macros;
mod mirrors;
mod others;
mod plugin;
mod promises;
mod quay_policies;
mod quay_releases;
mod quay_servers;
#[cfg(target_os = "linux")]
mod release;
mod requests;
mod scopes;
mod secrets;
mod thing;
mod world;
