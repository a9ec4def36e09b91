//! Teams of organizations.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a team may do in its organization.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TeamRole {
    /// See it.
    Member,
    /// Create repositories.
    Creator,
    /// Everything.
    Admin,
}

/// A team.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Team {
    /// Tells the order of creation.
    pub number: u64,
    /// What it may do.
    pub role: TeamRole,
    /// Markdown.
    pub description: String,
    /// Names of users and full names of robots, in the order in which they joined.
    pub members: Vec<String>,
    /// Who was asked to join.
    #[serde(default)]
    pub invites: Vec<Invite>,
    /// The group of a directory that its users are taken from.
    #[serde(default)]
    pub sync: Option<TeamSync>,
}

/// A group of a directory that a team follows.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TeamSync {
    /// `ldap`, `oidc` or `keystone`: what the server authenticated users with when it was set up.
    pub service: String,
    /// What names the group there, as it was sent.
    pub group: Map<String, Value>,
    /// When the members were last taken over; null before the first time.
    #[serde(default)]
    pub last_updated: Option<String>,
}

/// An invitation to a team.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invite {
    /// What accepts it.
    pub code: String,
    /// The invited user; or else
    pub user: Option<String>,
    /// the e-mail address that was invited.
    pub email: Option<String>,
}
