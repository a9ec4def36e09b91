//! Tests of the whole, from outside: engine, protocol, services.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod architecture;
mod bad_input;
mod core;
mod docs;
mod faults;
mod features;
mod macros;
mod mirrors;
mod plugin;
mod requests;
mod secrets;
mod thing;
mod world;
