//! Usage logs.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Something that was done.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogEntry {
    /// What.
    pub kind: String,
    /// When (RFC 3339).
    pub time: String,
    /// In whose namespace; null for nobody's, which is shown as that of one who is not there any more.
    #[serde(default)]
    pub namespace: Option<String>,
    /// In which of its repositories.
    #[serde(default)]
    pub repository: Option<String>,
    /// By whom.
    #[serde(default)]
    pub performer: Option<String>,
    /// What else there is to know.
    #[serde(default)]
    pub metadata: Map<String, Value>,
}
