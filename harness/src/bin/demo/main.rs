//! Demonstration.
fn main() {}
