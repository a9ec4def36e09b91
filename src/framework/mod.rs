//! framework.
