//! Tests of the whole, from outside.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod plugin;
