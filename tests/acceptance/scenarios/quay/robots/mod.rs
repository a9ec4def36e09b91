//! Robots.

pub mod ephemeral_token;
pub mod replacement;
