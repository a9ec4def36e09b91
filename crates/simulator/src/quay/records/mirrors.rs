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
