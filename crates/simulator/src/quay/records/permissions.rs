//! Roles in repositories, and the permissions that new repositories begin with.

use serde::{Deserialize, Serialize};

/// What somebody may do with a repository.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Pull.
    Read,
    /// Push.
    Write,
    /// Everything.
    Admin,
}

/// A permission that everybody or somebody's new repositories begin with.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prototype {
    /// Tells the order of the last changes: the earliest of several for one delegate counts.
    pub touched: u64,
    /// Whose new repositories get it; everybody's if it is not set.
    pub activating_user: Option<String>,
    /// The user or robot who gets it; or else
    pub user: Option<String>,
    /// the team that gets it.
    pub team: Option<String>,
    /// What it allows.
    pub role: Role,
}
