//! The engine, by a resource whose server is a value in memory.

pub(crate) mod fixture;
mod parity;
