//! Everything that the simulated platform holds, as one value that can be dumped and replaced.

use jiff::Timestamp;
use rand::Rng;
use rand::distr::Alphanumeric;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// What a query answers about a project or a credential that does not exist. The public material does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unknown {
    /// Null, without an error.
    #[default]
    Null,
    /// Null, with an error beside it.
    Error,
}

/// How the simulated platform behaves. All but the login is part of the state, so that it can be changed while it runs.
#[derive(Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// User who can log in; `simulator` when absent. Only read when the platform is made, as the four below.
    #[serde(skip)]
    pub username: Option<String>,
    /// Password of the user; generated when absent.
    #[serde(skip)]
    pub password: Option<String>,
    /// Realm; `saagie` when absent.
    #[serde(skip)]
    pub realm: Option<String>,
    /// Number of the platform; 1 when absent.
    #[serde(skip)]
    pub platform_id: Option<u32>,
    /// HTTP status of a refused login. The public material says only that it is an error of the caller.
    pub refused_login_status: u16,
    /// Whether a credential that jobs or apps use can be deleted. The public material does not say.
    pub deletes_used: bool,
    /// What a query answers about something that does not exist.
    pub unknown: Unknown,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            username: None,
            password: None,
            realm: None,
            platform_id: None,
            refused_login_status: 401,
            deletes_used: false,
            unknown: Unknown::Null,
        }
    }
}

/// A moment with microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Time(pub(super) Timestamp);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.strftime("%Y-%m-%dT%H:%M:%S.%6fZ"))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

/// A job or an app that uses a credential.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) name: String,
}

/// A login to a container registry.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Credentials {
    pub(super) id: String,
    /// Null for Docker Hub.
    pub(super) registry: Option<String>,
    pub(super) username: String,
    /// Never answered; here so that tests see what was sent.
    pub(super) password: String,
    pub(super) last_update: Time,
    pub(super) jobs: Vec<User>,
    pub(super) apps: Vec<User>,
}

/// A project.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Project {
    pub(super) name: String,
    /// In the order in which they were made.
    pub(super) docker_credentials: Vec<Credentials>,
}

impl Project {
    /// The place of a credential.
    pub(super) fn place_of(&self, id: &str) -> Option<usize> {
        self.docker_credentials.iter().position(|credentials| credentials.id == id)
    }

    /// Whether another credential has this registry and username.
    pub(super) fn is_taken(&self, registry: Option<&str>, username: &str, but: Option<&str>) -> bool {
        let mut others = self.docker_credentials.iter().filter(|other| Some(other.id.as_str()) != but);
        others.any(|other| other.registry.as_deref() == registry && other.username == username)
    }
}

/// The whole state of the simulated platform.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    pub(super) settings: Options,
    pub(super) username: String,
    pub(super) password: String,
    pub(super) realm: String,
    pub(super) platform_id: u32,
    /// Tokens that are good; take one out and it has expired.
    pub(super) tokens: Vec<String>,
    /// The project that exists from the start.
    pub(super) first_project: String,
    pub(super) projects: BTreeMap<String, Project>,
}

/// A project that always has the same id.
const SECOND_PROJECT: &str = "00000000-0000-4000-8000-000000000002";

impl State {
    /// A platform with one user and two empty projects.
    pub(super) fn new(mut settings: Options) -> Self {
        let first_project = Uuid::new_v4().to_string();
        let generated = || rand::rng().sample_iter(Alphanumeric).take(24).map(char::from).collect();
        let project = Project { name: "Simulated project".into(), docker_credentials: Vec::new() };
        let second = Project { name: "Second project".into(), docker_credentials: Vec::new() };
        Self {
            username: settings.username.take().unwrap_or_else(|| "simulator".into()),
            password: settings.password.take().unwrap_or_else(generated),
            realm: settings.realm.take().unwrap_or_else(|| "saagie".into()),
            platform_id: settings.platform_id.take().unwrap_or(1),
            settings,
            tokens: Vec::new(),
            projects: BTreeMap::from([(first_project.clone(), project), (SECOND_PROJECT.to_owned(), second)]),
            first_project,
        }
    }
}

pub(super) fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
