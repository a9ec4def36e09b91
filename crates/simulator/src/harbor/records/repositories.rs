//! Repositories.

use crate::harbor::clock::Time;
use serde::{Deserialize, Serialize};

/// A repository. No endpoint makes one: pushes do, or a change of the state.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Repository {
    pub(crate) project_id: i64,
    /// Name with the project's, as in `library/app`.
    pub(crate) name: String,
    /// Kept escaped for HTML.
    pub(crate) description: String,
    pub(crate) artifact_count: i64,
    pub(crate) pull_count: i64,
    /// Bytes that count against the project's limit, and are free again when it is deleted.
    pub(crate) size: i64,
    /// Whether an immutable tag keeps it from being deleted.
    pub(crate) immutable: bool,
    pub(crate) creation_time: Time,
    pub(crate) update_time: Time,
}
