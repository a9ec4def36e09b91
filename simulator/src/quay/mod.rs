//! quay.
