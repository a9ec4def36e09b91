//! What data sources and actions about usage logs share: whose logs they are, and of which time.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use registry_http::Kind;
use serde_json::Value;
use terraform_framework::schema::Check;
use terraform_framework::{Error, PlanValue, Report, Result, check};

use crate::api::keys::RepositoryKey;
use crate::api::logs::{EntryJson, Place, Span, entries};
use crate::client::Quay;
use crate::client::lookup::no_repository;

/// A day in UTC, or a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bound {
    pub(super) day: Date,
    /// Where it is more than a day.
    pub(super) moment: Option<Timestamp>,
}

/// Of `2026-11-20` or `2026-11-20T14:09:25Z`.
pub(super) fn bound(text: &str) -> Option<Bound> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(Bound { day: moment.to_zoned(TimeZone::UTC).date(), moment: Some(moment) });
    }
    // A date alone: jiff would take a date with a time, and leave the time out.
    let day = Date::strptime("%Y-%m-%d", text).ok()?;
    Some(Bound { day, moment: None })
}

/// Checks that a text is a date or a time.
pub(super) fn time() -> Check {
    check::text("a date such as 2026-11-20, or a time such as 2026-11-20T14:00:00Z", |text| match bound(text) {
        Some(_) => Ok(()),
        None => Err(format!("{text:?} is neither a date such as 2026-11-20 nor a time with its zone.")),
    })
}

/// Checks that a text is a date.
pub(super) fn day() -> Check {
    check::text("a date such as 2026-11-20", |text| match bound(text) {
        Some(Bound { moment: None, .. }) => Ok(()),
        _ => Err(format!("{text:?} is no date such as 2026-11-20. Quay knows days only.")),
    })
}

/// Refuses an end without a beginning, and one before it.
pub(super) fn refuse_disorder(start: &PlanValue<String>, end: &PlanValue<String>, report: &mut Report) {
    if start.is_null() && !end.is_null() {
        let detail = "Without `start`, Quay begins 24 hours ago, which may be after the end. Set `start` too.";
        report.error("start", "The beginning is missing", detail);
    }
    let known = |text: &PlanValue<String>| text.known().and_then(|text| bound(text));
    let (Some(start), Some(end)) = (known(start), known(end)) else { return };
    let moments = start.moment.zip(end.moment);
    if end.day < start.day || moments.is_some_and(|(start, end)| end < start) {
        report.error("end", "The end is before the beginning", "Nothing can have been done between them.");
    }
}

/// Refuses places that there are not.
pub(super) fn refuse_nowhere(
    namespace: &PlanValue<String>,
    repository: &PlanValue<String>,
    registry: Option<&PlanValue<bool>>,
    report: &mut Report,
) {
    let whole = registry.and_then(|registry| registry.known()) == Some(&true);
    if namespace.is_null() && !repository.is_null() {
        report.error("namespace", "The namespace is missing", "`repository` is the name within the namespace.");
    }
    if whole && !namespace.is_null() {
        let detail = "`namespace` and `whole_registry` exclude each other: set one of them.";
        report.error("whole_registry", "Whose logs are wanted?", detail);
    }
}

/// Whose logs are asked for. Without a namespace, the token's own user's.
pub(super) async fn place(
    cx: &Quay,
    namespace: Option<&String>,
    repository: Option<&String>,
    registry: bool,
) -> Result<Place> {
    Ok(match (namespace, repository) {
        (None, _) if registry => Place::Registry,
        (None, _) => Place::Own,
        (Some(namespace), Some(name)) => {
            Place::Repository(RepositoryKey { namespace: namespace.clone(), name: name.clone() })
        }
        (Some(namespace), None) if cx.user().await? == Some(namespace.as_str()) => Place::Own,
        (Some(namespace), None) => Place::Organization(namespace.clone()),
    })
}

/// The days that a server is asked for.
pub(super) fn span(start: Option<&String>, end: Option<&String>, performer: Option<&String>) -> Span {
    let day = |text: Option<&String>| text.and_then(|text| bound(text)).map(|bound| bound.day);
    Span { start: day(start), end: day(end), performer: performer.cloned() }
}

/// Refuses a performer whom the server does not know: when it counts, that is everybody to it. Asked for entries it fails, or shows
/// those of others.
pub(super) async fn refuse_unknown_performer(cx: &Quay, place: &Place, span: &Span) -> Result<()> {
    let Some(performer) = &span.performer else { return Ok(()) };
    let others = match cx.pages(entries(place, span)).next().await {
        Ok(page) => page.unwrap_or_default(),
        Err(error) => return Err(explain(cx, place, span, error).await),
    };
    let by = |entry: &EntryJson| entry.performer.as_ref().is_some_and(|found| found.name == *performer);
    match others.iter().all(by) {
        true => Ok(()),
        false => {
            let detail =
                "Quay counts what everybody has done instead. The full name of a robot account is ORGANIZATION+NAME.";
            Err(Error::new(format!("There is no user or robot account {performer}"), detail).at("performer"))
        }
    }
}

/// Takes out of an entry what Quay notes although it may open something: how a trigger's service reaches its webhook, logins in addresses,
/// and of the address that an export was sent to all but the host, because some addresses are secrets themselves.
pub(super) fn hide_secrets(entry: &mut EntryJson) {
    if let Some(config) = entry.metadata.get_mut("config").and_then(Value::as_object_mut) {
        config.remove("credentials");
    }
    hide_logins(&mut entry.metadata);
    if entry.kind.starts_with("export_logs")
        && let Some(Value::String(url)) = entry.metadata.get_mut("url")
    {
        let host = url.find("://").map_or(0, |scheme| scheme + 3);
        let end = url[host..].find(PAST_HOST).map_or(url.len(), |end| host + end);
        url.truncate(end);
    }
}

/// What ends the part of an address that names its host.
const PAST_HOST: [char; 8] = ['/', '?', '#', '\\', ' ', '\n', '"', '\''];

fn hide_logins(value: &mut Value) {
    match value {
        Value::String(text) if text.contains("://") => *text = without_logins(text),
        Value::Array(items) => items.iter_mut().for_each(hide_logins),
        Value::Object(members) => members.values_mut().for_each(hide_logins),
        _ => {}
    }
}

/// The address of a source, without what opens it. The name of a user alone, as in `ssh://git@git.example.com/app.git`, opens nothing, but over
/// HTTP it may be a token.
pub(crate) fn without_password(address: &str) -> String {
    let rest = address.split_once("://").map_or("", |(_, rest)| rest);
    let host = &rest[..rest.find(PAST_HOST).unwrap_or(rest.len())];
    let login = host.rsplit_once('@').map_or("", |(login, _)| login);
    match address.starts_with("http") || login.contains(':') {
        true => without_logins(address),
        false => address.to_owned(),
    }
}

/// A text whose addresses begin with their hosts: `https://user:password@host/` is `https://host/`.
fn without_logins(text: &str) -> String {
    let (mut hidden, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once("://") {
        let end = after.find(PAST_HOST).unwrap_or(after.len());
        hidden.push_str(before);
        hidden.push_str("://");
        rest = &after[after[..end].rfind('@').map_or(0, |at| at + 1)..];
    }
    hidden + rest
}

/// What a refusal most likely means.
pub(super) async fn explain(cx: &Quay, place: &Place, span: &Span, error: registry_http::Error) -> Error {
    if let Place::Repository(key) = place
        && error.is_not_found()
    {
        return no_repository(key);
    }
    if let Place::Organization(namespace) = place
        && (error.is_not_found() || error.kind() == Kind::Forbidden)
        && let Err(unknown) = cx.ensure_namespace(namespace).await
    {
        return unknown;
    }
    // Whose clock it is about is the server's: the provider's own may say otherwise.
    if error.status() == Some(400)
        && let (Some(start), None) = (span.start, span.end)
    {
        let hint =
            format!("Without `end`, Quay ends today, and refuses to begin later than tomorrow. `start` is {start}.");
        return Error::from(error).at("start").with_hint(hint);
    }
    if error.status() != Some(500) {
        return error.into();
    }
    Error::from(error).with_hint(match &span.performer {
        // It fails over a name that nobody has.
        Some(performer) => format!("Quay fails so when there is no user or robot account {performer}."),
        None => "Before 3.17, Quay fails so when it sends its logs to Splunk (LOGS_MODEL): there it cannot read them."
            .to_owned(),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_opens_something_is_hidden_wherever_it_stands() {
        let hidden = |kind: &str, metadata: serde_json::Value| {
            let json = serde_json::json!({ "kind": kind, "metadata": metadata, "datetime": "" });
            let mut entry: EntryJson = serde_json::from_value(json).unwrap();
            hide_secrets(&mut entry);
            entry.metadata.to_string()
        };
        for (url, shown) in [
            ("https://audit.example.com:8443/hooks/SECRET", "https://audit.example.com:8443"),
            ("https://me:SECRET@audit.example.com?token=SECRET", "https://audit.example.com"),
            ("http://audit.example.com", "http://audit.example.com"),
        ] {
            let told = hidden("export_logs_success", serde_json::json!({ "url": url, "email": null }));
            assert_eq!(told, format!(r#"{{"url":"{shown}","email":null}}"#));
        }
        let told =
            hidden("other", serde_json::json!({ "to": ["a http://u:SECRET@p:1/x?y b@c", { "x": "git://u@h" }] }));
        assert_eq!(told, r#"{"to":["a http://p:1/x?y b@c",{"x":"git://h"}]}"#);
        assert_eq!(hidden("other", serde_json::json!({ "url": "https://a/b?c" })), r#"{"url":"https://a/b?c"}"#);
    }

    #[test]
    fn what_opens_a_source_is_hidden() {
        for (address, shown) in [
            ("https://me:SECRET@git.example.com/app.git", "https://git.example.com/app.git"),
            ("https://SECRET@git.example.com/app.git", "https://git.example.com/app.git"),
            ("ssh://me:SECRET@git.example.com/app.git", "ssh://git.example.com/app.git"),
            ("ssh://git@git.example.com:22/app.git", "ssh://git@git.example.com:22/app.git"),
            ("git@git.example.com:acme/app.git", "git@git.example.com:acme/app.git"),
            ("acme/app", "acme/app"),
            ("ssh://aéé/x?u=https://abc@h", "ssh://aéé/x?u=https://abc@h"),
            ("git://git.example.com/app@1:2.git", "git://git.example.com/app@1:2.git"),
        ] {
            assert_eq!(without_password(address), shown);
        }
    }

    #[test]
    fn days_and_moments_are_told_apart() {
        let day = bound("2026-11-20").unwrap();
        assert_eq!((day.day.to_string().as_str(), day.moment), ("2026-11-20", None));
        let moment = bound("2026-11-20T23:30:00-05:00").unwrap();
        assert_eq!(moment.day.to_string(), "2026-11-21");
        assert!(["11/20/2026", "yesterday", "2026-11-20T10:00:00", ""].iter().all(|text| bound(text).is_none()));
    }
}
