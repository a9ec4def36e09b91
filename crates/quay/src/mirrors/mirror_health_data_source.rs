//! Data source `quay_mirror_health`.

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Model, Nested, Result};

use crate::api::mirror_health::{self, DetailJson, HealthJson, IssueJson};
use crate::client::Quay;
use crate::names;

/// Reads how the repository mirrors of a namespace are, or those of the whole registry. Only mirrors that are switched on count.
///
/// Needs Quay 3.18 with FEATURE_REPO_MIRROR; for the whole registry FEATURE_SUPER_USERS too.
///
/// Scope: `org:admin` for an organization to which the token's user belongs; `super:user` of a superuser for the whole registry.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_mirror_health", subcategory = "Mirrors")]
pub struct MirrorHealthData {
    /// Organization or user whose mirrors are looked at; without it, those of the whole registry are, which takes a superuser.
    #[attribute(optional, check = names::namespace())]
    namespace: Option<String>,
    /// Whether at most one in five of those that have run failed at last.
    #[computed]
    healthy: Computed<bool>,
    /// `healthy` or `degraded`.
    #[computed]
    workers_status: Computed<String>,
    /// How many workers are at work, as far as the server counts them.
    #[computed]
    workers_active: Computed<i64>,
    /// How many workers there should be, as far as the server counts them.
    #[computed]
    workers_configured: Computed<i64>,
    /// How many mirrors there are.
    #[computed]
    total: Computed<i64>,
    /// How many are being synchronized.
    #[computed]
    syncing: Computed<i64>,
    /// How many succeeded at last.
    #[computed]
    completed: Computed<i64>,
    /// How many failed at last.
    #[computed]
    failed: Computed<i64>,
    /// How many were never synchronized.
    #[computed]
    never_run: Computed<i64>,
    /// How many tags are still to be copied, as far as the server knows.
    #[computed]
    tags_pending: Computed<i64>,
    /// When the server looked (RFC 3339).
    #[computed]
    last_check: Computed<String>,
    /// What is not as it should be: examples only, if there is much. Empty for the whole registry.
    #[computed]
    issues: Computed<Vec<MirrorIssue>>,
    /// The mirrors, by name. Empty for the whole registry.
    #[computed]
    repositories: Computed<Vec<MirrorState>>,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct MirrorIssue {
    /// `warning`, `error` or `critical`.
    #[computed]
    severity: String,
    /// What it is.
    #[computed]
    message: String,
}

/// How one mirror is.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct MirrorState {
    /// Organization or user that owns the repository.
    #[computed]
    namespace: String,
    /// Name of the repository within the namespace.
    #[computed]
    repository: String,
    /// How the last synchronization went: `NEVER_RUN`, `SYNC_NOW`, `SYNCING`, `SUCCESS`, `FAIL` or `CANCEL`.
    #[computed]
    sync_status: String,
    /// When it was (RFC 3339), where the server knows.
    #[computed]
    last_sync: Option<String>,
    /// How often the next one is tried.
    #[computed]
    retries_remaining: i64,
}

impl From<IssueJson> for MirrorIssue {
    fn from(json: IssueJson) -> Self {
        Self { severity: json.severity, message: json.message }
    }
}

impl From<DetailJson> for MirrorState {
    fn from(json: DetailJson) -> Self {
        Self {
            namespace: json.namespace,
            repository: json.repository,
            sync_status: json.sync_status,
            last_sync: json.last_sync,
            retries_remaining: json.retries_remaining,
        }
    }
}

#[async_trait]
impl DataSource for MirrorHealthData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let Some(namespace) = config.namespace.clone() else {
            let health = cx.send(mirror_health::of_all()).await?;
            return Ok(config.with(health, Vec::new()));
        };
        let tells = |page: &HealthJson| (page.repositories.details.len(), page.repositories.pagination.has_more);
        let (mut details, mut course) = (Vec::new(), cx.course());
        loop {
            let asked = mirror_health::of_namespace(&namespace, details.len());
            let page = match cx.page(&mut course, asked, tells).await {
                Err(error) if error.is_not_found() => {
                    cx.ensure_namespace(&namespace).await?;
                    return Err(error.into());
                }
                page => page?,
            };
            details.extend(page.repositories.details.iter().cloned());
            if !page.repositories.pagination.has_more {
                return Ok(config.with(page, details));
            }
        }
    }
}

impl MirrorHealthData {
    fn with(self, health: HealthJson, details: Vec<DetailJson>) -> Self {
        let mut repositories: Vec<MirrorState> = details.into_iter().map(MirrorState::from).collect();
        repositories.sort_by(|a, b| (&a.namespace, &a.repository).cmp(&(&b.namespace, &b.repository)));
        let counts = health.repositories;
        #[allow(clippy::cast_possible_truncation, reason = "a number of tags; beyond the range a cast saturates")]
        let tags_pending = health.tags_pending as i64;
        Self {
            namespace: self.namespace,
            healthy: Computed::from(health.healthy),
            workers_status: Computed::from(health.workers.status),
            workers_active: Computed::from(health.workers.active),
            workers_configured: Computed::from(health.workers.configured),
            total: Computed::from(counts.total),
            syncing: Computed::from(counts.syncing),
            completed: Computed::from(counts.completed),
            failed: Computed::from(counts.failed),
            never_run: Computed::from(counts.never_run),
            tags_pending: Computed::from(tags_pending),
            last_check: Computed::from(health.last_check.unwrap_or_default()),
            issues: Computed::from(health.issues.into_iter().map(MirrorIssue::from).collect::<Vec<_>>()),
            repositories: Computed::from(repositories),
        }
    }
}
