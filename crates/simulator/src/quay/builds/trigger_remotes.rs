//! What a trigger's service holds, as the login that made the trigger sees it: `repository/{repository}/trigger/{trigger_uuid}/...`. A
//! plain Git server cannot be asked: 501.

use serde_json::{Map, Value, json};

use super::build::require_normal;
use super::triggers::{known, require_admin, require_own};
use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::records::Trigger;
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;

pub(super) const ROUTES: &[Route] = &[
    Route::new("repository/{repository}/trigger/{trigger_uuid}/namespaces", &[("GET", namespaces)]),
    Route::new("repository/{repository}/trigger/{trigger_uuid}/sources", &[("POST", sources)]),
    Route::new("repository/{repository}/trigger/{trigger_uuid}/subdir", &[("POST", dockerfiles)]),
    Route::new("repository/{repository}/trigger/{trigger_uuid}/fields/{field_name}", &[("POST", fields)]),
    Route::new("repository/{repository}/trigger/{trigger_uuid}/analyze", &[("POST", analyze)]),
];

/// The values of a field that are shown at most. From the source: branches and tags at once (`refs`) are all shown.
const VALUES: usize = 30;

fn is_plain(trigger: &Trigger) -> bool {
    trigger.service == "custom-git"
}

fn namespaces(state: &mut State, call: &Call) -> Outcome {
    require_admin(state, call)?;
    require_own(state, call, false)?;
    let trigger = known(state, call)?;
    if is_plain(trigger) {
        return Err(Reply::not_implemented());
    }
    Ok(Reply::ok(json!({"namespaces": trigger.remote.namespaces})))
}

fn sources(state: &mut State, call: &Call) -> Outcome {
    require_admin(state, call)?;
    require_normal(state, call)?;
    let body = call.body(&json!({
        "type": "object",
        "description": "Specifies the namespace under which to fetch sources",
        "properties": {"namespace": {"type": "string", "description": "The namespace for which to fetch sources"}}
    }))?;
    let namespace = body["namespace"].as_str().ok_or_else(Reply::crash)?;
    require_own(state, call, false)?;
    let trigger = known(state, call)?;
    if is_plain(trigger) {
        return Err(Reply::not_implemented());
    }
    let found = trigger.remote.sources.get(namespace).cloned().unwrap_or_default();
    Ok(Reply::ok(json!({"sources": found})))
}

/// The folders that can be the context of a Dockerfile.
fn contexts(path: &str) -> Vec<String> {
    let mut folders = Vec::new();
    let mut rest = path;
    while let Some((folder, _)) = rest.rsplit_once('/') {
        folders.push(if folder.is_empty() { "/" } else { folder }.to_owned());
        rest = folder;
    }
    folders
}

fn dockerfiles(state: &mut State, call: &Call) -> Outcome {
    require_admin(state, call)?;
    require_normal(state, call)?;
    let config = call.body(&json!({"type": "object", "description": "Arbitrary json."}))?;
    require_own(state, call, false)?;
    let trigger = known(state, call)?;
    if is_plain(trigger) {
        return Err(Reply::not_implemented());
    }
    let Some(_) = source(trigger, &config) else {
        return Ok(Reply::ok(json!({"status": "error", "message": "Could not find the repository"})));
    };
    let paths: Vec<String> = trigger.remote.dockerfiles.keys().map(|path| format!("/{path}")).collect();
    let by_path: Map<String, Value> = paths.iter().map(|path| (path.clone(), json!(contexts(path)))).collect();
    Ok(Reply::ok(json!({"dockerfile_paths": paths, "contextMap": by_path, "status": "success"})))
}

/// The source of a configuration, or of the trigger's own, if the service has it.
fn source(trigger: &Trigger, config: &Value) -> Option<String> {
    let given = config.as_object().filter(|config| !config.is_empty()).unwrap_or(&trigger.config);
    let source = given.get("build_source")?.as_str()?;
    let known = trigger.remote.sources.values().flatten().any(|known| known["full_name"] == source);
    known.then(|| source.to_owned())
}

fn fields(state: &mut State, call: &Call) -> Outcome {
    require_admin(state, call)?;
    require_normal(state, call)?;
    let trigger = known(state, call)?;
    let config = call.body(&json!({}))?;
    if is_plain(trigger) {
        return Err(Reply::not_implemented());
    }
    let (mut branches, mut tags) = (Vec::new(), Vec::new());
    match (source(trigger, &config), trigger.service.as_str()) {
        (Some(_), _) => {
            branches.extend(trigger.remote.branches.keys().cloned());
            tags.extend(trigger.remote.tags.keys().cloned());
        }
        // What GitHub refuses is not told.
        (None, "github") => branches.push("master".to_owned()),
        (None, "gitlab") => return Err(Reply::crash()),
        (None, _) => return Err(Reply::not_found()),
    }
    let values = match call.parameter("field_name") {
        "branch_name" => json!(branches[..branches.len().min(VALUES)]),
        "tag_name" => json!(tags[..tags.len().min(VALUES)]),
        "refs" => {
            let of = |kind: &'static str, names: Vec<String>| {
                names.into_iter().map(move |name| json!({"kind": kind, "name": name}))
            };
            of("branch", branches).chain(of("tag", tags)).collect()
        }
        _ => return Err(Reply::not_found()),
    };
    Ok(Reply::ok(json!({"values": values})))
}

fn analyze(state: &mut State, call: &Call) -> Outcome {
    require_admin(state, call)?;
    require_normal(state, call)?;
    let body = call.body(&json!({
        "type": "object",
        "required": ["config"],
        "properties": {"config": {"type": "object", "description": "Arbitrary json."}}
    }))?;
    known(state, call)?;
    let (namespace, _) = call.repository();
    let here = state.repositories.get(call.parameter("repository"));
    let trigger =
        here.and_then(|found| found.triggers.get(call.parameter("trigger_uuid"))).ok_or_else(Reply::not_found)?;
    if is_plain(trigger) {
        return Ok(Reply::ok(json!({"status": "notimplemented"})));
    }
    let is_admin = Access::new(state, &call.caller).org_admin(namespace);
    let view = |of: &str, name: Option<&str>, status: &str, message: Option<String>| {
        let own =
            state.robots.keys().filter(|robot| is_admin && of == namespace && robot.starts_with(&format!("{of}+")));
        let base = name.and_then(|name| state.repositories.get(&format!("{of}/{name}")));
        let robots = own.map(|robot| {
            let can_read = base.is_some_and(|base| base.users.contains_key(robot));
            json!({"name": robot, "kind": "user", "is_robot": true, "can_read": can_read})
        });
        let robots: Vec<Value> = robots.collect();
        Reply::ok(json!({"namespace": of, "name": name, "robots": robots, "status": status, "message": message,
            "is_admin": is_admin}))
    };
    let config = &body["config"];
    let path = config["dockerfile_path"].as_str().unwrap_or("Dockerfile").trim_start_matches('/');
    let Some(base) = source(trigger, config).and_then(|_| trigger.remote.dockerfiles.get(path)) else {
        let why = "Specified Dockerfile path for the trigger was not found on the main branch. This trigger may fail.";
        return Ok(view(namespace, None, "warning", Some(why.to_owned())));
    };
    let context = config["context"].as_str().unwrap_or("/");
    if !contexts(&format!("/{path}")).iter().any(|folder| folder == context) {
        let given = config["dockerfile_path"].as_str().unwrap_or_default();
        let why = format!("Dockerfile, {given}, is not a child of the context, {context}.");
        return Ok(view(namespace, None, "error", Some(why)));
    }
    let host = state.setting("SERVER_HOSTNAME").as_str().unwrap_or("localhost:8080");
    let Some(full) = base.strip_prefix(&format!("{host}/")) else {
        return Ok(view(namespace, None, "publicbase", None));
    };
    let (of, name) = full.split_once('/').unwrap_or_default();
    match state.repositories.get(full) {
        Some(found) if found.is_public => Ok(view(of, Some(name), "publicbase", None)),
        Some(_) if of == namespace => Ok(view(of, Some(name), "requiresrobot", None)),
        _ => {
            let why = format!("Repository \"{base}\" referenced by the Dockerfile was not found");
            Ok(view(namespace, None, "error", Some(why)))
        }
    }
}
