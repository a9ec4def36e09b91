//! What a notification may be made of.

use serde_json::{Value, json};

use super::owner::Owner;
use crate::quay::python;
use crate::quay::releases::{self, Release};
use crate::quay::reply::Reply;
use crate::quay::state::State;

const EVENTS: &[&str] = &[
    "repo_push",
    "build_queued",
    "build_start",
    "build_success",
    "build_failure",
    "build_cancelled",
    "vulnerability_found",
    "repo_mirror_sync_started",
    "repo_mirror_sync_success",
    "repo_mirror_sync_failed",
    "repo_image_expiry",
    "quota_warning",
    "quota_error",
];

/// Events with the release that brought them.
const SINCE: &[(Release, &str)] =
    &[((3, 12), "repo_image_expiry"), ((3, 18), "quota_warning"), ((3, 18), "quota_error")];

/// Events of namespaces, all of them of quotas.
pub(crate) const OF_NAMESPACES: &[&str] = &["quota_error", "quota_warning"];

pub(super) fn schema() -> Value {
    json!({
        "type": "object",
        "description": "Information for creating a notification on a repository",
        "required": ["event", "method", "config", "eventConfig"],
        "properties": {
            "event": {"type": "string", "description": "The event on which the notification will respond"},
            "method": {"type": "string", "description": "The method of notification (such as email or web callback)"},
            "config": {"type": "object", "description": "JSON config information for the specific method of notification"},
            "eventConfig": {
                "type": "object",
                "description": "JSON config information for the specific event of notification"
            },
            "title": {"type": "string", "description": "The human-readable title of the notification"}
        }
    })
}

/// Characters of the column for titles; more crash the server (source).
const TITLE: usize = 255;

/// Refuses what the method cannot work with. An event or a method that there is not crashes the server, but for a method of a namespace.
pub(super) fn check(state: &State, owner: &Owner<'_>, body: &Value) -> Result<(), Reply> {
    let (event, method) = (body["event"].as_str().unwrap_or_default(), body["method"].as_str().unwrap_or_default());
    let of_repository = matches!(owner, Owner::Repository(..));
    if !of_repository && !OF_NAMESPACES.contains(&event) {
        let known = OF_NAMESPACES.join(", ");
        return Err(Reply::invalid(format!("Invalid event '{event}'. Must be one of: {known}")));
    }
    let config = &body["config"];
    let needs = |member: &str, otherwise: &str| match config[member].as_str().unwrap_or_default() {
        "" => Err(Reply::invalid(otherwise)),
        text => Ok(text.to_owned()),
    };
    match method {
        "webhook" => check_webhook(&needs("url", "Missing webhook URL")?, config["template"].as_str()),
        "email" => check_email(state, owner, &needs("email", "Missing e-mail address")?),
        "slack" => needs("url", "Missing Slack Callback URL").map(drop),
        "flowdock" => needs("flow_api_token", "Missing Flowdock API Token").map(drop),
        "hipchat" => {
            needs("notification_token", "Missing Hipchat Room Notification Token")?;
            needs("room_id", "Missing Hipchat Room ID").map(drop)
        }
        "quay_notification" => check_target(state, owner, &config["target"]),
        _ if of_repository => Err(Reply::crash()),
        _ => Err(Reply::invalid(format!("Unknown notification method '{method}'"))),
    }?;
    let release = releases::release(&state.release);
    let too_new = SINCE.iter().any(|(since, name)| *name == event && release < *since);
    let fits = body["title"].as_str().is_none_or(|title| title.chars().count() <= TITLE);
    if EVENTS.contains(&event) && !too_new && fits { Ok(()) } else { Err(Reply::crash()) }
}

fn check_webhook(url: &str, template: Option<&str>) -> Result<(), Reply> {
    let Some((_, rest)) = url.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https")) else {
        return Err(Reply::invalid("Invalid webhook URL"));
    };
    match python::host(rest).as_deref() {
        None => return Err(Reply::crash()),
        Some("localhost" | "127.0.0.1") => return Err(Reply::invalid("Invalid webhook URL")),
        Some(_) => {}
    }
    let template = template.unwrap_or_default();
    match template.is_empty() || serde_json::from_str::<Value>(template).is_ok() {
        true => Ok(()),
        false => Err(Reply::invalid(format!("Could not parse template: {}", objection(template)))),
    }
}

/// What Python's parser has against a text that is no JSON, by its first letters.
fn objection(text: &str) -> &'static str {
    match text.strip_prefix('{') {
        Some(rest) if !rest.starts_with(['"', ' ']) => {
            "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"
        }
        _ => "Expecting value: line 1 column 1 (char 0)",
    }
}

/// The owner of an address must have agreed to hear of a repository; of a namespace anybody may.
fn check_email(state: &State, owner: &Owner<'_>, email: &str) -> Result<(), Reply> {
    let Owner::Repository(namespace, name) = owner else { return Ok(()) };
    let repository = state.repositories.get(&format!("{namespace}/{name}"));
    match repository.and_then(|repository| repository.authorized_emails.get(email)) {
        Some(true) => Ok(()),
        _ => Err(Reply::invalid(
            "The specified e-mail address is not authorized to receive notifications for this repository",
        )),
    }
}

fn check_target(state: &State, owner: &Owner<'_>, target: &Value) -> Result<(), Reply> {
    let name = target["name"].as_str().unwrap_or_default();
    let unknown = |kind: &str| Err(Reply::invalid(format!("Unknown {kind} {name}")));
    let organization = state.organizations.get(owner.namespace());
    match target["kind"].as_str() {
        Some("user") if state.users.contains_key(name) => Ok(()),
        Some("user") => unknown("user"),
        Some("team") if organization.is_some_and(|organization| organization.teams.contains_key(name)) => Ok(()),
        Some("team") => unknown("team"),
        Some("org") if !state.organizations.contains_key(name) => unknown("organization"),
        Some("org") if name == owner.namespace() => Ok(()),
        Some(_) => Err(Reply::crash()),
        None => Err(Reply::invalid("Missing target")),
    }
}
