//! Harbor, by area.

pub mod projects;
