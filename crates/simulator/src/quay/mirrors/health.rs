//! How mirrors are: `repository/mirror/health` and `superuser/mirror/health`.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::records::{Mirror, RepositoryState, SyncStatus};
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;

pub(super) const ROUTES: &[Route] = &[
    Route::new("repository/mirror/health", &[("GET", of_namespace)]).needs(&["FEATURE_REPO_MIRROR"]),
    Route::new("superuser/mirror/health", &[("GET", of_all)]).needs(&["FEATURE_REPO_MIRROR", "FEATURE_SUPER_USERS"]),
];

/// Repositories on the longest page.
const PAGE: usize = 1000;
/// Issues of a kind that are told.
const ISSUES: usize = 5;

/// The whole registry's for superusers; a namespace's for those who belong to it.
fn of_namespace(state: &mut State, call: &Call) -> Outcome {
    let access = Access::new(state, &call.caller);
    call.require(call.caller.user.is_some())?;
    let namespace = call.query("namespace");
    match namespace {
        None => call.require(access.superuser())?,
        Some(name) if state.namespace(name).is_none() => return Err(Reply::not_found()),
        Some(name) => call.require(access.superuser() || access.org_member(name))?,
    }
    Ok(answer(health(state, call, namespace, true)))
}

fn of_all(state: &mut State, call: &Call) -> Outcome {
    call.require(Access::new(state, &call.caller).superuser())?;
    Ok(answer(health(state, call, None, false)))
}

/// Bad health is a 503, whose body tells as much as that of a 200.
fn answer(health: Value) -> Reply {
    let status = if health["healthy"] == true { 200 } else { 503 };
    Reply::json(status, health)
}

fn health(state: &State, call: &Call, namespace: Option<&str>, named: bool) -> Value {
    let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string();
    let mirrors = mirrors(state, namespace);
    let count = |status: SyncStatus| mirrors.iter().filter(|(_, mirror)| mirror.status == status).count();
    let (failed, never_run) = (count(SyncStatus::Fail), count(SyncStatus::NeverRun));
    let ran = mirrors.len() - never_run;
    let healthy = failed * 5 <= ran;
    let mut repositories = json!({
        "total": mirrors.len(),
        "syncing": count(SyncStatus::Syncing),
        "completed": count(SyncStatus::Success),
        "failed": failed,
        "never_run": never_run,
    });
    if named && call.flag("detailed", false) {
        add_details(call, &mirrors, &mut repositories);
    }
    json!({
        "healthy": healthy,
        "workers": {"active": 0, "configured": 0, "status": if healthy { "healthy" } else { "degraded" }},
        "repositories": repositories,
        "tags_pending": 0,
        "last_check": now,
        "issues": if named { issues(&mirrors, healthy, failed, ran, &now) } else { Vec::new() },
    })
}

/// Those that are on, in repositories that are in the state for it.
fn mirrors<'a>(state: &'a State, namespace: Option<&str>) -> Vec<(&'a str, &'a Mirror)> {
    let is_mirror = |(full, repository): (&'a String, &'a crate::quay::records::Repository)| {
        let mirror = repository.mirror.as_ref().filter(|mirror| mirror.is_enabled)?;
        let here = namespace.is_none_or(|namespace| full.split('/').next() == Some(namespace));
        (here && repository.state == RepositoryState::Mirror).then_some((full.as_str(), mirror))
    };
    state.repositories.iter().filter_map(is_mirror).collect()
}

fn add_details(call: &Call, mirrors: &[(&str, &Mirror)], repositories: &mut Value) {
    let number = |name: &str, default: usize| call.query(name).and_then(|n| n.parse().ok()).unwrap_or(default);
    let (limit, offset) = (number("limit", 100).clamp(1, PAGE), number("offset", 0));
    let page = mirrors.iter().skip(offset).take(limit).map(|(full, mirror)| {
        let (namespace, name) = full.split_once('/').unwrap_or_default();
        json!({
            "namespace": namespace,
            "repository": name,
            "sync_status": mirror.status,
            "is_enabled": mirror.is_enabled,
            "last_sync": null,
            "retries_remaining": mirror.retries_remaining,
        })
    });
    repositories["details"] = page.collect();
    let more = mirrors.len() > offset + limit;
    repositories["pagination"] = json!({"limit": limit, "offset": offset, "has_more": more});
}

fn issues(mirrors: &[(&str, &Mirror)], healthy: bool, failed: usize, ran: usize, now: &str) -> Vec<Value> {
    let issue = |severity: &str, message: String| json!({"severity": severity, "message": message, "timestamp": now});
    let mut found = Vec::new();
    if !healthy {
        let rate = 100.0 * failed as f64 / ran as f64;
        found.push(issue("critical", format!("{rate:.1}% of repositories are failing (threshold: 20.0%)")));
    }
    let never = mirrors.iter().filter(|(_, mirror)| mirror.status == SyncStatus::NeverRun);
    let never = never.map(|(full, _)| issue("warning", format!("Repository {full} has never been synced")));
    let out = |mirror: &Mirror| mirror.status == SyncStatus::Fail && mirror.retries_remaining == 0;
    let out = mirrors.iter().filter(|(_, mirror)| out(mirror));
    let out = out.map(|(full, _)| issue("error", format!("Repository {full} has exhausted all retry attempts")));
    found.extend(never.take(ISSUES).chain(out.take(ISSUES)));
    found
}
