//! All that the simulated Quay holds. It serializes as a whole, so that tests can read and change everything.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Seconds after which an untagged image goes, unless a namespace says otherwise.
const TAG_EXPIRATION: u64 = 14 * 24 * 60 * 60;

/// The server's whole state.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Settings by the names that Quay's `config.yaml` has for them.
    pub config: Map<String, Value>,
    /// After so many requests the name of a deleted namespace is free again; null keeps it until garbage is collected by hand.
    pub collect_garbage_after: Option<u64>,
    /// Requests so far.
    pub requests: u64,
    /// The last number given to an object; numbers tell the order of creation and of change.
    pub last_number: u64,
    /// The last ids of quotas and of quota limits, which clients see.
    pub last_quota: u64,
    /// See [`last_quota`](Self::last_quota).
    pub last_quota_limit: u64,
    /// Tokens by their text.
    pub tokens: BTreeMap<String, Token>,
    /// Users by name.
    pub users: BTreeMap<String, User>,
    /// Organizations by name.
    pub organizations: BTreeMap<String, Organization>,
    /// Robots by full name: `namespace+name`.
    pub robots: BTreeMap<String, Robot>,
    /// Repositories by full name: `namespace/name`.
    pub repositories: BTreeMap<String, Repository>,
    /// Names of deleted namespaces, which are not free yet, with the number of the request that deleted them.
    pub reserved_names: BTreeMap<String, u64>,
    /// What `superuser/registrysize/` shows.
    pub registry_size_queued: bool,
}

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
    /// Invitations that the user was told of, the oldest first. They stay when the invitation is taken back.
    #[serde(default)]
    pub notifications: Vec<Notification>,
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
    /// Tags, as the API shows them.
    #[serde(default)]
    pub tags: Map<String, Value>,
    /// Bytes that it holds.
    #[serde(default)]
    pub quota_bytes: u64,
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
        }
    }
}

impl State {
    /// Another number, larger than all before.
    pub fn number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// Whether a feature is on. Features that the configuration does not name are off.
    pub fn feature(&self, name: &str) -> bool {
        self.config.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    /// A setting.
    pub fn setting(&self, name: &str) -> &Value {
        self.config.get(name).unwrap_or(&Value::Null)
    }

    /// A user or an organization.
    pub fn namespace(&self, name: &str) -> Option<&Namespace> {
        let organization = self.organizations.get(name).map(|organization| &organization.namespace);
        organization.or_else(|| self.users.get(name).map(|user| &user.namespace))
    }

    /// A user or an organization, to be changed.
    pub fn namespace_mut(&mut self, name: &str) -> Option<&mut Namespace> {
        match self.organizations.get_mut(name) {
            Some(organization) => Some(&mut organization.namespace),
            None => self.users.get_mut(name).map(|user| &mut user.namespace),
        }
    }

    /// Names and repositories of a namespace, in the order of creation.
    pub fn repositories_of<'a>(&'a self, namespace: &'a str) -> Vec<(&'a str, &'a Repository)> {
        let mut found: Vec<(&str, &Repository)> = self
            .repositories
            .iter()
            .filter_map(|(full, repository)| Some((full.strip_prefix(namespace)?.strip_prefix('/')?, repository)))
            .collect();
        found.sort_by_key(|(_, repository)| repository.number);
        found
    }

    /// Removes a namespace with all that belongs to it; its name stays reserved.
    pub fn remove_namespace(&mut self, name: &str) {
        self.organizations.remove(name);
        self.users.remove(name);
        let (robots, repositories) = (format!("{name}+"), format!("{name}/"));
        self.robots.retain(|full, _| !full.starts_with(&robots));
        self.repositories.retain(|full, _| !full.starts_with(&repositories));
        self.tokens.retain(|_, token| token.user != name);
        self.forget(|member| member == name || member.starts_with(&robots));
        self.reserved_names.insert(name.to_owned(), self.requests);
    }

    /// Takes permissions and memberships from users and robots.
    pub fn forget(&mut self, gone: impl Fn(&str) -> bool) {
        for repository in self.repositories.values_mut() {
            repository.users.retain(|user, _| !gone(user));
        }
        for team in self.organizations.values_mut().flat_map(|organization| organization.teams.values_mut()) {
            team.members.retain(|member| !gone(member));
            team.invites.retain(|invite| !invite.user.as_deref().is_some_and(&gone));
        }
    }

    /// Gives an organization another name; robots, repositories and all that refers to them follow.
    pub fn rename_organization(&mut self, from: &str, to: &str) {
        if let Some(organization) = self.organizations.remove(from) {
            self.organizations.insert(to.to_owned(), organization);
        }
        let new = |name: &str, separator: char| {
            let rest = name.strip_prefix(from).and_then(|rest| rest.strip_prefix(separator));
            rest.map(|rest| format!("{to}{separator}{rest}"))
        };
        let renamed = |name: &str| if name == from { Some(to.to_owned()) } else { new(name, '+') };
        self.robots = std::mem::take(&mut self.robots)
            .into_iter()
            .map(|(name, robot)| (new(&name, '+').unwrap_or(name), robot))
            .collect();
        self.repositories = std::mem::take(&mut self.repositories)
            .into_iter()
            .map(|(name, repository)| (new(&name, '/').unwrap_or(name), repository))
            .collect();
        for repository in self.repositories.values_mut() {
            repository.users = std::mem::take(&mut repository.users)
                .into_iter()
                .map(|(user, role)| (renamed(&user).unwrap_or(user), role))
                .collect();
        }
        for team in self.organizations.values_mut().flat_map(|organization| organization.teams.values_mut()) {
            for member in &mut team.members {
                if let Some(name) = renamed(member) {
                    *member = name;
                }
            }
        }
    }

    /// Frees names whose time has come, or all.
    pub fn collect_garbage(&mut self, all: bool) {
        let (now, after) = (self.requests, self.collect_garbage_after);
        self.reserved_names.retain(|_, deleted| !all && after.is_none_or(|after| now < deleted.saturating_add(after)));
    }
}

/// The present, as Quay shows most dates: RFC 2822 with `-0000`.
pub fn now() -> String {
    DateTimePrinter::new().timestamp_to_string(&Timestamp::now()).unwrap_or_default()
}

/// The settings that a new server has. Everything that the recordings' main server had on is on.
pub fn default_config() -> Map<String, Value> {
    const ON: &[&str] = &[
        "FEATURE_ANONYMOUS_ACCESS",
        "FEATURE_APP_SPECIFIC_TOKENS",
        "FEATURE_AUTO_PRUNE",
        "FEATURE_CHANGE_TAG_EXPIRATION",
        "FEATURE_EDIT_QUOTA",
        "FEATURE_IMMUTABLE_TAGS",
        "FEATURE_MAILING",
        "FEATURE_ORG_MIRROR",
        "FEATURE_PROXY_CACHE",
        "FEATURE_QUOTA_MANAGEMENT",
        "FEATURE_QUOTA_NOTIFICATIONS",
        "FEATURE_REPO_MIRROR",
        "FEATURE_REQUIRE_TEAM_INVITE",
        "FEATURE_SUPERUSERS_FULL_ACCESS",
        "FEATURE_SUPER_USERS",
        "FEATURE_TEAM_SYNCING",
        "FEATURE_USER_CREATION",
        "FEATURE_USER_RENAME",
    ];
    let mut config: Map<String, Value> = ON.iter().map(|name| ((*name).to_owned(), json!(true))).collect();
    config.extend([
        ("FEATURE_SUPERUSERS_ORG_CREATION_ONLY".to_owned(), json!(false)),
        ("SUPER_USERS".to_owned(), json!(["admin"])),
        ("ROBOTS_DISALLOW".to_owned(), json!(false)),
        ("REGISTRY_STATE".to_owned(), json!("normal")),
        ("DEFAULT_SYSTEM_REJECT_QUOTA_BYTES".to_owned(), json!(0)),
        ("TAG_EXPIRATION_OPTIONS".to_owned(), json!(["0s", "1d", "1w", "2w", "4w"])),
    ]);
    config
}
