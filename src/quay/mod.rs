//! quay.

pub mod dialect;
