//! Values as MessagePack: how they travel between Terraform and a provider. Driven by a type, as the bytes alone do not
//! tell a list from a set, or text from a large number.

mod decode;
mod encode;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;

pub use decode::decode;
pub use encode::encode;

/// The extension that says what is known of an unknown value; every other one just says that it is unknown.
const REFINED: i8 = 12;
/// Longest extension of that kind that is read.
const MAX_REFINEMENT: usize = 1024;
/// Longest prefix of a text that is sent, in bytes.
const MAX_PREFIX: usize = 256;

/// Keys of what is known of an unknown value.
mod key {
    pub(super) const NULL: i64 = 1;
    pub(super) const PREFIX: i64 = 2;
    pub(super) const LOWER: i64 = 3;
    pub(super) const UPPER: i64 = 4;
    pub(super) const MIN_LENGTH: i64 = 5;
    pub(super) const MAX_LENGTH: i64 = 6;
}
