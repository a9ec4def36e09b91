//! Quotas of namespaces.

use serde::{Deserialize, Serialize};

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
