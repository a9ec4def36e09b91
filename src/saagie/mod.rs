//! saagie.

pub mod dialect;
