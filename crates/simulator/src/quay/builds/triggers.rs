//! What starts builds: `repository/{repository}/trigger/...`. A new one is made in a browser; here it is set up, used and deleted.
//!
//! A trigger is found by its UUID alone: the repository in the path decides about the caller's rights only.

use serde_json::{Map, Value, json};

use super::build::{begin, limit, require_normal};
use super::requests;
use super::views::{self, Rights};
use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::logs::notes;
use crate::quay::records::Trigger;
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;

pub(super) const ROUTES: &[Route] = &[
    Route::new("repository/{repository}/trigger/", &[("GET", list)]),
    Route::new("repository/{repository}/trigger/{trigger_uuid}", &[("GET", get), ("PUT", update), ("DELETE", delete)]),
    Route::new("repository/{repository}/trigger/{trigger_uuid}/activate", &[("POST", activate)]),
    Route::new("repository/{repository}/trigger/{trigger_uuid}/start", &[("POST", start)]),
    Route::new("repository/{repository}/trigger/{trigger_uuid}/builds", &[("GET", builds)]),
];

/// Goes on only for an administrator of the repository.
pub(super) fn require_admin(state: &State, call: &Call) -> Result<(), Reply> {
    let (namespace, name) = call.repository();
    call.require(Access::new(state, &call.caller).repo_admin(namespace, name))
}

/// The trigger of the path, wherever it is.
pub(super) fn known<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut Trigger, Reply> {
    let uuid = call.parameter("trigger_uuid");
    let mut repositories = state.repositories.values_mut();
    repositories.find_map(|repository| repository.triggers.get_mut(uuid)).ok_or_else(Reply::not_found)
}

fn list(state: &mut State, call: &Call) -> Outcome {
    require_admin(state, call)?;
    let found = state.repositories.get(call.parameter("repository")).into_iter().flat_map(|found| &found.triggers);
    let mut triggers: Vec<_> = found.collect();
    triggers.sort_by_key(|(_, trigger)| trigger.number);
    let shown = triggers.into_iter().map(|(uuid, trigger)| views::trigger(uuid, trigger, Rights::ADMIN, false));
    Ok(Reply::ok(json!({"triggers": shown.collect::<Vec<_>>()})))
}

fn get(state: &mut State, call: &Call) -> Outcome {
    require_admin(state, call)?;
    let uuid = call.parameter("trigger_uuid");
    Ok(Reply::ok(views::trigger(uuid, known(state, call)?, Rights::ADMIN, false)))
}

/// Shows the trigger afterwards as to somebody without rights. What it was switched off for stays when it is switched on.
fn update(state: &mut State, call: &Call) -> Outcome {
    require_admin(state, call)?;
    require_normal(state, call)?;
    let body = call.body(&json!({
        "type": "object",
        "description": "Options for updating a build trigger",
        "required": ["enabled"],
        "properties": {"enabled": {"type": "boolean", "description": "Whether the build trigger is enabled"}}
    }))?;
    let trigger = known(state, call)?;
    if !views::is_active(trigger) {
        return Err(Reply::invalid("Cannot update an unactivated trigger"));
    }
    trigger.enabled = body["enabled"] == true;
    if !trigger.enabled {
        trigger.disabled_reason = Some("user_toggled".to_owned());
    }
    Ok(Reply::ok(views::trigger(call.parameter("trigger_uuid"), trigger, Rights::NONE, false)))
}

/// From the source: the builds that it started stay, without it.
fn delete(state: &mut State, call: &Call) -> Outcome {
    require_admin(state, call)?;
    require_normal(state, call)?;
    let trigger = known(state, call)?;
    let (active, service) = (views::is_active(trigger), trigger.service.clone());
    let uuid = call.parameter("trigger_uuid");
    for repository in state.repositories.values_mut() {
        repository.triggers.remove(uuid);
        for build in repository.builds.values_mut() {
            build.trigger = build.trigger.take().filter(|trigger| trigger != uuid);
        }
    }
    // One that was never set up goes without a note.
    if active {
        notes::of_repository(state, call, "delete_repo_trigger", &json!({"trigger_id": uuid, "service": service}));
    }
    Ok(Reply::gone())
}

/// Only its own user may set it up, and a superuser who may do everything.
pub(super) fn require_own(state: &mut State, call: &Call, superusers: bool) -> Result<(), Reply> {
    let user = known(state, call)?.connected_user.clone();
    let access = Access::new(state, &call.caller);
    let own = call.caller.name() == user && access.user_admin();
    call.require(own || superusers && access.full())
}

fn activate(state: &mut State, call: &Call) -> Outcome {
    require_admin(state, call)?;
    require_normal(state, call)?;
    let body = call.body(&json!({
        "type": "object",
        "required": ["config"],
        "properties": {
            "config": {"type": "object", "description": "Arbitrary json."},
            "pull_robot": {
                "type": "string",
                "description": "The name of the robot that will be used to pull images."
            }
        }
    }))?;
    if views::is_active(known(state, call)?) {
        return Err(Reply::invalid("Trigger config is not sufficient for activation."));
    }
    require_own(state, call, true)?;
    let (namespace, _) = call.repository();
    let robot = body["pull_robot"].as_str().filter(|robot| !robot.is_empty());
    if let Some(robot) = robot {
        if !state.robots.contains_key(robot) {
            return Err(Reply::not_found());
        }
        let of = robot.split_once('+').map(|(namespace, _)| namespace).unwrap_or_default();
        call.require(of == namespace && Access::new(state, &call.caller).org_admin(of))?;
    }
    let host = state.setting("SERVER_HOSTNAME").as_str().unwrap_or("localhost:8080").to_owned();
    let uuid = call.parameter("trigger_uuid");
    let trigger = known(state, call)?;
    // From the source: an empty one is none.
    let given = body["config"].as_object().filter(|config| !config.is_empty());
    let mut config = given.cloned().unwrap_or_else(|| trigger.config.clone());
    set_up(trigger, &mut config, &host, uuid)?;
    trigger.config = config;
    trigger.pull_robot = robot.map(str::to_owned).or_else(|| trigger.pull_robot.take());
    let view = views::trigger(uuid, trigger, Rights::ADMIN, false);
    // The address of the webhook, with its token, is noted too.
    let (service, pull_robot, config) = (&trigger.service, &trigger.pull_robot, &trigger.config);
    let noted = json!({"trigger_id": uuid, "service": service, "pull_robot": pull_robot, "config": config});
    notes::of_repository(state, call, "setup_repo_trigger", &noted);
    Ok(Reply::ok(view))
}

/// What the service adds to the configuration.
fn set_up(trigger: &Trigger, config: &mut Map<String, Value>, host: &str, uuid: &str) -> Result<(), Reply> {
    let key = json!({"name": "SSH Public Key", "value": format!("ssh-rsa {}", crate::quay::random::random_text(372))});
    if trigger.service == "custom-git" {
        let secret = crate::quay::random::capitals(64);
        let url = format!("http://$token:{secret}@{host}/webhooks/push/trigger/{uuid}");
        config.insert("credentials".to_owned(), json!([key, {"name": "Webhook Endpoint URL", "value": url}]));
        return Ok(());
    }
    let source = config.get("build_source").and_then(Value::as_str).ok_or_else(Reply::crash)?.to_owned();
    let mut sources = trigger.remote.sources.values().flatten();
    if !sources.any(|known| known["full_name"] == source) {
        let why = match trigger.service.as_str() {
            "github" => format!("Unable to find GitHub repository for source: {source}"),
            _ => format!("Unable to find repository for source: {source}"),
        };
        return Err(Reply::message(why));
    }
    config.insert("credentials".to_owned(), json!([key]));
    config.insert("deploy_key_id".to_owned(), json!(1));
    config.insert(if trigger.service == "bitbucket" { "webhook_id" } else { "hook_id" }.to_owned(), json!(1));
    config.insert("master_branch".to_owned(), json!(trigger.remote.default_branch));
    Ok(())
}

fn start(state: &mut State, call: &Call) -> Outcome {
    require_admin(state, call)?;
    require_normal(state, call)?;
    let body = call.body(&json!({
        "type": "object",
        "description": "Optional run parameters for activating the build trigger",
        "properties": {
            "branch_name": {
                "type": "string",
                "description": "(SCM only) If specified, the name of the branch to build."
            },
            "commit_sha": {
                "type": "string",
                "description": "(Custom Only) If specified, the ref/SHA1 used to checkout a git repository."
            },
            "refs": {"type": ["object", "null"], "description": "(SCM Only) If specified, the ref to build."}
        },
        "additionalProperties": false
    }))?;
    let trigger = known(state, call)?.clone();
    if !trigger.enabled {
        return Err(Reply::invalid("Trigger is not enabled."));
    }
    if !views::is_active(&trigger) {
        return Err(Reply::invalid("Trigger is not active."));
    }
    let metadata = commit(&trigger, &body)?;
    let prepared = requests::of_trigger(call.parameter("trigger_uuid"), &trigger, metadata)?;
    begin(state, call, prepared)
}

/// The commit that is to be built, and what is known of it.
fn commit(trigger: &Trigger, body: &Value) -> Result<Map<String, Value>, Reply> {
    let source = trigger.config.get("build_source").and_then(Value::as_str).ok_or_else(Reply::crash)?;
    let metadata = |value: Value| value.as_object().cloned().unwrap_or_default();
    if trigger.service == "custom-git" {
        let commit = body["commit_sha"].as_str().ok_or_else(|| Reply::invalid("missing required parameter"))?;
        return Ok(metadata(json!({"commit": commit, "git_url": source})));
    }
    let remote = &trigger.remote;
    let (kind, name) = match (body["refs"]["kind"].as_str(), body["refs"]["name"].as_str()) {
        (Some(kind), Some(name)) => (kind, name),
        _ => ("branch", body["branch_name"].as_str().unwrap_or(&remote.default_branch)),
    };
    let (found, reference) = match kind {
        "tag" => (remote.tags.get(name), format!("refs/tags/{name}")),
        _ => (remote.branches.get(name), format!("refs/heads/{name}")),
    };
    let commit = found.ok_or_else(|| Reply::invalid(format!("Could not find {kind} in repository")))?;
    let mut known = metadata(json!({"commit": commit, "ref": reference, "default_branch": remote.default_branch,
        "git_url": format!("git@{}.com:{source}.git", trigger.service)}));
    if !remote.commit_info.is_empty() {
        known.insert("commit_info".to_owned(), json!(remote.commit_info));
    }
    Ok(known)
}

/// The newest ones first.
fn builds(state: &mut State, call: &Call) -> Outcome {
    require_admin(state, call)?;
    let limit = limit(call)?;
    let uuid = call.parameter("trigger_uuid");
    let (namespace, name) = call.repository();
    let rights = Rights::of(state, call, namespace, name);
    let full = call.parameter("repository");
    let found = views::newest(state, full).into_iter();
    let found = found.filter(|(_, build)| build.trigger.as_deref() == Some(uuid)).take(limit);
    let shown: Vec<Value> = found.map(|(uuid, build)| views::build(state, full, uuid, build, rights)).collect();
    Ok(Reply::ok(json!({"builds": shown})))
}
