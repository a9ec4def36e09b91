//! What the simulated Quay holds of mirrors.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How the last synchronization of a mirror went.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SyncStatus {
    /// There was none.
    NeverRun,
    /// It is asked for.
    SyncNow,
    /// It is going on.
    Syncing,
    /// It was cancelled.
    Cancel,
    /// It failed.
    Fail,
    /// It succeeded.
    Success,
}

/// What a repository mirrors.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mirror {
    /// Whether it is synchronized.
    pub is_enabled: bool,
    /// Where images come from.
    pub external_reference: String,
    /// Login there.
    pub username: Option<String>,
    /// Password there.
    pub password: Option<String>,
    /// TLS and proxies, as they were given.
    pub config: Value,
    /// Seconds between synchronizations.
    pub sync_interval: u64,
    /// When the next one is due.
    pub sync_start_date: String,
    /// When a running one is given up.
    pub sync_expiration_date: Option<String>,
    /// How often it is still tried.
    pub retries_remaining: u64,
    /// How the last one went.
    pub status: SyncStatus,
    /// Patterns of tags.
    pub rule: Vec<String>,
    /// Full name of the robot that pushes.
    pub robot: String,
    /// Seconds after which copying an image is given up.
    pub skopeo_timeout: u64,
    /// Architectures of images; empty for all.
    #[serde(default)]
    pub architectures: Vec<String>,
}

/// What an organization mirrors.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrgMirror {
    /// Whether it is mirrored at all.
    pub is_enabled: bool,
    /// `quay` or `harbor`.
    pub external_registry_type: String,
    /// Where the registry is.
    pub external_registry_url: String,
    /// What is mirrored of it.
    pub external_namespace: String,
    /// Who logs in there.
    pub external_registry_username: Option<String>,
    /// With which password; never shown.
    pub password: Option<String>,
    /// `verify_tls`, `proxy`: as they were sent.
    pub external_registry_config: Value,
    /// Patterns of names.
    pub repository_filters: Vec<String>,
    /// Full name of the robot that makes the repositories.
    pub robot_username: String,
    /// Of the repositories that it makes.
    pub visibility: String,
    /// Seconds.
    pub sync_interval: i64,
    /// As it was sent, or as the server set it.
    pub sync_start_date: String,
    /// `NEVER_RUN`, `SYNC_NOW`, `CANCEL`, ...
    pub sync_status: String,
    /// How often a failed synchronization is tried again.
    pub sync_retries_remaining: u64,
    /// When the running synchronization is given up.
    pub sync_expiration_date: Option<String>,
    /// Seconds.
    pub skopeo_timeout: i64,
    /// When it was made.
    pub created: String,
    /// What was found in the registry, as the API shows it.
    #[serde(default)]
    pub repositories: Vec<Value>,
}
