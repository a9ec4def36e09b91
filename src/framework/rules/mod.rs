//! Placeholder until merged.
use super::{Path, Value, schema::Schema};
/// V
pub struct Violation {
    /// p
    pub path: Path,
    /// r
    pub rule: String,
}
/// x
pub fn assert_plan_valid(_: &Schema, _: &Value, _: &Value, _: &Value) -> Vec<Violation> {
    vec![]
}
/// x
pub fn assert_object_compatible(_: &Schema, _: &Value, _: &Value) -> Vec<Violation> {
    vec![]
}
