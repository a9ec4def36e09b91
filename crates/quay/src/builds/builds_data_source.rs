//! Data source `quay_builds`.
//!
//! Endpoints: `repository/{repository}/build/` and `repository/{repository}/trigger/{trigger_uuid}/builds`; see [`crate::api::builds`].

use async_trait::async_trait;
use registry_service::dates;
use terraform_framework::{Computed, Context, DataSource, Model, Nested, Report, Result, check};

use super::build_trigger::unknown;
use crate::api::builds::{self, BuildJson};
use crate::api::keys::RepositoryKey;
use crate::api::triggers::{self, TriggerKey};
use crate::client::Quay;
use crate::names;

/// Reads the builds of a repository, or those that one of its build triggers has started, the newest first.
///
/// Quay's list has no pages: so many are asked for as `limit` says, and `truncated` tells whether there are more.
///
/// Scope: `repo:read`; with `trigger_id`, `repo:admin`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_builds", conflicting(since, trigger_id), subcategory = "Builds")]
pub struct BuildsData {
    /// Organization or user that owns the repository.
    #[attribute(required, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace.
    #[attribute(required, check = names::repository())]
    repository: String,
    /// Id of the build trigger that must have started them.
    #[attribute(optional, check = check::length(1, 255))]
    trigger_id: Option<String>,
    /// Time since which they must have been started (RFC 3339), to the second.
    #[attribute(optional)]
    since: Option<String>,
    /// How many are read at most, 100 by default.
    #[attribute(optional, check = check::between(1, 10_000))]
    limit: Option<i64>,
    /// The builds.
    #[computed]
    builds: Computed<Vec<BuildSummary>>,
    /// Whether there are more than `limit`.
    #[computed]
    truncated: Computed<bool>,
}

/// A build in a list.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct BuildSummary {
    /// Id of the build.
    #[computed]
    build_id: String,
    /// How far it is: `waiting`, `build-scheduled`, `unpacking`, `pulling`, `building`, `pushing`, `complete`, `error`, `internalerror`,
    /// `cancelled`, `expired`, or `cannot_load` where the server does not know.
    #[computed]
    phase: String,
    /// When it was started (RFC 3339).
    #[computed]
    started: String,
    /// What the web pages call it.
    #[computed]
    display_name: String,
    /// Tags that the image gets.
    #[computed]
    tags: Vec<String>,
    /// Who started it by hand; null if nobody did.
    #[computed]
    manual_user: Option<String>,
    /// Id of the trigger that started it; null if none did, or if it is deleted.
    #[computed]
    trigger_id: Option<String>,
    /// The commit that is built; null where there is none, and for those who may not know.
    #[computed]
    commit: Option<String>,
}

impl From<BuildJson> for BuildSummary {
    fn from(json: BuildJson) -> Self {
        Self {
            build_id: json.id,
            phase: json.phase,
            started: date(json.started),
            display_name: json.display_name,
            tags: json.tags,
            manual_user: json.manual_user,
            trigger_id: json.trigger.map(|trigger| trigger.id),
            commit: json.trigger_metadata.and_then(|metadata| metadata.commit),
        }
    }
}

/// A date of the server's.
pub(super) fn date(text: Option<String>) -> String {
    text.map(|text| dates::rfc3339(&text).unwrap_or(text)).unwrap_or_default()
}

/// So many are read unless told otherwise.
const USUAL: i64 = 100;

#[async_trait]
impl DataSource for BuildsData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let repository = RepositoryKey { namespace: config.namespace.clone(), name: config.repository.clone() };
        let limit = usize::try_from(config.limit.unwrap_or(USUAL)).unwrap_or(usize::MAX);
        let since = config.since.as_ref().and_then(|text| seconds(text));
        let mut found = match &config.trigger_id {
            Some(id) => {
                let key = TriggerKey { repository: repository.clone(), id: id.clone() };
                let found = cx.send(triggers::builds(&key, limit + 1)).await?;
                if found.is_empty() && cx.find(triggers::among(&key)).await?.is_none() {
                    return Err(unknown(&key));
                }
                found
            }
            None => cx.send(builds::newest(&repository, limit + 1, since)).await?,
        };
        if found.is_empty() {
            cx.ensure_repository(&repository).await?;
        }
        let truncated = found.len() > limit;
        found.truncate(limit);
        let builds: Vec<BuildSummary> = found.into_iter().map(BuildSummary::from).collect();
        Ok(Self { builds: Computed::from(builds), truncated: Computed::from(truncated), ..config })
    }

    fn validate(config: &BuildsDataView, report: &mut Report) {
        if let Some(text) = config.since.known()
            && seconds(text).is_none()
        {
            report.error("since", "Invalid time", format!("{text:?} is not a time such as \"2026-11-20T14:21:26Z\"."));
        }
    }
}

/// Seconds since 1970.
fn seconds(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
}
