//! Projects and who belongs to them.

use super::allowlists::Allowlist;
use crate::harbor::clock::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A project. A deleted one stays as a row named `name#id`.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Project {
    pub(crate) name: String,
    pub(crate) owner_id: i64,
    /// The registry of a proxy cache; 0 for an ordinary project.
    pub(crate) registry_id: i64,
    pub(crate) deleted: bool,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) allowlist: Allowlist,
    pub(crate) creation_time: Time,
    pub(crate) update_time: Time,
}

impl Project {
    /// Whether anybody may read it.
    pub(crate) fn is_public(&self) -> bool {
        self.metadata.get("public").is_some_and(|value| matches!(value.to_lowercase().as_str(), "true" | "1"))
    }

    /// Whether it caches another registry.
    pub(crate) fn is_proxy(&self) -> bool {
        self.registry_id > 0
    }
}

/// The role of a user or a group in a project.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Member {
    pub(crate) project_id: i64,
    /// 0 for a group.
    pub(crate) user_id: i64,
    /// 0 for a user.
    pub(crate) group_id: i64,
    /// 1 project admin, 2 developer, 3 guest, 4 maintainer, 5 limited guest. Another is kept, and shown nowhere.
    pub(crate) role_id: i64,
}
