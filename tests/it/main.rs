//! Tests of the whole, from outside: engine, protocol, services.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod core;
mod features;
mod plugin;
mod thing;
