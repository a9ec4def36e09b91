//! Data source `quay_usage_log_counts`.
//!
//! Endpoints: `user/aggregatelogs`, `organization/{organization}/aggregatelogs`, `repository/{repository}/aggregatelogs`,
//! `superuser/aggregatelogs`; see [`crate::quay::api::logs`].

use async_trait::async_trait;

use crate::framework::{Context, DataSource, Model, Nested, Out, Report, Result, check};
use crate::quay::api::logs::{self as api, CountJson};
use crate::quay::{Quay, logs, names};
use crate::service::dates;

/// The most days that Quay counts at once.
const DAYS: i32 = 31;

/// Counts usage logs: how often what was done on which day, in an organization, in a repository, in the namespace of the token's own user,
/// or in the whole registry. The days are those of UTC, and 31 of them at most.
///
/// The entries themselves are in the data source `quay_usage_logs`. Needs a server with FEATURE_AGGREGATED_LOG_COUNT_RETRIEVAL.
///
/// Scope: `org:admin` for an organization, `repo:admin` for a repository, `user:admin` for the token's own user, `super:user` of a superuser
/// for the whole registry. With `namespace` alone, `user:read` too, to know whether it is the token's own user.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_usage_log_counts", area = "Logs")]
pub struct UsageLogCountsData {
    /// Organization whose logs are counted, or the token's own user, which it is by default.
    #[arg(optional, check = names::namespace())]
    namespace: Option<String>,
    /// Name of a repository within `namespace`: then only its logs are counted.
    #[arg(optional, check = names::repository())]
    repository: Option<String>,
    /// Whether the logs of all namespaces are counted, and those of the server itself, which takes a superuser. False by default.
    #[arg(optional)]
    whole_registry: Option<bool>,
    /// The first day, in UTC, such as `2026-11-20`. Without it, from 24 hours ago on.
    #[arg(optional, check = logs::day())]
    start: Option<String>,
    /// The last day. Without it, today. With it, `start` is needed too.
    #[arg(optional, check = logs::day())]
    end: Option<String>,
    /// Only what this user or robot account (by its full name) has done. Not with `repository` or `whole_registry`, where Quay does not
    /// count so.
    #[arg(optional, check = check::length(1, 511))]
    performer: Option<String>,
    /// The counts, by day and kind.
    #[out]
    counts: Out<Vec<LogCount>>,
    /// How often anything was done.
    #[out]
    total: Out<i64>,
}

/// How often something was done on a day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Nested)]
pub struct LogCount {
    /// The day, such as `2026-11-20`.
    #[out]
    date: String,
    /// What was done: `push_repo`, `create_robot`, `change_repo_permission` and so on.
    #[out]
    kind: String,
    /// How often.
    #[out]
    count: i64,
}

impl From<CountJson> for LogCount {
    fn from(json: CountJson) -> Self {
        let time = dates::rfc3339(&json.datetime).unwrap_or(json.datetime);
        let date = time.split('T').next().unwrap_or_default().to_owned();
        Self { date, kind: json.kind, count: json.count }
    }
}

#[async_trait]
impl DataSource for UsageLogCountsData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let registry = config.whole_registry.unwrap_or_default();
        let place = logs::place(cx, config.namespace.as_ref(), config.repository.as_ref(), registry).await?;
        let span = logs::span(config.start.as_ref(), config.end.as_ref(), config.performer.as_ref());
        let found = match cx.send(api::counts(&place, &span)).await {
            Ok(found) => found,
            Err(error) => return Err(logs::explain(cx, &place, &span, error).await),
        };
        let mut counts: Vec<LogCount> = found.into_iter().map(LogCount::from).collect();
        counts.sort();
        let total = counts.iter().map(|count| count.count).sum::<i64>();
        Ok(Self { counts: Out::from(counts), total: Out::from(total), ..config })
    }

    fn validate(config: &UsageLogCountsDataView, report: &mut Report) {
        logs::refuse_nowhere(&config.namespace, &config.repository, Some(&config.whole_registry), report);
        logs::refuse_disorder(&config.start, &config.end, report);
        let whole = config.whole_registry.known() == Some(&true);
        if !config.performer.is_null() && (whole || !config.repository.is_null()) {
            let detail = "Quay counts so in an organization and for the token's own user only. The data source quay_usage_logs takes it \
                          everywhere.";
            report.error("performer", "The performer cannot be chosen here", detail);
        }
        let day = |text: Option<&String>| text.and_then(|text| logs::bound(text)).map(|bound| bound.day);
        let (start, end) = (day(config.start.known()), day(config.end.known()));
        if let Some((start, end)) = start.zip(end)
            && start.until(end).is_ok_and(|days| days.get_days() >= DAYS)
        {
            let detail = format!("Quay counts {DAYS} days at once. Ask for less, or several times.");
            report.error("end", "These are too many days", detail);
        }
    }
}
