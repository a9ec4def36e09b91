//! Scopes that several areas name.

/// What requests of superusers need.
pub const SUPERUSER: &str = "super:user (and its user must be a superuser)";
