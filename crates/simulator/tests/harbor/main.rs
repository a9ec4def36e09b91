//! The simulated Harbor server, seen over HTTP: each rule of the API that a client can notice has a row here.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

mod access;
mod configuration;
mod projects;
#[path = "../recorded/mod.rs"]
mod recorded;
mod replay;
mod retention;
mod robot_identity;
mod robots;
mod robots_v1;
mod support;
mod wire;
