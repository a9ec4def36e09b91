//! What the simulated Quay holds of notifications.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something that somebody is to be told of.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExternalNotification {
    /// Tells the order of creation.
    pub number: u64,
    /// For people.
    pub title: Option<String>,
    /// What has to happen.
    pub event: String,
    /// How it is told.
    pub method: String,
    /// To whom, as the method wants it.
    pub config: Value,
    /// More about what has to happen.
    pub event_config: Value,
    /// How often telling failed.
    pub number_of_failures: u64,
    /// How often a test was asked for.
    #[serde(default)]
    pub tests: u64,
    /// How often the failures were forgotten.
    #[serde(default)]
    pub resets: u64,
}
