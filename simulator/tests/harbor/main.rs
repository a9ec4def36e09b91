//! The simulated Harbor server, seen over HTTP: each rule of the API that a client can notice has a row here.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod access;
mod configuration;
mod projects;
mod robot_identity;
mod robots;
mod robots_v1;
mod support;
mod wire;
