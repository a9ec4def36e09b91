//! Everything that the simulated server holds, as one value that can be dumped and replaced.

use super::clock::{Clock, Time};
use super::configuration_keys;
use super::records::{
    ADMIN, ANONYMOUS, Allowlist, Label, Member, Project, Quota, Registry, Repository, Retention, Robot, User, UserGroup,
};
use super::secrets::generate_secret;
use super::table::Table;
use super::version::Version;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How the simulated server behaves. Part of the state, so that it can be changed while the server runs.
#[derive(Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Simulated release. The permission table, rules for durations, the first version of the robot
    /// endpoints and the known settings depend on it.
    pub version: Version,
    /// Password of `admin`; generated when absent. Only read when the server is made.
    #[serde(skip)]
    pub admin_password: Option<String>,
    /// Whether answers begin a session by a `sid` cookie, as real servers do.
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

impl Default for Options {
    fn default() -> Self {
        Self {
            version: Version::default(),
            admin_password: None,
            session_cookie: true,
            lock_failed_logins: false,
            omit_empty_lists: false,
            configuration_overwritten: false,
            unhealthy_registries: Vec::new(),
        }
    }
}

/// The whole state of the simulated server.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    pub(super) settings: Options,
    #[serde(default)]
    pub(super) clock: Clock,
    /// Value by key; what is not here has its default.
    pub(super) configuration: BTreeMap<String, Value>,
    pub(super) system_allowlist: Allowlist,
    pub(super) users: Table<User>,
    #[serde(default)]
    pub(super) user_groups: Table<UserGroup>,
    pub(super) projects: Table<Project>,
    pub(super) members: Table<Member>,
    pub(super) quotas: Table<Quota>,
    pub(super) repositories: Table<Repository>,
    pub(super) registries: Table<Registry>,
    pub(super) retentions: Table<Retention>,
    pub(super) robots: Table<Robot>,
    #[serde(default)]
    pub(super) labels: Table<Label>,
    /// The number that the next allowlist gets.
    #[serde(default)]
    pub(super) next_allowlist: i64,
    /// Users who are logged in, by session.
    #[serde(default)]
    pub(super) sessions: BTreeMap<String, i64>,
    /// Sessions that were logged out.
    #[serde(default)]
    pub(super) ended_sessions: BTreeSet<String>,
    /// Until when the process is down, after it has ended.
    #[serde(default)]
    pub(super) down_until: Option<Time>,
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
            system_allowlist: Allowlist::default(),
            users: Table::default(),
            user_groups: Table::default(),
            projects: Table::default(),
            members: Table::default(),
            quotas: Table::default(),
            repositories: Table::default(),
            registries: Table::default(),
            retentions: Table::default(),
            robots: Table::default(),
            labels: Table::default(),
            next_allowlist: 1,
            sessions: BTreeMap::new(),
            ended_sessions: BTreeSet::new(),
            down_until: None,
            locked: BTreeMap::new(),
        };
        let now = state.now();
        let admin = state.users.insert(User {
            username: ADMIN.into(),
            password,
            email: String::new(),
            realname: "system admin".into(),
            comment: "admin user".into(),
            sysadmin: true,
            creation_time: now,
            update_time: now,
            deleted: false,
        });
        // Harbor keeps a row for whoever is not logged in. It has no password, so nobody logs in with it.
        state.users.insert(User {
            username: ANONYMOUS.into(),
            realname: "anonymous user".into(),
            creation_time: now,
            update_time: now,
            deleted: true,
            ..User::default()
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
        self.configuration.get(key).cloned().unwrap_or_else(|| configuration_keys::default_of(key))
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

    /// The number of another allowlist.
    pub(super) fn take_allowlist_id(&mut self) -> i64 {
        let id = self.next_allowlist.max(1);
        self.next_allowlist = id.saturating_add(1);
        id
    }

    /// Ids that a write took are not given back when it fails.
    pub(super) fn skip_ids_of(&mut self, other: &Self) {
        self.users.skip_ids_of(&other.users);
        self.user_groups.skip_ids_of(&other.user_groups);
        self.projects.skip_ids_of(&other.projects);
        self.members.skip_ids_of(&other.members);
        self.quotas.skip_ids_of(&other.quotas);
        self.registries.skip_ids_of(&other.registries);
        self.retentions.skip_ids_of(&other.retentions);
        self.robots.skip_ids_of(&other.robots);
        self.labels.skip_ids_of(&other.labels);
    }

    /// Name of a user, as objects that belong to the user show it.
    pub(super) fn username(&self, id: i64) -> String {
        let user = self.users.get(id).filter(|user| !user.deleted);
        user.map(|user| user.username.clone()).unwrap_or_default()
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
        project.allowlist.id = self.take_allowlist_id();
        let project_id = self.projects.insert(project);
        self.members.insert(Member { project_id, user_id, role_id: 1, ..Member::default() });
        if let Some(hard) = storage {
            self.quotas.insert(Quota { project_id, hard, used: 0, creation_time: now, update_time: now });
        }
        project_id
    }
}
