//! Usage logs: `.../logs`, `.../exportlogs`. They are counted in `counts`; what is written to them stands in `notes`.
//!
//! Days are those of UTC, and the last one counts whole. What is no date is ignored.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::records::LogEntry;
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;
use crate::quay::superusers::FEATURES;
use crate::quay::time::rfc2822;
use crate::quay::views::avatar_of;
use crate::quay::{releases, upstreams};

/// Entries on one page.
const PAGE: usize = 20;

/// What a token for the next page begins with. The rest is how many entries stand before it.
const PAGE_TOKEN: &str = "gAAAAAB";

const EXPORT: &[&str] = &["FEATURE_LOG_EXPORT"];

pub(super) const ROUTES: &[Route] = &[
    Route::new("organization/{orgname}/logs", &[("GET", list)]),
    Route::new("organization/{orgname}/exportlogs", &[("POST", export)]).needs(EXPORT),
    Route::new("repository/{repository}/logs", &[("GET", list)]),
    Route::new("repository/{repository}/exportlogs", &[("POST", export)]).needs(EXPORT),
    Route::new("user/logs", &[("GET", list)]),
    Route::new("user/exportlogs", &[("POST", export)]).needs(EXPORT),
    Route::new("superuser/logs", &[("GET", list_all)]).needs(FEATURES),
];

/// Kinds that are about the server, and that users do not see among their own.
pub(super) const OF_SERVER: &str = "service_key_";

/// Whose logs: a namespace's, or one repository's in it.
pub(super) type Place = (String, Option<String>);

/// From when until when.
pub(super) struct Span {
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
}

/// What time it is for the logs.
pub(crate) fn now(state: &State) -> Timestamp {
    state.clock.as_deref().and_then(|text| text.parse().ok()).unwrap_or_else(Timestamp::now)
}

pub(super) fn span(state: &State, call: &Call) -> Span {
    let day = |name: &str| {
        let date = Date::strptime("%m/%d/%Y", call.query(name)?).ok()?;
        date.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp())
    };
    let (now, a_day) = (now(state), SignedDuration::from_hours(24));
    let start = day("starttime").unwrap_or_else(|| now.saturating_sub(a_day).unwrap_or(now));
    let end = day("endtime").unwrap_or(now);
    Span { start, end: end.saturating_add(a_day).unwrap_or(end) }
}

/// The namespace and the repository that a route is about, if the caller may see its logs.
pub(super) fn place(state: &State, call: &Call) -> Result<Place, Reply> {
    let access = Access::new(state, &call.caller);
    let organization = call.parameter("orgname");
    if !organization.is_empty() {
        call.require(access.org_admin(organization))?;
        return Ok((organization.to_owned(), None));
    }
    if call.parameter("repository").is_empty() {
        call.require(access.user_admin())?;
        return Ok((call.caller.name().to_owned(), None));
    }
    let (namespace, name) = call.repository();
    call.require(access.repo_admin(namespace, name))?;
    if !state.repositories.contains_key(call.parameter("repository")) {
        return Err(Reply::not_found());
    }
    Ok((namespace.to_owned(), Some(name.to_owned())))
}

pub(super) fn is_known(state: &State, namespace: &str) -> Result<(), Reply> {
    match state.namespace(namespace) {
        Some(_) => Ok(()),
        None => Err(Reply::message(format!("Invalid namespace requested: {namespace}"))),
    }
}

/// Whether the server can look into its logs: not where they go to Splunk only. Before 3.17 it fails over that.
pub(super) fn is_searchable(state: &State) -> Result<bool, Reply> {
    if state.setting("LOGS_MODEL") != "splunk" {
        return Ok(true);
    }
    if releases::release(&state.release) < (3, 17) {
        return Err(Reply::crash());
    }
    let config = state.setting("LOGS_MODEL_CONFIG");
    let token = config["splunk_hec_config"]["search_token"].as_str().unwrap_or_default();
    Ok(config["producer"] != "splunk_hec" || !token.trim().is_empty())
}

/// The answer of a server that cannot.
pub(super) fn unsearchable(mut answer: Value) -> Reply {
    answer["search_unavailable"] = json!(true);
    answer["message"] = json!(
        "Audit log viewing requires a search_token to be configured for Splunk HEC. Logs are still being forwarded to Splunk."
    );
    Reply::ok(answer)
}

/// Who is asked for. Of a repository and of everything the server does not ask who it was.
pub(super) fn performer<'a>(call: &'a Call, place: Option<&Place>) -> Option<&'a str> {
    call.query("performer").filter(|_| place.is_some_and(|(_, repository)| repository.is_none()))
}

/// Whether there is such a user or robot.
pub(super) fn is_anybody(state: &State, name: &str) -> bool {
    state.users.contains_key(name) || state.robots.contains_key(name)
}

/// The account with which stands what the server itself is about: the oldest, unless the configuration names another by its id.
pub(super) fn service_account(state: &State) -> Option<String> {
    let users = state.users.iter().map(|(name, user)| (user.namespace.number, name));
    let organizations = state.organizations.iter().map(|(name, found)| (found.namespace.number, name));
    let mut all = users.chain(organizations);
    let found = match state.setting("SERVICE_LOG_ACCOUNT_ID").as_u64() {
        Some(id) => all.find(|(number, _)| *number == id),
        None => all.min(),
    };
    found.map(|(_, name)| name.clone())
}

/// The entries of a place in a time, the newest first.
pub(super) fn entries<'a>(
    state: &'a State,
    call: &Call,
    place: Option<&Place>,
    span: &Span,
    performer: Option<&str>,
) -> Vec<(Timestamp, &'a LogEntry)> {
    let own = call.parameter("orgname").is_empty() && call.parameter("repository").is_empty();
    let fits = |entry: &LogEntry| match place {
        None => true,
        Some((namespace, repository)) => {
            entry.namespace.as_ref() == Some(namespace)
                && (repository.is_none() || entry.repository == *repository)
                && !(own && entry.kind.starts_with(OF_SERVER))
        }
    };
    let mut found: Vec<(Timestamp, &LogEntry)> = state
        .logs
        .iter()
        .rev()
        .filter(|entry| fits(entry) && performer.is_none_or(|name| entry.performer.as_deref() == Some(name)))
        .filter_map(|entry| Some((entry.time.parse().ok()?, entry)))
        .filter(|(time, _)| (span.start..span.end).contains(time))
        .collect();
    found.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
    found
}

fn view(state: &State, time: Timestamp, entry: &LogEntry, with_namespace: bool) -> Value {
    let mut view = json!({
        "kind": entry.kind,
        "metadata": entry.metadata,
        "ip": "127.0.0.1",
        "datetime": rfc2822(time),
    });
    if let Some(name) = &entry.performer {
        let avatar = avatar_of(state, name, "user");
        view["performer"] = json!({"kind": "user", "name": name, "is_robot": name.contains('+'), "avatar": avatar});
    }
    // One who is not there any more is not shown.
    let known = |name: &&String| with_namespace && state.namespace(name).is_some();
    if let Some(name) = entry.namespace.as_ref().filter(known) {
        let kind = if state.organizations.contains_key(name) { "org" } else { "user" };
        view["namespace"] = json!({"kind": kind, "name": name, "avatar": avatar_of(state, name, kind)});
    }
    view
}

/// One page. Behind each that holds something there may be another; the last one is empty.
fn page(state: &State, call: &Call, place: Option<&Place>) -> Outcome {
    let span = span(state, call);
    let mut answer = json!({"start_time": rfc2822(span.start), "end_time": rfc2822(span.end), "logs": []});
    if place.is_some() && span.end < span.start {
        return Err(Reply::bad_json());
    }
    if !is_searchable(state)? {
        return Ok(unsearchable(answer));
    }
    if let Some((namespace, _)) = place {
        is_known(state, namespace)?;
    }
    let performer = performer(call, place);
    // A performer who is not there crashes the server.
    if performer.is_some_and(|name| !is_anybody(state, name)) {
        return Err(Reply::crash());
    }
    let found = entries(state, call, place, &span, performer);
    let first = call.query("next_page").and_then(|token| token.strip_prefix(PAGE_TOKEN)?.parse::<usize>().ok());
    let first = first.unwrap_or_default();
    let most = state.setting("ACTION_LOG_MAX_PAGE").as_u64().filter(|_| place.is_some());
    let cut = most.and_then(|most| usize::try_from(most).ok()).is_some_and(|most| first / PAGE > most);
    let shown = found.iter().skip(first).take(if cut { 0 } else { PAGE });
    let views: Vec<Value> = shown.map(|(time, entry)| view(state, *time, entry, place.is_none())).collect();
    if !views.is_empty() {
        answer["next_page"] = json!(format!("{PAGE_TOKEN}{:020}", first + PAGE));
    }
    answer["logs"] = json!(views);
    Ok(Reply::ok(answer))
}

fn list(state: &mut State, call: &Call) -> Outcome {
    let place = place(state, call)?;
    page(state, call, Some(&place))
}

fn list_all(state: &mut State, call: &Call) -> Outcome {
    crate::quay::superusers::require(state, call)?;
    page(state, call, None)
}

/// Where an export may go: until 3.17 anywhere, from 3.18 on to no private address that the configuration does not name.
fn check_address(state: &State, url: &str) -> Result<(), Reply> {
    const REFUSED: &str = "Invalid callback URL";
    if releases::release(&state.release) < (3, 18) {
        let is_web = ["http://", "https://"].iter().any(|start| url.starts_with(start));
        return if is_web { Ok(()) } else { Err(Reply::invalid(REFUSED)) };
    }
    upstreams::check_url(state, url).map_err(|refusal| refusal.reply(REFUSED))
}

/// Is only noted: nobody writes a file, and nothing is sent.
fn export(state: &mut State, call: &Call) -> Outcome {
    let place = place(state, call)?;
    let body = call.body(&json!({
        "type": "object",
        "description": "Configuration for an export logs operation",
        "properties": {
            "callback_url": {
                "type": "string",
                "description": "The callback URL to invoke with a link to the exported logs"
            },
            "callback_email": {
                "type": "string",
                "description": "The e-mail address at which to e-mail a link to the exported logs"
            }
        }
    }))?;
    let text = |name: &str| body[name].as_str().filter(|text| !text.is_empty());
    if let Some(url) = text("callback_url") {
        check_address(state, url)?;
    }
    if text("callback_email").is_some_and(|email| !email.contains('@')) {
        return Err(Reply::invalid("Invalid callback e-mail"));
    }
    let span = span(state, call);
    if span.end < span.start {
        return Err(Reply::invalid("Invalid time span selected"));
    }
    is_known(state, &place.0)?;
    let id = uuid::Uuid::new_v4().to_string();
    let mut metadata = json!({
        "export_id": id,
        "message": "queued for export",
        "url": body["callback_url"],
        "email": body["callback_email"],
    });
    if let Some(repository) = &place.1 {
        metadata["repo"] = json!(repository);
    }
    let entry = LogEntry {
        kind: "export_logs_success".to_owned(),
        time: now(state).to_string(),
        namespace: Some(place.0),
        repository: None,
        performer: call.caller.user.clone(),
        metadata: metadata.as_object().cloned().unwrap_or_default(),
    };
    state.logs.push(entry);
    Ok(Reply::ok(json!({"export_id": id})))
}
