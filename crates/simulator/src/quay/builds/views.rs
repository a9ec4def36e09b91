//! How builds and triggers are shown, and to whom.

use jiff::fmt::rfc2822;
use serde_json::{Map, Value, json};

use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::records::{Build, Trigger};
use crate::quay::state::State;

/// What the caller may do with the repository.
#[derive(Clone, Copy)]
pub(super) struct Rights {
    read: bool,
    write: bool,
    admin: bool,
}

impl Rights {
    /// Those of the caller.
    pub(crate) fn of(state: &State, call: &Call, namespace: &str, name: &str) -> Self {
        let access = Access::new(state, &call.caller);
        let (read, write) = (access.repo_read(namespace, name), access.repo_write(namespace, name));
        Self { read, write, admin: access.repo_admin(namespace, name) }
    }

    /// Those of an administrator.
    pub(crate) const ADMIN: Self = Self { read: true, write: true, admin: true };
    /// None, as after a change.
    pub(super) const NONE: Self = Self { read: false, write: false, admin: false };
}

/// The phase of a build of which Redis, which does not answer, would know more.
pub(super) const CANNOT_LOAD: &str = "cannot_load";

/// The time, as the API writes it.
pub(super) fn now() -> String {
    crate::quay::time::now()
}

/// Such a time in seconds since 1970.
pub(super) fn seconds(text: &str) -> i64 {
    rfc2822::parse(text).map_or(0, |time| time.timestamp().as_second())
}

/// A repository's builds, the newest first.
pub(super) fn newest<'a>(state: &'a State, repository: &str) -> Vec<(&'a str, &'a Build)> {
    let builds = state.repositories.get(repository).into_iter().flat_map(|repository| &repository.builds);
    let mut builds: Vec<_> = builds.map(|(uuid, build)| (uuid.as_str(), build)).collect();
    builds.sort_by_key(|(_, build)| std::cmp::Reverse((seconds(&build.started), build.number)));
    builds
}

fn robot(name: &str) -> Value {
    json!({"name": name, "kind": "user", "is_robot": true})
}

/// A build, as somebody with these rights sees it.
pub(super) fn build(state: &State, repository: &str, uuid: &str, build: &Build, rights: Rights) -> Value {
    let (namespace, name) = repository.split_once('/').unwrap_or_default();
    let triggers = state.repositories.get(repository).map(|repository| &repository.triggers);
    let started_by = build.trigger.as_ref().and_then(|uuid| Some((uuid, triggers?.get(uuid)?)));
    let mut view = json!({
        "id": uuid,
        "phase": build.phase,
        "started": build.started,
        "display_name": build.display_name,
        "status": if is_over(&build.phase) { Map::new() } else { build.status.clone() },
        "subdirectory": build.subdirectory,
        "dockerfile_path": build.subdirectory,
        "context": build.context,
        "tags": build.tags,
        "manual_user": build.manual_user,
        "is_writer": rights.write,
        "trigger": started_by.map(|(uuid, found)| trigger(uuid, found, rights, true)),
        "trigger_metadata": if rights.read { json!(build.trigger_metadata) } else { Value::Null },
        "resource_key": build.resource_key,
        "pull_robot": build.pull_robot.as_deref().map(robot),
        "repository": {"namespace": namespace, "name": name},
        "error": (build.phase == CANNOT_LOAD).then_some("Redis may be down. Please contact support."),
    });
    if rights.write || state.feature("FEATURE_READER_BUILD_LOGS") {
        let file = build.resource_key.as_ref().map(|key| format!("/userfiles/{key}"));
        if let Some(url) = file.or_else(|| build.archive_url.clone()) {
            view["archive_url"] = json!(url);
        }
    }
    view
}

fn is_over(phase: &str) -> bool {
    matches!(phase, "complete" | "error" | "internalerror" | "cancelled")
}

/// Whether a trigger is set up: the other service has been told.
pub(super) fn is_active(trigger: &Trigger) -> bool {
    let sign = match trigger.service.as_str() {
        "custom-git" => "credentials",
        "bitbucket" => "webhook_id",
        _ => "hook_id",
    };
    trigger.config.contains_key(sign)
}

/// A trigger, as somebody with these rights sees it.
pub(super) fn trigger(uuid: &str, trigger: &Trigger, rights: Rights, for_build: bool) -> Value {
    let source = trigger.config.get("build_source").and_then(Value::as_str).filter(|source| !source.is_empty());
    let url = source.and_then(|source| {
        let host = match trigger.service.as_str() {
            "github" => "https://github.com",
            "gitlab" => "https://gitlab.com",
            "bitbucket" => "https://bitbucket.org",
            _ => return None,
        };
        Some(format!("{host}/{source}"))
    });
    let can_read = rights.read || rights.admin;
    let mut view = json!({
        "id": uuid,
        "service": trigger.service,
        "is_active": is_active(trigger),
        "build_source": source.filter(|_| can_read),
        "repository_url": url.filter(|_| can_read),
        "config": if rights.admin { trigger.config.clone() } else { Map::new() },
        "can_invoke": rights.admin,
        "enabled": trigger.enabled,
        "disabled_reason": trigger.disabled_reason,
    });
    if let Some(name) = trigger.pull_robot.as_deref().filter(|_| rights.admin && !for_build) {
        view["pull_robot"] = robot(name);
    }
    view
}
