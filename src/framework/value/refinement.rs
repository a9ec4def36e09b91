//! What is known of an unknown value.

/// What is known of an unknown value. The default says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Refinement {
    /// It is not null.
    pub not_null: bool,
}
