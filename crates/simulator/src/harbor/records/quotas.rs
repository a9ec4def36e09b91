//! Storage limits of projects.

use crate::harbor::clock::Time;
use serde::{Deserialize, Serialize};

/// The storage limit of a project.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Quota {
    pub(crate) project_id: i64,
    /// Bytes; -1 for no limit.
    pub(crate) hard: i64,
    /// Bytes.
    pub(crate) used: i64,
    pub(crate) creation_time: Time,
    pub(crate) update_time: Time,
}
