//! Policies about tags, of namespaces and repositories.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The policies of a namespace or a repository, by their UUIDs.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policies {
    /// Which tags are deleted by the server.
    pub auto_prune: BTreeMap<String, AutoPrune>,
    /// Which tags cannot be changed.
    pub immutability: BTreeMap<String, Immutability>,
}

/// Which tags are deleted by the server.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutoPrune {
    /// Tells the order of creation.
    pub number: u64,
    /// `number_of_tags` or `creation_date`.
    pub method: String,
    /// A number, or a text such as `7d`.
    pub value: Value,
    /// The tags that the policy is about; all without one.
    pub tag_pattern: Option<String>,
    /// Or those that do not match.
    pub tag_pattern_matches: bool,
}

/// Which tags cannot be changed.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Immutability {
    /// Tells the order of creation.
    pub number: u64,
    /// The tags that the policy is about.
    pub tag_pattern: String,
    /// Or those that do not match.
    pub tag_pattern_matches: bool,
}
