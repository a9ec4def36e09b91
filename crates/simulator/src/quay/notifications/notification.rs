//! Notifications: `repository/{repository}/notification/`, `organization/{orgname}/notifications`, `user/namespacenotifications`.

use serde_json::{Value, json};
use uuid::Uuid;

use super::owner::Owner;
use super::rules;
use crate::quay::call::Call;
use crate::quay::records::ExternalNotification;
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;

const OF_NAMESPACES: &[&str] = &["FEATURE_QUOTA_NOTIFICATIONS"];

pub(super) const ROUTES: &[Route] = &[
    Route::new("repository/{repository}/notification/", &[("GET", list), ("POST", create)]),
    Route::new("repository/{repository}/notification/{uuid}", &[("GET", get), ("POST", reset), ("DELETE", delete)]),
    Route::new("repository/{repository}/notification/{uuid}/test", &[("POST", test)]),
    Route::new("organization/{orgname}/notifications", &[("GET", list), ("POST", create)]).needs(OF_NAMESPACES),
    Route::new("organization/{orgname}/notifications/{uuid}", &[("GET", get), ("POST", reset), ("DELETE", delete)])
        .needs(OF_NAMESPACES),
    Route::new("organization/{orgname}/notifications/{uuid}/test", &[("POST", test)]).needs(OF_NAMESPACES),
    Route::new("user/namespacenotifications", &[("GET", list), ("POST", create)]).needs(OF_NAMESPACES),
    Route::new("user/namespacenotifications/{uuid}", &[("GET", get), ("POST", reset), ("DELETE", delete)])
        .needs(OF_NAMESPACES),
    Route::new("user/namespacenotifications/{uuid}/test", &[("POST", test)]).needs(OF_NAMESPACES),
    Route::new("repository/{repository}/authorizedemail/{email}", &[("GET", email), ("POST", authorize)])
        .needs(&["FEATURE_MAILING"]),
];

fn view(uuid: &str, notification: &ExternalNotification) -> Value {
    json!({
        "uuid": uuid,
        "title": notification.title,
        "event": notification.event,
        "method": notification.method,
        "config": notification.config,
        "event_config": notification.event_config,
        "number_of_failures": notification.number_of_failures,
    })
}

/// Empty for an unknown repository.
fn list(state: &mut State, call: &Call) -> Outcome {
    let owner = Owner::admit(state, call)?;
    let mut all: Vec<_> = owner.all(state).into_iter().flat_map(|all| all.iter()).collect();
    all.sort_by_key(|(_, notification)| notification.number);
    let views: Vec<Value> = all.into_iter().map(|(uuid, notification)| view(uuid, notification)).collect();
    Ok(Reply::ok(json!({"notifications": views})))
}

/// One notification; in the place of a repository's, any repository's.
fn get(state: &mut State, call: &Call) -> Outcome {
    let owner = Owner::admit(state, call)?;
    let uuid = call.parameter("uuid");
    let found = match owner {
        Owner::Repository(..) => {
            state.repositories.values().find_map(|repository| repository.external_notifications.get(uuid))
        }
        _ => owner.all(state).and_then(|all| all.get(uuid)),
    };
    found.map(|notification| Reply::ok(view(uuid, notification))).ok_or_else(Reply::not_found)
}

/// What is sent as `eventConfig` is `event_config` ever after. Equal ones are allowed.
fn create(state: &mut State, call: &Call) -> Outcome {
    let owner = Owner::admit(state, call)?;
    let body = call.body(&rules::schema())?;
    rules::check(state, &owner, &body)?;
    let text = |member: &str| body[member].as_str().unwrap_or_default().to_owned();
    let notification = ExternalNotification {
        number: state.number(),
        title: body["title"].as_str().map(str::to_owned),
        event: text("event"),
        method: text("method"),
        config: body["config"].clone(),
        event_config: body["eventConfig"].clone(),
        number_of_failures: 0,
        tests: 0,
        resets: 0,
    };
    let uuid = Uuid::new_v4().to_string();
    let shown = view(&uuid, &notification);
    owner.all(state).ok_or_else(Reply::crash)?.insert(uuid, notification);
    Ok(Reply::json(201, shown))
}

fn find<'s>(state: &'s mut State, call: &Call) -> Result<&'s mut ExternalNotification, Reply> {
    let owner = Owner::admit(state, call)?;
    let missing = owner.missing(call);
    owner.all(state).and_then(|all| all.get_mut(call.parameter("uuid"))).ok_or(missing)
}

/// Forgets the failures.
fn reset(state: &mut State, call: &Call) -> Outcome {
    let found = find(state, call)?;
    found.number_of_failures = 0;
    found.resets += 1;
    Ok(Reply::gone())
}

/// Sends one for a trial, some time later.
fn test(state: &mut State, call: &Call) -> Outcome {
    find(state, call)?.tests += 1;
    Ok(Reply::ok(json!({})))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    find(state, call)?;
    let owner = Owner::of(call);
    owner.all(state).and_then(|all| all.remove(call.parameter("uuid")));
    Ok(Reply::gone())
}

fn address(call: &Call, confirmed: bool) -> Reply {
    let (namespace, repository) = call.repository();
    let email = call.parameter("email");
    Reply::ok(json!({"email": email, "repository": repository, "namespace": namespace, "confirmed": confirmed}))
}

/// Whether an address may be written to about a repository.
fn email(state: &mut State, call: &Call) -> Outcome {
    Owner::admit(state, call)?;
    let repository = state.repositories.get(call.parameter("repository"));
    let found = repository.and_then(|repository| repository.authorized_emails.get(call.parameter("email")));
    found.map(|confirmed| address(call, *confirmed)).ok_or_else(Reply::no_such_url)
}

/// Asks the owner of an address to confirm it.
fn authorize(state: &mut State, call: &Call) -> Outcome {
    Owner::admit(state, call)?;
    let repository = state.repositories.get_mut(call.parameter("repository")).ok_or_else(Reply::not_found)?;
    let confirmed = *repository.authorized_emails.entry(call.parameter("email").to_owned()).or_default();
    Ok(address(call, confirmed))
}
