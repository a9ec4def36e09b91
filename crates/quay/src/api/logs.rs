//! Usage logs: what was done, where and by whom; and having them sent somewhere.
//!
//! Observed: times are days in UTC, written `MM/DD/YYYY`, and whatever else is silently ignored: then the logs of the last 24 hours are shown.
//! The last day counts whole. Entries come in pages of 20, the newest first. A superuser is answered 400 for an organization that is not
//! there, everybody else 403. An export that is to go nowhere is accepted. From Quay's source: a performer that is not there is a 500,
//! but everybody where entries are counted, and everybody too where they are kept in Elasticsearch; counts are refused for more than 31 days,
//! and are wrong where two days have the same number in their months; the last page is empty.

use jiff::civil::Date;
use registry_http::{Endpoint, Kind, Listing, NotFound};
use serde::Deserialize;
use serde_json::{Value, json};

use super::keys::RepositoryKey;
use super::scopes::SUPERUSER;
use crate::features;

/// Whose logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The token's own user's.
    Own,
    Organization(String),
    Repository(RepositoryKey),
    /// All there are, for superusers.
    Registry,
}

impl Place {
    /// How an error names it.
    pub fn words(&self) -> String {
        match self {
            Self::Own => "the token's own user".to_owned(),
            Self::Organization(name) => format!("organization {name}"),
            Self::Repository(key) => format!("repository {}", key.full_name()),
            Self::Registry => "the whole registry".to_owned(),
        }
    }

    fn scope(&self) -> &'static str {
        match self {
            Self::Own => "user:admin",
            Self::Organization(_) => "org:admin",
            Self::Repository(_) => "repo:admin",
            Self::Registry => SUPERUSER,
        }
    }
}

/// Days in UTC, and who did it.
#[derive(Debug, Clone, Default)]
pub struct Span {
    pub start: Option<Date>,
    pub end: Option<Date>,
    /// Only of organizations and the own user.
    pub performer: Option<String>,
}

/// An entry.
#[derive(Debug, Clone, Deserialize)]
pub struct EntryJson {
    pub kind: String,
    /// Whatever there is to know, by kind.
    #[serde(default)]
    pub metadata: Value,
    #[serde(default)]
    pub ip: Option<String>,
    /// RFC 2822.
    pub datetime: String,
    /// Missing where nobody in particular did it.
    #[serde(default)]
    pub performer: Option<PerformerJson>,
    /// Only among the logs of the whole registry.
    #[serde(default)]
    pub namespace: Option<NamespaceJson>,
}

/// Who did it.
#[derive(Debug, Clone, Deserialize)]
pub struct PerformerJson {
    pub name: String,
    #[serde(default)]
    pub is_robot: Option<bool>,
}

/// Where it was done.
#[derive(Debug, Clone, Deserialize)]
pub struct NamespaceJson {
    pub name: String,
}

/// How often something was done on a day.
#[derive(Debug, Clone, Deserialize)]
pub struct CountJson {
    pub kind: String,
    pub count: i64,
    /// RFC 2822: the beginning of the day.
    pub datetime: String,
}

fn within<T: 'static>(mut endpoint: Endpoint<T>, span: &Span) -> Endpoint<T> {
    let date = |date: Date| date.strftime("%m/%d/%Y").to_string();
    for (name, day) in [("starttime", span.start), ("endtime", span.end)] {
        if let Some(day) = day {
            endpoint = endpoint.query(name, date(day));
        }
    }
    match &span.performer {
        Some(performer) => endpoint.query("performer", performer),
        None => endpoint,
    }
}

/// Answers that say why there is nothing: logs that are kept where Quay cannot search.
fn searched<T: 'static>(endpoint: Endpoint<T>) -> Endpoint<T> {
    endpoint.check(|_, answer| match answer.text_at("/search_unavailable") == Some("true") {
        true => Err((Kind::Rejected, "the server keeps its logs where it cannot search them".to_owned())),
        false => Ok(()),
    })
}

/// From Quay's source for all three; observed of the entries. For superusers: nobody else is told.
const NO_NAMESPACE: NotFound = NotFound::message(400, "Invalid namespace requested");

/// The entries, the newest first.
pub fn entries(place: &Place, span: &Span) -> Listing<EntryJson> {
    let endpoint = match place {
        Place::Own => Endpoint::get("user/logs", &[]),
        Place::Organization(name) => {
            Endpoint::get("organization/{organization}/logs", &[name]).not_found_when(NO_NAMESPACE)
        }
        Place::Repository(key) => Endpoint::get("repository/{namespace}/{+repository}/logs", &key.names()),
        Place::Registry => Endpoint::get("superuser/logs", &[]).ability(&features::SUPERUSERS),
    };
    let endpoint =
        endpoint.within("/logs").describe(format!("read the logs of {}", place.words())).requires_scope(place.scope());
    Listing::token(within(searched(endpoint), span), "next_page")
}

/// How often what was done on which day.
pub fn counts(place: &Place, span: &Span) -> Endpoint<Vec<CountJson>> {
    let endpoint = match place {
        Place::Own => Endpoint::get("user/aggregatelogs", &[]),
        Place::Organization(name) => {
            Endpoint::get("organization/{organization}/aggregatelogs", &[name]).not_found_when(NO_NAMESPACE)
        }
        Place::Repository(key) => Endpoint::get("repository/{namespace}/{+repository}/aggregatelogs", &key.names()),
        Place::Registry => Endpoint::get("superuser/aggregatelogs", &[]),
    };
    let ability = if *place == Place::Registry { &features::SUPERUSERS } else { &features::LOG_COUNTS };
    let endpoint = endpoint
        .within("/aggregated")
        .describe(format!("count the logs of {}", place.words()))
        .requires_scope(place.scope())
        .ability(ability);
    within(searched(endpoint), span)
}

/// An export that the server has taken on.
#[derive(Debug, Clone, Deserialize)]
pub struct ExportJson {
    pub export_id: String,
}

/// Has the logs written to a file, and a link to it sent. Not of the whole registry.
pub fn export(place: &Place, span: &Span, url: Option<&str>, email: Option<&str>) -> Endpoint<ExportJson> {
    let endpoint = match place {
        Place::Organization(name) => {
            Endpoint::post("organization/{organization}/exportlogs", &[name]).not_found_when(NO_NAMESPACE)
        }
        Place::Repository(key) => Endpoint::post("repository/{namespace}/{+repository}/exportlogs", &key.names()),
        Place::Own | Place::Registry => Endpoint::post("user/exportlogs", &[]),
    };
    let mut body = json!({});
    for (name, value) in [("callback_url", url), ("callback_email", email)] {
        if let Some(value) = value {
            body[name] = json!(value);
        }
    }
    let endpoint = endpoint
        .describe(format!("export the logs of {}", place.words()))
        .json(&body)
        .requires_scope(place.scope())
        .ability(&features::LOG_EXPORT);
    within(endpoint, span)
}
