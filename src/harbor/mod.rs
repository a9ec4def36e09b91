//! harbor.

pub mod dialect;
