//! Everything that the simulated server holds, as one value that can be dumped and replaced.

use super::configuration;
use super::version::Version;
use jiff::Timestamp;
use rand::Rng;
use rand::distr::Alphanumeric;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// How the simulated server behaves. Part of the state, so that it can be changed while the server runs.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// Simulated release. The permission table, rules for durations, the first version of the robot
    /// endpoints and the known settings depend on it.
    pub version: Version,
    /// Password of `admin`; generated when absent. Only read when the server is made.
    #[serde(skip)]
    pub admin_password: Option<String>,
    /// Whether answers to basic authentication set a `sid` cookie. Inferred from the web framework, so both are possible.
    pub session_cookie: bool,
    /// Whether a failed basic authentication locks the user's name for 1.5 s of the state's clock.
    pub lock_failed_logins: bool,
    /// Whether empty lists inside objects are left out. Servers were seen to send `[]`, and `null` for a list never
    /// made; the reading of the API description that drops them is the other possibility.
    pub omit_empty_lists: bool,
    /// Whether the configuration came from the server's environment, so that every change of it is refused.
    pub configuration_overwritten: bool,
    /// Beginnings of the URLs of registries that fail the health check when they are registered.
    pub unhealthy_registries: Vec<String>,
}

/// A moment, written as Harbor writes it: UTC with milliseconds. The default is Go's zero time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Time(pub(super) Timestamp);

impl Time {
    /// This moment plus a number of days.
    pub(super) fn plus_days(self, days: i64) -> Self {
        Self(
            Timestamp::from_second(self.0.as_second().saturating_add(days.saturating_mul(86_400)))
                .unwrap_or(Timestamp::MAX),
        )
    }

    /// This moment plus a number of milliseconds.
    pub(super) fn plus_millis(self, millis: i64) -> Self {
        Self(Timestamp::from_millisecond(self.0.as_millisecond().saturating_add(millis)).unwrap_or(Timestamp::MAX))
    }

    /// Seconds since 1970.
    pub(super) fn seconds(self) -> i64 {
        self.0.as_second()
    }
}

impl Default for Time {
    fn default() -> Self {
        const YEAR_ONE: i64 = -62_135_596_800;
        Self(Timestamp::from_second(YEAR_ONE).unwrap_or(Timestamp::UNIX_EPOCH))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.strftime("%Y-%m-%dT%H:%M:%S.%3fZ"))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

/// The server's clock: a fixed moment, or the machine's clock with an offset. Tests move it to reach an expiry.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Clock {
    /// The moment that it always is; null lets the machine's clock run.
    pub(super) fixed: Option<Time>,
    /// Seconds added to the machine's clock.
    pub(super) offset_seconds: i64,
}

/// A row that copies of the state share until one of them changes it: copying the state for a transaction stays cheap.
#[derive(Clone, Default)]
pub(super) struct Shared<T>(Arc<T>);

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for Shared<T> {
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}

impl<T: Serialize> Serialize for Shared<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Shared<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(|row| Self(Arc::new(row)))
    }
}

/// Rows by id. Ids are never given out twice, but for rows written into the state with an id still to come.
#[derive(Clone, Serialize, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub(super) struct Table<T> {
    next_id: i64,
    /// The rows.
    pub(super) rows: BTreeMap<i64, Shared<T>>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { next_id: 1, rows: BTreeMap::new() }
    }
}

impl<T: Clone> Table<T> {
    /// Adds a row and gives its id.
    pub(super) fn insert(&mut self, row: T) -> i64 {
        let highest = self.rows.last_key_value().map_or(0, |(id, _)| *id);
        let id = self.next_id.max(highest.saturating_add(1));
        self.next_id = id.saturating_add(1);
        self.rows.insert(id, Shared(Arc::new(row)));
        id
    }

    /// The row with an id.
    pub(super) fn get(&self, id: i64) -> Option<&T> {
        self.rows.get(&id).map(|row| &**row)
    }

    /// The row with an id, to change.
    pub(super) fn get_mut(&mut self, id: i64) -> Option<&mut T> {
        self.rows.get_mut(&id).map(|row| &mut **row)
    }

    /// All rows in the order of their ids.
    pub(super) fn iter(&self) -> impl Iterator<Item = (i64, &T)> {
        self.rows.iter().map(|(id, row)| (*id, &**row))
    }
}

/// A person who can log in.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct User {
    pub(super) username: String,
    pub(super) password: String,
    pub(super) email: String,
    pub(super) realname: String,
    pub(super) comment: String,
    pub(super) sysadmin: bool,
    pub(super) creation_time: Time,
    pub(super) update_time: Time,
}

/// Vulnerabilities that do not count, of a project or of the system.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Allowlist {
    /// Number of the row that Harbor keeps for it.
    pub(super) id: i64,
    pub(super) cve_ids: Vec<String>,
    /// Seconds since 1970; null for never.
    pub(super) expires_at: Option<i64>,
    pub(super) creation_time: Time,
    pub(super) update_time: Time,
}

/// A project. A deleted one stays as a row named `name#id`.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Project {
    pub(super) name: String,
    pub(super) owner_id: i64,
    /// The registry of a proxy cache; 0 for an ordinary project.
    pub(super) registry_id: i64,
    pub(super) deleted: bool,
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) allowlist: Allowlist,
    pub(super) creation_time: Time,
    pub(super) update_time: Time,
}

impl Project {
    /// Whether anybody may read it.
    pub(super) fn is_public(&self) -> bool {
        self.metadata.get("public").is_some_and(|value| matches!(value.to_lowercase().as_str(), "true" | "1"))
    }

    /// Whether it caches another registry.
    pub(super) fn is_proxy(&self) -> bool {
        self.registry_id > 0
    }
}

/// The role of a user in a project.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Member {
    pub(super) project_id: i64,
    pub(super) user_id: i64,
    /// 1 project admin, 2 developer, 3 guest, 4 maintainer, 5 limited guest.
    pub(super) role_id: i64,
}

/// The storage limit of a project.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Quota {
    pub(super) project_id: i64,
    /// Bytes; -1 for no limit.
    pub(super) hard: i64,
    /// Bytes.
    pub(super) used: i64,
    pub(super) creation_time: Time,
    pub(super) update_time: Time,
}

/// A repository. No endpoint makes one: pushes do, or a change of the state.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Repository {
    pub(super) project_id: i64,
    /// Name with the project's, as in `library/app`.
    pub(super) name: String,
    /// Kept escaped for HTML.
    pub(super) description: String,
    pub(super) artifact_count: i64,
    pub(super) pull_count: i64,
    /// Whether an immutable tag keeps it from being deleted.
    pub(super) immutable: bool,
    pub(super) creation_time: Time,
    pub(super) update_time: Time,
}

/// Another registry that projects can cache.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Registry {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) url: String,
    pub(super) description: String,
    pub(super) insecure: bool,
    pub(super) ca_certificate: String,
    pub(super) credential_type: String,
    pub(super) access_key: String,
    pub(super) access_secret: String,
    pub(super) status: String,
    pub(super) creation_time: Time,
    pub(super) update_time: Time,
}

/// A retention policy: made by Harbor itself for every proxy project.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Retention {
    pub(super) project_id: i64,
    /// The policy as the API shows it.
    pub(super) policy: Value,
}

/// One thing that a robot may do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Rule {
    /// `/system`, `/project/*` or `/project/<id>`.
    pub(super) scope: String,
    pub(super) resource: String,
    pub(super) action: String,
    /// As given: empty, `allow` or `deny`.
    pub(super) effect: String,
}

/// A robot account.
#[derive(Clone, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Robot {
    /// Name without the prefix: `ci`, or `project+ci`.
    pub(super) name: String,
    pub(super) description: String,
    /// In clear, so that tests can compare it. Empty for a legacy robot, which cannot log in or be edited.
    pub(super) secret: String,
    /// Days; -1 for ever.
    pub(super) duration: i64,
    /// 0 for a robot of the system.
    pub(super) project_id: i64,
    /// Seconds since 1970; -1 for never.
    pub(super) expires_at: i64,
    pub(super) disabled: bool,
    /// False for the robots that scanners use: they are left out of lists.
    pub(super) visible: bool,
    /// `local` for a user, `robot` for a robot.
    pub(super) creator_type: String,
    pub(super) creator_ref: i64,
    pub(super) permissions: Vec<Rule>,
    pub(super) creation_time: Time,
    pub(super) update_time: Time,
}

impl Default for Robot {
    fn default() -> Self {
        Self {
            name: String::new(),
            description: String::new(),
            secret: String::new(),
            duration: -1,
            project_id: 0,
            expires_at: -1,
            disabled: false,
            visible: true,
            creator_type: "local".into(),
            creator_ref: 1,
            permissions: Vec::new(),
            creation_time: Time::default(),
            update_time: Time::default(),
        }
    }
}

impl Robot {
    /// Whether it was made after the first version of robots, and so can be edited.
    pub(super) fn editable(&self) -> bool {
        !self.secret.is_empty()
    }
}

/// The whole state of the simulated server.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) settings: Options,
    #[serde(default)]
    pub(super) clock: Clock,
    /// Value by key; what is not here has its default.
    pub(super) configuration: BTreeMap<String, Value>,
    pub(super) system_allowlist: Allowlist,
    pub(super) users: Table<User>,
    pub(super) projects: Table<Project>,
    pub(super) members: Table<Member>,
    pub(super) quotas: Table<Quota>,
    pub(super) repositories: Table<Repository>,
    pub(super) registries: Table<Registry>,
    pub(super) retentions: Table<Retention>,
    pub(super) robots: Table<Robot>,
    /// User names that cannot log in, and until when.
    #[serde(default)]
    pub(super) locked: BTreeMap<String, Time>,
}

impl State {
    /// A fresh installation: the user `admin` and the public project `library`.
    pub(super) fn new(mut settings: Options) -> Self {
        let password = settings.admin_password.take().unwrap_or_else(generate_secret);
        let mut state = Self {
            settings,
            clock: Clock::default(),
            configuration: BTreeMap::new(),
            system_allowlist: Allowlist { id: 1, ..Allowlist::default() },
            users: Table::default(),
            projects: Table::default(),
            members: Table::default(),
            quotas: Table::default(),
            repositories: Table::default(),
            registries: Table::default(),
            retentions: Table::default(),
            robots: Table::default(),
            locked: BTreeMap::new(),
        };
        let now = state.now();
        let admin = state.users.insert(User {
            username: super::ADMIN.into(),
            password,
            email: "admin@example.com".into(),
            realname: "system admin".into(),
            comment: "admin user".into(),
            sysadmin: true,
            creation_time: now,
            update_time: now,
        });
        let metadata = BTreeMap::from([("public".to_owned(), "true".to_owned())]);
        state
            .add_project(Project { name: "library".into(), owner_id: admin, metadata, ..Project::default() }, Some(-1));
        state
    }

    /// The simulated release.
    pub(super) fn version(&self) -> Version {
        self.settings.version
    }

    /// What the server's clock says.
    pub(super) fn now(&self) -> Time {
        self.clock
            .fixed
            .unwrap_or_else(|| Time(Timestamp::now()).plus_millis(self.clock.offset_seconds.saturating_mul(1000)))
    }

    /// The value of a setting, or its default.
    pub(super) fn setting(&self, key: &str) -> Value {
        self.configuration.get(key).cloned().unwrap_or_else(|| configuration::default_of(key))
    }

    /// A setting that is a text.
    pub(super) fn text_setting(&self, key: &str) -> String {
        self.setting(key).as_str().unwrap_or_default().to_owned()
    }

    /// A setting that is a number.
    pub(super) fn number_setting(&self, key: &str) -> i64 {
        self.setting(key).as_i64().unwrap_or_default()
    }

    /// A setting that is a switch.
    pub(super) fn flag_setting(&self, key: &str) -> bool {
        self.setting(key).as_bool().unwrap_or_default()
    }

    /// A robot's name as it is shown: with the prefix of today, but for legacy ones.
    pub(super) fn full_name(&self, robot: &Robot) -> String {
        if robot.editable() {
            format!("{}{}", self.text_setting("robot_name_prefix"), robot.name)
        } else {
            robot.name.clone()
        }
    }

    /// Adds a project with its first member and its quota (bytes; none when absent).
    pub(super) fn add_project(&mut self, mut project: Project, storage: Option<i64>) -> i64 {
        let now = self.now();
        project.creation_time = now;
        project.update_time = now;
        let user_id = project.owner_id;
        let project_id = self.projects.insert(project);
        if let Some(project) = self.projects.get_mut(project_id) {
            project.allowlist.id = project_id.saturating_add(1);
        }
        self.members.insert(Member { project_id, user_id, role_id: 1 });
        if let Some(hard) = storage {
            self.quotas.insert(Quota { project_id, hard, used: 0, creation_time: now, update_time: now });
        }
        project_id
    }
}

/// 32 letters and digits with at least one of each kind, as Harbor makes a robot's secret.
pub(super) fn generate_secret() -> String {
    loop {
        let secret: String = rand::rng().sample_iter(Alphanumeric).take(32).map(char::from).collect();
        if super::robot_rules::has_every_kind(&secret) {
            return secret;
        }
    }
}
