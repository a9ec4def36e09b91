//! Data source `quay_usage_log_counts`.
//!
//! Endpoints: `user/aggregatelogs`, `organization/{organization}/aggregatelogs`, `repository/{repository}/aggregatelogs`,
//! `superuser/aggregatelogs`; see [`crate::api::logs`].

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use registry_service::dates;
use terraform_framework::{Computed, Context, DataSource, Model, Nested, Report, Result, check};

use super::log_query;
use crate::api::logs as api;
use crate::api::logs::{CountJson, Span};
use crate::client::Quay;
use crate::names;

/// The most months that are counted, each with a request of its own.
const MONTHS: usize = 120;

/// Counts usage logs: how often what was done on which day, in an organization, in a repository, in the namespace of the token's own user,
/// or in the whole registry. The days are those of UTC.
///
/// Quay counts a month at most, and mistakes days of one month for those of another where a time spans both. It is therefore asked for each
/// month by itself, of ten years at most.
///
/// The entries themselves are in the data source `quay_usage_logs`. Needs a server with FEATURE_AGGREGATED_LOG_COUNT_RETRIEVAL.
///
/// Scope: `org:admin` for an organization, `repo:admin` for a repository, `user:admin` for the token's own user, `super:user` of a superuser
/// for the whole registry. With `namespace` alone, `user:read` too, to know whether it is the token's own user.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_usage_log_counts", subcategory = "Logs")]
pub struct UsageLogCountsData {
    /// Organization whose logs are counted, or the token's own user, which it is by default.
    #[attribute(optional, check = names::namespace())]
    namespace: Option<String>,
    /// Name of a repository within `namespace`: then only its logs are counted.
    #[attribute(optional, check = names::repository())]
    repository: Option<String>,
    /// Whether the logs of all namespaces are counted, and those of the server itself, which takes a superuser. False by default.
    #[attribute(optional)]
    whole_registry: Option<bool>,
    /// The first day, in UTC, such as `2026-11-20`. Without it, from 24 hours ago on.
    #[attribute(optional, check = log_query::day())]
    start: Option<String>,
    /// The last day. Without it, today. With it, `start` is needed too.
    #[attribute(optional, check = log_query::day())]
    end: Option<String>,
    /// Only what this user or robot account (by its full name) has done. Not with `repository` or `whole_registry`, where Quay does not
    /// count so.
    #[attribute(optional, check = check::length(1, 511))]
    performer: Option<String>,
    /// The counts, by day and kind.
    #[computed]
    counts: Computed<Vec<LogCount>>,
    /// How often anything was done.
    #[computed]
    total: Computed<i64>,
}

/// How often something was done on a day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Nested)]
pub struct LogCount {
    /// The day, such as `2026-11-20`.
    #[computed]
    date: String,
    /// What was done: `push_repo`, `create_robot`, `change_repo_permission` and so on.
    #[computed]
    kind: String,
    /// How often.
    #[computed]
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
        let place = log_query::place(cx, config.namespace.as_ref(), config.repository.as_ref(), registry).await?;
        let span = log_query::span(config.start.as_ref(), config.end.as_ref(), config.performer.as_ref());
        let mut counts: Vec<LogCount> = Vec::new();
        for month in months(&span, today()) {
            match cx.send(api::counts(&place, &month)).await {
                Ok(found) => counts.extend(found.into_iter().map(LogCount::from)),
                Err(error) => return Err(log_query::explain(cx, &place, &month, error).await),
            }
        }
        if !counts.is_empty() {
            log_query::refuse_unknown_performer(cx, &place, &span).await?;
        }
        counts.sort();
        let total = counts.iter().fold(0, |total: i64, count| total.saturating_add(count.count));
        Ok(Self { counts: Computed::from(counts), total: Computed::from(total), ..config })
    }

    fn validate(config: &UsageLogCountsDataView, report: &mut Report) {
        log_query::refuse_nowhere(&config.namespace, &config.repository, Some(&config.whole_registry), report);
        log_query::refuse_disorder(&config.start, &config.end, report);
        let whole = config.whole_registry.known() == Some(&true);
        if !config.performer.is_null() && (whole || !config.repository.is_null()) {
            let detail = "Quay counts so in an organization and for the token's own user only. The data source quay_usage_logs takes it \
                          everywhere.";
            report.error("performer", "The performer cannot be chosen here", detail);
        }
        let end = config.end.known();
        let span = log_query::span(config.start.known(), end, None);
        let is_known = end.is_some() || config.end.is_null();
        if is_known && months(&span, today()).take(MONTHS + 1).count() > MONTHS {
            let detail = "Each month takes a request of its own. Ask for ten years at most, from `start` to `end`.";
            report.error("start", "This is too long a time", detail);
        }
    }
}

fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// What the server is asked for, one after the other: each calendar month by itself. An end that was not said is left to the server, whose
/// clock it is about.
fn months(span: &Span, today: Date) -> impl Iterator<Item = Span> + use<> {
    let (span, mut next) = (span.clone(), Some(span.start));
    std::iter::from_fn(move || {
        let start = next.take()?;
        let last = start.map(Date::last_of_month).filter(|last| *last < span.end.unwrap_or(today));
        next = last.and_then(|last| last.tomorrow().ok()).map(Some);
        Some(Span { start, end: last.or(span.end), performer: span.performer.clone() })
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn each_month_is_asked_for_by_itself() {
        let asked = |start: Option<Date>, end: Option<Date>| {
            let span = Span { start, end, performer: None };
            months(&span, date(2026, 11, 21)).map(|span| (span.start, span.end)).collect::<Vec<_>>()
        };
        let day = |month: i8, day: i8| Some(date(2026, month, day));
        assert_eq!(asked(None, None), [(None, None)]);
        assert_eq!(asked(day(11, 1), None), [(day(11, 1), None)]);
        assert_eq!(asked(day(11, 1), day(11, 30)), [(day(11, 1), day(11, 30))]);
        assert_eq!(asked(day(10, 31), None), [(day(10, 31), day(10, 31)), (day(11, 1), None)]);
        let three = [(day(1, 31), day(1, 31)), (day(2, 1), day(2, 28)), (day(3, 1), day(3, 2))];
        assert_eq!(asked(day(1, 31), day(3, 2)), three);
    }
}
