//! Tests of the whole, from outside: engine, protocol, services.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod architecture;
mod authored;
mod bad_input;
mod bounds;
mod collections;
mod core;
mod coverage;
mod docs;
mod engine;
mod environment;
mod faults;
mod harbor;
mod macros;
mod plugin;
mod promises;
mod quay;
#[cfg(target_os = "linux")]
mod release;
mod requests;
mod saagie;
mod scopes;
mod secrets;
mod world;
