//! Labels.

use crate::harbor::clock::Time;
use serde::{Deserialize, Serialize};

/// A label, of all projects or of one.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Label {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) color: String,
    /// `g` for all projects, `p` for one.
    pub(crate) scope: String,
    /// 0 for all projects.
    pub(crate) project_id: i64,
    pub(crate) creation_time: Time,
    pub(crate) update_time: Time,
}
