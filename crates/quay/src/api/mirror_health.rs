//! How mirrors are, in a namespace or in the whole registry.
//!
//! Observed: only mirrors that are on count. Bad health is answered with 503, whose body tells as much as that of a 200 (source).
//! Repositories come in pages, by `limit` and `offset`.

use registry_http::Endpoint;
use serde::Deserialize;

use super::namespaces::same_name;
use crate::features;

/// The health of mirrors.
#[derive(Debug, Clone, Deserialize)]
pub struct HealthJson {
    pub healthy: bool,
    #[serde(default)]
    pub workers: WorkersJson,
    pub repositories: CountsJson,
    /// Not whole on some servers.
    #[serde(default)]
    pub tags_pending: f64,
    /// RFC 3339.
    #[serde(default)]
    pub last_check: Option<String>,
    #[serde(default)]
    pub issues: Vec<IssueJson>,
}

/// How the workers are.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct WorkersJson {
    /// `healthy` or `degraded`.
    #[serde(default)]
    pub status: String,
    #[serde(default)]
    pub active: i64,
    #[serde(default)]
    pub configured: i64,
}

/// How many mirrors are in which state.
#[derive(Debug, Clone, Deserialize)]
pub struct CountsJson {
    pub total: i64,
    #[serde(default)]
    pub syncing: i64,
    #[serde(default)]
    pub completed: i64,
    #[serde(default)]
    pub failed: i64,
    #[serde(default)]
    pub never_run: i64,
    /// Only when asked for.
    #[serde(default)]
    pub details: Vec<DetailJson>,
    #[serde(default)]
    pub pagination: PaginationJson,
}

/// How one mirror is.
#[derive(Debug, Clone, Deserialize)]
pub struct DetailJson {
    pub namespace: String,
    pub repository: String,
    pub sync_status: String,
    /// RFC 3339; null where the server does not know.
    #[serde(default)]
    pub last_sync: Option<String>,
    #[serde(default)]
    pub retries_remaining: i64,
}

/// Whether there is another page.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct PaginationJson {
    #[serde(default)]
    pub has_more: bool,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, Deserialize)]
pub struct IssueJson {
    /// `warning`, `error` or `critical`.
    pub severity: String,
    pub message: String,
}

/// Repositories on a page, the most that Quay gives.
pub const PAGE: usize = 1000;

/// The health of the mirrors of a namespace, with the page of its repositories that begins at `offset`.
pub fn of_namespace(namespace: &str, offset: usize) -> Endpoint<HealthJson> {
    let wanted = namespace.to_owned();
    Endpoint::<HealthJson>::get("repository/mirror/health", &[])
        .query("namespace", namespace)
        .query("detailed", true)
        .query("limit", PAGE)
        .query("offset", offset)
        .describe(format!("read the health of the mirrors of {namespace}"))
        .requires_scope("org:admin")
        .ability(&features::MIRROR_HEALTH)
        .expect(&[200, 503])
        .identified(move |found| found.repositories.details.iter().all(|one| same_name(&one.namespace, &wanted)))
}

/// The health of all mirrors, without naming them.
pub fn of_all() -> Endpoint<HealthJson> {
    Endpoint::get("superuser/mirror/health", &[])
        .describe("read the health of all mirrors")
        .requires_scope("super:user (and its user must be a superuser)")
        .ability(&features::ALL_MIRROR_HEALTH)
        .expect(&[200, 503])
}
