//! What the simulated Quay holds: users, organizations, teams, robots, repositories, quotas.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::images::{Images, Tag};
use super::policies::Policies;

mod builds;
mod mirrors;
mod namespaces;
mod notifications;
mod organizations;
mod server;
mod users;

pub use builds::{Build, DroppedFile, Remote, Trigger};
pub use mirrors::{Mirror, SyncStatus};
pub use namespaces::{LimitKind, Namespace, Quota, QuotaLimit};
pub use notifications::ExternalNotification;
pub use organizations::{Invite, Organization, Team, TeamRole, TeamSync};
pub use server::{Approval, Message, ServiceKey};
pub use users::{Notification, Profile, User};

/// An OAuth access token.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// A name for tests to find it by; clients do not see it.
    pub label: String,
    /// Whose rights it has.
    pub user: String,
    /// Scopes to which those rights are cut.
    pub scopes: Vec<String>,
    /// Whether its time is over.
    #[serde(default)]
    pub expired: bool,
}

/// A robot account.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Robot {
    /// Tells the order of the last changes, in which lists come.
    pub touched: u64,
    /// When it was made, as the API shows it.
    pub created: String,
    /// When its token was last used.
    pub last_accessed: Option<String>,
    /// What it is for.
    pub description: String,
    /// Its password.
    pub token: String,
    /// Whatever its maker wanted to note.
    pub unstructured_metadata: Value,
    /// Issuers and subjects whose tokens may be exchanged for one of this robot.
    #[serde(default)]
    pub federation: Vec<Federation>,
}

/// An identity that may become a robot.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Federation {
    /// Who vouches.
    pub issuer: String,
    /// For whom.
    pub subject: String,
}

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

/// Whether a repository can be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RepositoryState {
    /// It can.
    Normal,
    /// It can not.
    ReadOnly,
    /// Only by mirroring.
    Mirror,
}

/// A repository.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repository {
    /// Tells the order of creation.
    pub number: u64,
    /// Markdown.
    pub description: String,
    /// Whether everybody may pull.
    pub is_public: bool,
    /// Whether it can be written.
    pub state: RepositoryState,
    /// Opens its status badge.
    pub status_token: String,
    /// Roles of users and robots (full names).
    pub users: BTreeMap<String, Role>,
    /// Roles of teams of its organization.
    pub teams: BTreeMap<String, Role>,
    /// Tags by name: those that there are, and those that ended by themselves.
    #[serde(default)]
    pub tags: BTreeMap<String, Tag>,
    /// What belongs to its images beside them.
    #[serde(default)]
    pub images: Images,
    /// Bytes that it holds.
    #[serde(default)]
    pub quota_bytes: u64,
    /// Policies about its tags.
    #[serde(default)]
    pub policies: Policies,
    /// What it mirrors.
    #[serde(default)]
    pub mirror: Option<Mirror>,
    /// Rules that creations of a mirror left behind when they failed.
    #[serde(default)]
    pub lost_mirror_rules: Vec<Vec<String>>,
    /// Whom to tell of what, by UUID.
    #[serde(default)]
    pub external_notifications: BTreeMap<String, ExternalNotification>,
    /// E-mail addresses that may be told, and whether their owners agreed.
    #[serde(default)]
    pub authorized_emails: BTreeMap<String, bool>,
    /// What starts builds, by UUID.
    #[serde(default)]
    pub triggers: BTreeMap<String, Trigger>,
    /// Builds by UUID.
    #[serde(default)]
    pub builds: BTreeMap<String, Build>,
    /// Users who marked it with a star.
    #[serde(default)]
    pub stars: BTreeSet<String>,
}

/// The present, as Quay shows most dates: RFC 2822 with two digits for the day and `-0000`.
pub fn now() -> String {
    rfc2822(Timestamp::now())
}

/// Seconds as Quay shows dates of service keys: like other dates, but with `GMT`.
pub fn gmt(seconds: i64) -> String {
    let time = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// A time as Quay shows most dates.
pub(super) fn rfc2822(time: Timestamp) -> String {
    time.strftime("%a, %d %b %Y %H:%M:%S -0000").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_two_digits() {
        assert_eq!(rfc2822(Timestamp::UNIX_EPOCH), "Thu, 01 Jan 1970 00:00:00 -0000");
    }
}
