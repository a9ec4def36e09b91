//! Tests of the simulator from the outside: the recordings, the frame, and what recordings do not show.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

mod client;
mod control;
mod faults;
mod images;
mod process;
mod quay;
#[path = "../recorded/mod.rs"]
mod recorded;
mod registry;
mod replay;
mod upstreams;
