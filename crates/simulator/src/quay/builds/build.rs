//! Builds: `repository/{repository}/build/...`, `filedrop/`, and superusers' look at any build.
//!
//! Nothing is built. A build goes through the phases that the state's `builder` names, one each time that somebody looks at it; without
//! any it waits for ever, as it does on a server that has no builder.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::requests::{self, Prepared};
use super::userfiles;
use super::views::{self, Rights};
use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::logs::notes;
use crate::quay::records::{Build, RepositoryState};
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;

const SUPERUSERS: &[&str] = &["FEATURE_SUPER_USERS"];

pub(super) const ROUTES: &[Route] = &[
    Route::new("repository/{repository}/build/", &[("GET", list), ("POST", start)]),
    Route::new("repository/{repository}/build/{build_uuid}", &[("GET", get), ("DELETE", cancel)]),
    Route::new("repository/{repository}/build/{build_uuid}/status", &[("GET", status)]),
    Route::new("repository/{repository}/build/{build_uuid}/logs", &[("GET", logs)]),
    Route::new("filedrop/", &[("POST", drop_file)]),
    Route::new("superuser/{build_uuid}/build", &[("GET", any_build)]).needs(SUPERUSERS),
    Route::new("superuser/{build_uuid}/status", &[("GET", any_status)]).needs(SUPERUSERS),
    Route::new("superuser/{build_uuid}/logs", &[("GET", any_logs)]).needs(SUPERUSERS),
    Route::new("superuser/{build_uuid}/logs/archive", &[("GET", any_archive)]).needs(SUPERUSERS),
];

/// From these on a build can no longer be cancelled.
const TOO_LATE: &[&str] = &["pushing", "complete", "error", "internalerror", "cancelled", "expired"];
/// Builds in a list, unless more are asked for.
const USUAL: usize = 5;

/// Refuses writes to repositories that are read-only or mirrors.
pub(super) fn require_normal(state: &State, call: &Call) -> Result<(), Reply> {
    let number = match state.repositories.get(call.parameter("repository")).map(|found| found.state) {
        None | Some(RepositoryState::Normal) => return Ok(()),
        Some(RepositoryState::ReadOnly) => 1,
        Some(RepositoryState::Mirror) => 2,
    };
    Err(Reply::json(503, json!({"message": format!("Repository is in read only or mirror mode: {number}")})))
}

/// A number in the query.
pub(super) fn limit(call: &Call) -> Result<usize, Reply> {
    call.query("limit").map_or(Ok(USUAL), |text| {
        text.parse().map_err(|_| Reply::bad_query("limit", "The maximum number of builds to return"))
    })
}

fn list(state: &mut State, call: &Call) -> Outcome {
    let (namespace, name) = call.repository();
    call.require(Access::new(state, &call.caller).repo_read(namespace, name))?;
    let since = match call.query("since") {
        None => None,
        Some(text) => Some(
            text.parse::<i64>()
                .map_err(|_| Reply::bad_query("since", "Returns all builds since the given unix timecode"))?,
        ),
    };
    let limit = limit(call)?;
    let full = call.parameter("repository");
    let builds = views::newest(state, full).into_iter();
    let builds = builds.filter(|(_, build)| since.is_none_or(|since| views::seconds(&build.started) >= since));
    let rights = Rights::of(state, call, namespace, name);
    let shown: Vec<Value> =
        builds.take(limit).map(|(uuid, build)| views::build(state, full, uuid, build, rights)).collect();
    Ok(Reply::ok(json!({"builds": shown})))
}

fn start(state: &mut State, call: &Call) -> Outcome {
    let (namespace, name) = call.repository();
    call.require(Access::new(state, &call.caller).repo_write(namespace, name))?;
    require_normal(state, call)?;
    let body = call.body(&requests::schema())?;
    let prepared = requests::prepared(state, call, &body)?;
    let full = call.parameter("repository").to_owned();
    if !state.repositories.contains_key(&full) {
        return Err(Reply::not_found());
    }
    begin(state, call, prepared)
}

/// Queues a build.
pub(super) fn begin(state: &mut State, call: &Call, prepared: Prepared) -> Outcome {
    let (namespace, name) = call.repository();
    let uuid = Uuid::new_v4().to_string();
    let build = Build {
        number: state.number(),
        phase: "waiting".to_owned(),
        started: views::now(),
        display_name: prepared.display_name,
        status: Map::new(),
        subdirectory: prepared.subdirectory,
        context: prepared.context,
        tags: prepared.tags,
        manual_user: call.caller.user.clone(),
        trigger: prepared.trigger,
        trigger_metadata: prepared.metadata,
        resource_key: prepared.file,
        pull_robot: prepared.pull_robot,
        archive_url: prepared.archive_url,
        logs: Vec::new(),
        logs_archived: false,
        ahead: state.builder.clone(),
    };
    let rights = Rights::of(state, call, namespace, name);
    let full = call.parameter("repository");
    let view = views::build(state, full, &uuid, &build, rights);
    let noted = json!({
        "build_id": uuid,
        "docker_tags": build.tags,
        "is_manual": build.manual_user.is_some(),
        "manual_user": build.manual_user,
    });
    let repository = state.repositories.get_mut(full).ok_or_else(Reply::not_found)?;
    repository.builds.insert(uuid.clone(), build);
    notes::of_repository(state, call, "build_dockerfile", &noted);
    let location = format!("/api/v1/repository/{full}/build/{uuid}/status");
    Ok(Reply::json(201, view).at(&location))
}

/// From the source: triggers and builds go on without a robot that is deleted.
pub(crate) fn forget_robot(state: &mut State, robot: &str) {
    let without = |name: &mut Option<String>| *name = name.take().filter(|name| name != robot);
    for repository in state.repositories.values_mut() {
        repository.triggers.values_mut().for_each(|trigger| without(&mut trigger.pull_robot));
        repository.builds.values_mut().for_each(|build| without(&mut build.pull_robot));
    }
}

/// Whether there is such a build in the repository of the path.
fn known<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut Build, Reply> {
    let repository = state.repositories.get_mut(call.parameter("repository")).ok_or_else(Reply::not_found)?;
    repository.builds.get_mut(call.parameter("build_uuid")).ok_or_else(Reply::not_found)
}

/// These two routes fail otherwise than others where there is no such build in the whole registry.
fn require_somewhere(state: &State, call: &Call) -> Result<(), Reply> {
    let uuid = call.parameter("build_uuid");
    match state.repositories.values().any(|repository| repository.builds.contains_key(uuid)) {
        true => Ok(()),
        false => Err(Reply::message(no_build(call))),
    }
}

fn no_build(call: &Call) -> String {
    format!("Unable to locate a build by id: {}", call.parameter("build_uuid"))
}

/// Goes on to the next phase.
fn go_on(build: &mut Build) {
    if build.ahead.is_empty() {
        return;
    }
    let phase = build.ahead.remove(0);
    build.logs.push(json!({"type": "phase", "message": phase, "data": {"datetime": views::now()}}));
    match phase.as_str() {
        "building" => {
            build.logs.push(json!({"type": "command", "message": "Step 1/1 : FROM scratch"}));
            build.status.extend([("total_commands".to_owned(), json!(1)), ("current_command".to_owned(), json!(1))]);
        }
        "error" => build.logs.push(json!({"type": "error", "message": "The Dockerfile has no step FROM", "data": {}})),
        _ => {}
    }
    build.phase = phase;
}

fn get(state: &mut State, call: &Call) -> Outcome {
    let (namespace, name) = call.repository();
    call.require(Access::new(state, &call.caller).repo_read(namespace, name))?;
    go_on(known(state, call)?);
    let build = known(state, call)?.clone();
    let rights = Rights::of(state, call, namespace, name);
    let uuid = call.parameter("build_uuid");
    Ok(Reply::ok(views::build(state, call.parameter("repository"), uuid, &build, rights)))
}

fn status(state: &mut State, call: &Call) -> Outcome {
    let (namespace, name) = call.repository();
    call.require(Access::new(state, &call.caller).repo_read(namespace, name))?;
    require_somewhere(state, call)?;
    get(state, call)
}

fn cancel(state: &mut State, call: &Call) -> Outcome {
    let (namespace, name) = call.repository();
    call.require(Access::new(state, &call.caller).repo_admin(namespace, name))?;
    require_normal(state, call)?;
    let build = known(state, call)?;
    if TOO_LATE.contains(&build.phase.as_str()) {
        return Err(Reply::invalid("Build is currently running or has finished"));
    }
    build.phase = "cancelled".to_owned();
    build.ahead.clear();
    Ok(Reply::json(201, json!("Okay")))
}

/// What the build has said from the entry `start` on, or where that is kept.
fn said(build: &Build, call: &Call) -> Outcome {
    if build.logs_archived {
        let url = format!("{}/logarchive/{}", call.origin, call.parameter("build_uuid"));
        return Ok(Reply::ok(json!({"logs_url": url})));
    }
    let start: usize = match call.query("start") {
        None => 0,
        Some(text) => text.parse().map_err(|_| Reply::crash())?,
    };
    // What cannot be read looks like nothing.
    let all = if build.phase == views::CANNOT_LOAD { &[] } else { build.logs.as_slice() };
    let logs: Vec<&Value> = all.iter().skip(start).collect();
    Ok(Reply::ok(json!({"start": start, "total": all.len(), "logs": logs})))
}

fn logs(state: &mut State, call: &Call) -> Outcome {
    let (namespace, name) = call.repository();
    let access = Access::new(state, &call.caller);
    call.require(access.repo_read(namespace, name))?;
    call.require(access.repo_write(namespace, name) || state.feature("FEATURE_READER_BUILD_LOGS"))?;
    require_somewhere(state, call)?;
    said(known(state, call)?, call)
}

/// A place to which a file may be put, for builds from it.
fn drop_file(state: &mut State, call: &Call) -> Outcome {
    let body = call.body(&json!({
        "type": "object",
        "description": "Description of the file that the user wishes to upload.",
        "required": ["mimeType"],
        "properties": {"mimeType": {"type": "string", "description": "Type of the file which is about to be uploaded"}}
    }))?;
    let id = Uuid::new_v4().to_string();
    let kind = body["mimeType"].as_str().unwrap_or_default().to_owned();
    let (url, signature) = match &state.storage {
        None => (format!("{}/userfiles/{id}", call.origin), None),
        Some(storage) => {
            let signature = crate::quay::random::random_text(64).to_lowercase();
            (userfiles::signed(storage, &id, &signature), Some(signature))
        }
    };
    let file = crate::quay::records::DroppedFile { kind, content: None, signature, headers: BTreeMap::new() };
    state.files.insert(id.clone(), file);
    Ok(Reply::ok(json!({"url": url, "file_id": id})))
}

/// Any repository's build, for superusers; `Err` is the answer to others.
fn anywhere<'a>(state: &'a mut State, call: &Call) -> Result<Option<(String, &'a mut Build)>, Reply> {
    call.require(Access::new(state, &call.caller).superuser())?;
    let uuid = call.parameter("build_uuid");
    let found = state
        .repositories
        .iter_mut()
        .find_map(|(full, repository)| repository.builds.get_mut(uuid).map(|build| (full.clone(), build)));
    Ok(found)
}

fn unknown(call: &Call) -> Reply {
    Reply::invalid_response(no_build(call))
}

fn seen_by_superuser(state: &mut State, call: &Call, missing: Reply) -> Outcome {
    let Some((full, build)) = anywhere(state, call)? else { return Err(missing) };
    go_on(build);
    let build = build.clone();
    let (namespace, name) = full.split_once('/').unwrap_or_default();
    let rights = Rights::of(state, call, namespace, name);
    let mut view = views::build(state, &full, call.parameter("build_uuid"), &build, rights);
    // This view of a trigger knows less.
    for member in ["enabled", "disabled_reason"] {
        view["trigger"].as_object_mut().into_iter().for_each(|trigger| drop(trigger.remove(member)));
    }
    Ok(Reply::ok(view))
}

fn any_build(state: &mut State, call: &Call) -> Outcome {
    seen_by_superuser(state, call, Reply::not_found())
}

fn any_status(state: &mut State, call: &Call) -> Outcome {
    seen_by_superuser(state, call, unknown(call))
}

fn any_logs(state: &mut State, call: &Call) -> Outcome {
    let Some((_, build)) = anywhere(state, call)? else { return Err(unknown(call)) };
    said(build, call)
}

/// What the archive of the logs holds.
fn any_archive(state: &mut State, call: &Call) -> Outcome {
    let Some((_, build)) = anywhere(state, call)? else { return Err(unknown(call)) };
    match build.logs_archived {
        true => Ok(Reply::ok(json!({"start": 0, "total": build.logs.len(), "logs": build.logs}))),
        false => Err(Reply::invalid_response("Archived logs not available")),
    }
}
