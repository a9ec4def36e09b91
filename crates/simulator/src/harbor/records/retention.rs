//! Retention policies.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A retention policy. Harbor itself makes one for every proxy project.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Retention {
    pub(crate) project_id: i64,
    /// The policy as the API shows it, but for its id and when it is run next.
    pub(crate) policy: Value,
}
