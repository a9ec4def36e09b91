//! Stands in for Quay, Harbor and Saagie servers.

pub mod harbor;
pub mod quay;
pub mod saagie;
