//! What the simulated Quay holds: users, organizations, teams, robots, repositories, quotas.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::credentials::Application;
use super::images::{Images, Tag};
use super::org_mirror::OrgMirror;
use super::policies::Policies;
use super::prototypes::Prototype;
use super::proxy_cache::ProxyCache;

mod builds;
mod mirrors;
mod notifications;

pub use builds::{Build, DroppedFile, Remote, Trigger};
pub use mirrors::{Mirror, SyncStatus};
pub use notifications::ExternalNotification;

/// Seconds after which an untagged image goes, unless a namespace says otherwise.
const TAG_EXPIRATION: u64 = 14 * 24 * 60 * 60;

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

/// What users and organizations have in common.
#[derive(Clone, Serialize, Deserialize)]
pub struct Namespace {
    /// Tells the order of creation.
    pub number: u64,
    /// E-mail address.
    pub email: Option<String>,
    /// Whether invoices are sent.
    pub invoice_email: bool,
    /// Where invoices are sent instead.
    pub invoice_email_address: Option<String>,
    /// Seconds for which deleted tags are kept.
    pub tag_expiration_s: u64,
    /// Its own quota.
    pub quota: Option<Quota>,
    /// Bytes that its repositories hold.
    pub quota_bytes: u64,
    /// How far the count of those bytes is: waiting, running, complete.
    pub backfill_status: String,
    /// Policies about tags of all its repositories.
    #[serde(default)]
    pub policies: Policies,
    /// Whom to tell of what, by UUID.
    #[serde(default)]
    pub external_notifications: BTreeMap<String, ExternalNotification>,
}

/// A user.
#[derive(Clone, Serialize, Deserialize)]
pub struct User {
    /// What it shares with organizations.
    #[serde(flatten)]
    pub namespace: Namespace,
    /// Whether the user may log in.
    pub enabled: bool,
    /// Whether the e-mail address was confirmed.
    pub verified: bool,
    /// Company, family name, given name, location.
    #[serde(default)]
    pub profile: Profile,
    /// What the web interface asks at the next login.
    #[serde(default)]
    pub prompts: Vec<String>,
    /// What logs in to the web pages.
    #[serde(default)]
    pub password: String,
    /// Services whose logins are the user's too.
    #[serde(default)]
    pub logins: Vec<String>,
    /// How often the user was logged out of the web pages everywhere.
    #[serde(default)]
    pub sign_outs: u64,
    /// How often the user was sent an e-mail with which to choose another password.
    #[serde(default)]
    pub recovery_emails: u64,
    /// Invitations that the user was told of, the oldest first. They stay when the invitation is taken back.
    #[serde(default)]
    pub notifications: Vec<Notification>,
}

impl User {
    /// A new one, who may log in, and has no password here.
    pub fn new(namespace: Namespace) -> Self {
        Self {
            namespace,
            enabled: true,
            verified: true,
            profile: Profile::default(),
            prompts: Vec::new(),
            password: String::new(),
            logins: Vec::new(),
            sign_outs: 0,
            recovery_emails: 0,
            notifications: Vec::new(),
        }
    }
}

/// A notice on the web pages.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Its id.
    pub uuid: String,
    /// The text.
    pub content: String,
    /// `text/plain` or `text/markdown`.
    pub media_type: String,
    /// `info`, `warning` or `error`.
    pub severity: String,
}

/// A key with which a service signs. Nobody keeps the private half.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceKey {
    /// Tells the order of creation.
    pub number: u64,
    /// What it is called.
    pub name: String,
    /// Who signs with it.
    pub service: String,
    /// Public half: the modulus, in base64.
    pub modulus: String,
    /// Whatever its maker wanted to note, and what the server notes.
    pub metadata: Map<String, Value>,
    /// When it was made, in seconds.
    pub created: i64,
    /// When it ends, in seconds; null for never.
    pub expiration: Option<i64>,
    /// Who let it in; nobody yet of a key that a service brought itself.
    pub approval: Option<Approval>,
}

/// That a service key may be used.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// `SUPERUSER`, `KEY_ROTATION` or `AUTOMATIC`.
    pub kind: String,
    /// The superuser.
    pub approver: Option<String>,
    /// When, in seconds.
    pub date: i64,
    /// Why.
    pub notes: String,
}

/// What tells a user of an invitation to a team.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notification {
    /// Its id.
    pub id: String,
    /// When it was sent, as the API shows it.
    pub created: String,
    /// Code of the invitation.
    pub code: String,
    /// Who invited.
    pub inviter: String,
    /// The team's organization.
    pub organization: String,
    /// The team.
    pub team: String,
    /// Whether the user has put it away.
    #[serde(default)]
    pub dismissed: bool,
}

/// What users tell about themselves.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Profile {
    /// Company.
    pub company: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// Given name.
    pub given_name: Option<String>,
    /// Location.
    pub location: Option<String>,
}

/// An organization.
#[derive(Serialize, Deserialize)]
pub struct Organization {
    /// What it shares with users.
    #[serde(flatten)]
    pub namespace: Namespace,
    /// Teams by name.
    pub teams: BTreeMap<String, Team>,
    /// Default permissions by id.
    #[serde(default)]
    pub prototypes: BTreeMap<String, Prototype>,
    /// The registry that it is a cache of.
    #[serde(default)]
    pub proxy_cache: Option<ProxyCache>,
    /// The registry that it mirrors.
    #[serde(default)]
    pub mirror: Option<OrgMirror>,
    /// OAuth applications, the oldest first.
    #[serde(default)]
    pub applications: Vec<Application>,
}

impl Organization {
    /// A new one.
    pub fn new(namespace: Namespace, teams: BTreeMap<String, Team>) -> Self {
        Self {
            namespace,
            teams,
            prototypes: BTreeMap::new(),
            proxy_cache: None,
            mirror: None,
            applications: Vec::new(),
        }
    }
}

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

/// A limit on what a namespace may hold.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// Its id.
    pub id: u64,
    /// The limit.
    pub limit_bytes: u64,
    /// What happens on the way to it.
    pub limits: Vec<QuotaLimit>,
}

/// What happens at a part of a quota.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuotaLimit {
    /// Its id.
    pub id: u64,
    /// Warning or Reject.
    #[serde(rename = "type")]
    pub kind: LimitKind,
    /// The part, in percent.
    pub limit_percent: i64,
}

/// What happens when a quota limit is reached.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LimitKind {
    /// Owners are told.
    Warning,
    /// Pushes are refused.
    Reject,
}

impl Namespace {
    /// A namespace without settings of its own.
    pub fn new(number: u64, email: Option<String>) -> Self {
        Self {
            number,
            email,
            invoice_email: false,
            invoice_email_address: None,
            tag_expiration_s: TAG_EXPIRATION,
            quota: None,
            quota_bytes: 0,
            backfill_status: "waiting".into(),
            policies: Policies::default(),
            external_notifications: BTreeMap::new(),
        }
    }
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
