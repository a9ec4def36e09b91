//! Vulnerabilities that do not count.

use crate::harbor::clock::Time;
use serde::{Deserialize, Serialize};

/// Vulnerabilities that do not count, of a project or of the system.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Allowlist {
    /// Number of the row that Harbor keeps for it.
    pub(crate) id: i64,
    pub(crate) cve_ids: Vec<String>,
    /// Seconds since 1970; null for never.
    pub(crate) expires_at: Option<i64>,
    pub(crate) creation_time: Time,
    pub(crate) update_time: Time,
}
