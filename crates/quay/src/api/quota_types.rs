//! Quotas and counts as answers of several areas show them: those of quotas, of organizations and of users.

use serde::Deserialize;

/// A quota, as its own routes and the organization's view show it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct QuotaJson {
    /// Null for the default of the whole registry, which is no organization's own.
    #[serde(default)]
    pub id: Option<i64>,
    #[serde(default, deserialize_with = "whole")]
    pub limit_bytes: i64,
    #[serde(default)]
    pub limits: Vec<QuotaLimitJson>,
    /// Whether the registry has a default; on the quota's own routes.
    #[serde(default)]
    pub default_config_exists: Option<bool>,
}

/// What happens at a part of the quota.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct QuotaLimitJson {
    pub id: i64,
    /// `Warning` or `Reject`.
    #[serde(rename = "type")]
    pub kind: String,
    pub limit_percent: i64,
}

/// What the repositories of an organization or user hold. Counted by a worker of the server, so it lags behind.
#[derive(Debug, Clone, Deserialize)]
pub struct QuotaReportJson {
    #[serde(default)]
    pub quota_bytes: Option<i64>,
    /// The limit that counts: its own, or the default of the whole registry.
    #[serde(default)]
    pub configured_quota: Option<i64>,
    /// How far the count is: `waiting`, `running`, `complete`.
    #[serde(default)]
    pub backfill_status: Option<String>,
}

/// Bytes, which come as a float after a change by text.
fn whole<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let number = serde_json::Number::deserialize(deserializer)?;
    let float = || number.as_f64().filter(|f| f.fract() == 0.0 && f.abs() < 9.3e18);
    #[allow(clippy::cast_possible_truncation, reason = "in range; beyond it a cast saturates")]
    let bytes = number.as_i64().or_else(|| float().map(|f| f as i64));
    let not_whole =
        || serde::de::Error::invalid_value(serde::de::Unexpected::Other("a number"), &"a whole number of bytes");
    bytes.ok_or_else(not_whole)
}
