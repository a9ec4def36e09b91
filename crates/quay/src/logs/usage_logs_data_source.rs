//! Data source `quay_usage_logs`.
//!
//! Endpoints: `user/logs`, `organization/{organization}/logs`, `repository/{repository}/logs`, `superuser/logs`; see
//! [`crate::api::logs`].

use async_trait::async_trait;
use jiff::Timestamp;
use registry_service::dates;
use terraform_framework::{Computed, Context, DataSource, Model, Nested, Report, Result, check};

use super::log_query;
use crate::api::logs as api;
use crate::api::logs::{EntryJson, Place};
use crate::client::Quay;
use crate::names;

/// How many entries are read without a limit of one's own.
const LIMIT: i64 = 1000;

/// Reads usage logs: what was done, when, from where and by whom. The newest entries come first.
///
/// They are those of an organization, of a repository, of the token's own user, or of the whole registry. Quay is asked for whole days in
/// UTC; where `start` or `end` is a time, what lies before or behind it is left out here.
///
/// Logs change with everything that is done: what a plan says of them, the next plan says otherwise.
///
/// Scope: `org:admin` for an organization, `repo:admin` for a repository, `user:admin` for the token's own user, `super:user` of a superuser
/// for the whole registry. With `namespace` alone, `user:read` too, to know whether it is the token's own user.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_usage_logs", subcategory = "Logs")]
pub struct UsageLogsData {
    /// Organization whose logs are read, or the token's own user, which it is by default.
    #[attribute(optional, check = names::namespace())]
    namespace: Option<String>,
    /// Name of a repository within `namespace`: then only its logs are read.
    #[attribute(optional, check = names::repository())]
    repository: Option<String>,
    /// Whether the logs of all namespaces are read, and those of the server itself, which takes a superuser. False by default.
    #[attribute(optional)]
    whole_registry: Option<bool>,
    /// From when on: a date (`2026-11-20`, in UTC) or a time (`2026-11-20T14:00:00Z`). Without it, from 24 hours ago on.
    #[attribute(optional, check = log_query::time())]
    start: Option<String>,
    /// Until when: a date, which counts whole, or a time. Without it, until now. With it, `start` is needed too.
    #[attribute(optional, check = log_query::time())]
    end: Option<String>,
    /// Only what this user or robot account (by its full name) has done. In a repository and in the whole registry Quay does not choose so:
    /// there all entries of the time are read, and chosen here.
    #[attribute(optional, check = check::length(1, 511))]
    performer: Option<String>,
    /// How many entries are wanted at most, of the newest. 1000 by default.
    #[attribute(optional, check = check::between(1, 100_000))]
    limit: Option<i64>,
    /// The entries, the newest first.
    #[computed]
    entries: Computed<Vec<LogEntry>>,
    /// Whether there are more than `limit`. Entries may be missing without a word of the server's, and then of this too: where its
    /// ACTION_LOG_MAX_PAGE makes it end after some pages; and with MySQL, since Quay 3.9, where several entries are of the same second, after
    /// which it skips many. The data source `quay_usage_log_counts` counts all, for comparison.
    #[computed]
    truncated: Computed<bool>,
}

/// An entry of a log.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct LogEntry {
    /// What was done: `push_repo`, `create_robot`, `change_repo_permission` and so on.
    #[computed]
    kind: String,
    /// When (RFC 3339).
    #[computed]
    time: String,
    /// From which address; null where it is not known.
    #[computed]
    ip: Option<String>,
    /// Who did it; null where it was nobody in particular.
    #[computed]
    performer: Option<Performer>,
    /// Organization or user in whose namespace it was done; null where that is not there any more. What concerns the server itself, such as
    /// `service_key_create`, stands with the account that its SERVICE_LOG_ACCOUNT_ID names, by default the oldest one; where logs are kept in
    /// Elasticsearch it is null.
    #[computed]
    namespace: Option<String>,
    /// Name of the repository within the namespace, where the entry tells one.
    #[computed]
    repository: Option<String>,
    /// What else there is to know, as JSON, whose members depend on the kind. (But for what may open something: the credentials of a build
    /// trigger, names and passwords in addresses, and all but the host of the address that an export of logs was sent to. Quay notes these
    /// too.)
    #[computed]
    metadata: String,
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct Performer {
    /// Name of the user, or full name of the robot account.
    #[computed]
    name: String,
    /// Whether it is a robot account.
    #[computed]
    is_robot: bool,
}

impl LogEntry {
    /// What an entry does not tell itself is known from whose logs they are.
    fn of(mut json: EntryJson, namespace: Option<&str>, repository: Option<&str>) -> Self {
        log_query::hide_secrets(&mut json);
        let told = |name: &str| json.metadata[name].as_str().map(str::to_owned);
        Self {
            namespace: json.namespace.as_ref().map(|found| found.name.clone()).or_else(|| namespace.map(str::to_owned)),
            repository: repository.map(str::to_owned).or_else(|| told("repo")),
            kind: json.kind,
            time: dates::rfc3339(&json.datetime).unwrap_or(json.datetime),
            // What Quay reads from Elasticsearch is the text None where it knows none.
            ip: json.ip.filter(|ip| !ip.is_empty() && ip != "None"),
            performer: json.performer.map(|found| Performer {
                is_robot: found.is_robot.unwrap_or_else(|| found.name.contains('+')),
                name: found.name,
            }),
            metadata: json.metadata.to_string(),
        }
    }
}

#[async_trait]
impl DataSource for UsageLogsData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let registry = config.whole_registry.unwrap_or_default();
        let place = log_query::place(cx, config.namespace.as_ref(), config.repository.as_ref(), registry).await?;
        let namespace = match &place {
            Place::Own => cx.user().await?.map(str::to_owned),
            Place::Organization(_) | Place::Repository(_) => config.namespace.clone(),
            Place::Registry => None,
        };
        // Of a repository, and of the whole registry, the server does not ask who it was.
        let asks_who = matches!(place, Place::Own | Place::Organization(_));
        let performer = config.performer.as_ref().filter(|_| asks_who);
        let span = log_query::span(config.start.as_ref(), config.end.as_ref(), performer);
        let limit = usize::try_from(config.limit.unwrap_or(LIMIT)).unwrap_or(usize::MAX);
        let wanted = config.wanted();
        let mut pages = cx.pages(api::entries(&place, &span));
        let mut entries = Vec::new();
        while entries.len() <= limit {
            match pages.next().await {
                Ok(Some(page)) => entries.extend(page.into_iter().filter(&wanted)),
                Ok(None) => break,
                Err(error) => return Err(log_query::explain(cx, &place, &span, error).await),
            }
        }
        let truncated = entries.len() > limit;
        entries.truncate(limit);
        let repository = config.repository.as_deref();
        let entries: Vec<LogEntry> =
            entries.into_iter().map(|json| LogEntry::of(json, namespace.as_deref(), repository)).collect();
        Ok(Self { entries: Computed::from(entries), truncated: Computed::from(truncated), ..config })
    }

    fn validate(config: &UsageLogsDataView, report: &mut Report) {
        log_query::refuse_nowhere(&config.namespace, &config.repository, Some(&config.whole_registry), report);
        log_query::refuse_disorder(&config.start, &config.end, report);
    }
}

impl UsageLogsData {
    /// What the server does not ask itself: the exact time, and sometimes who did it.
    fn wanted(&self) -> impl Fn(&EntryJson) -> bool + use<> {
        let moment = |text: &Option<String>| text.as_deref().and_then(log_query::bound).and_then(|bound| bound.moment);
        let (start, end, performer) = (moment(&self.start), moment(&self.end), self.performer.clone());
        move |entry| {
            let time = dates::rfc3339(&entry.datetime).and_then(|time| time.parse::<Timestamp>().ok());
            let in_time =
                time.is_none_or(|time| start.is_none_or(|start| start <= time) && end.is_none_or(|end| time <= end));
            let by = |name: &String| entry.performer.as_ref().is_some_and(|found| found.name == *name);
            in_time && performer.as_ref().is_none_or(by)
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_entry_out_of_elasticsearch_is_read_too() {
        let json = json!({ "kind": "unknown", "metadata": null, "ip": "None", "datetime": "Fri, 20 Nov 2026 14:09:25 -0000",
            "performer": { "kind": "user", "name": "acme+ci", "is_robot": null } });
        let entry = LogEntry::of(serde_json::from_value(json).unwrap(), Some("acme"), None);
        assert_eq!((entry.kind.as_str(), entry.metadata.as_str(), entry.ip), ("unknown", "null", None));
        assert_eq!(entry.performer, Some(Performer { name: "acme+ci".to_owned(), is_robot: true }));
        assert_eq!((entry.time.as_str(), entry.namespace.as_deref()), ("2026-11-20T14:09:25Z", Some("acme")));
    }
}
