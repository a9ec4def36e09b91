//! Tests of the whole: engine, protocol, services.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod core;
mod features;
mod thing;
