//! Quay, by area.

pub mod builds;
pub mod robots;
