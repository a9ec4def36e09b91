//! Repositories that mirror another registry's: `repository/{repository}/mirror`.

use serde_json::{Value, json};

use super::repository_mirror_rules;
use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::records::{Mirror, Repository, RepositoryState, Role, SyncStatus};
use crate::quay::releases;
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;

const FEATURES: &[&str] = &["FEATURE_REPO_MIRROR"];

pub(super) const ROUTES: &[Route] = &[
    Route::new("repository/{repository}/mirror", &[("GET", get), ("POST", create), ("PUT", update)]).needs(FEATURES),
    Route::new("repository/{repository}/mirror/sync-now", &[("POST", sync_now)]).needs(FEATURES),
    Route::new("repository/{repository}/mirror/sync-cancel", &[("POST", sync_cancel)]).needs(FEATURES),
];

/// How often a synchronization is tried.
const TRIES: u64 = 3;

/// Whether a robot cannot be deleted: a mirror uses it, and be it switched off, or that of a repository that is not wholly gone yet.
pub(crate) fn uses(state: &State, robot: &str) -> bool {
    let mut mirrors = state.repositories.values().filter_map(|repository| repository.mirror.as_ref());
    mirrors.any(|mirror| mirror.robot == robot) || state.robots_of_deleted_mirrors.contains_key(robot)
}

/// Keeps what a deleted repository's mirror holds until garbage is collected.
pub(crate) fn outlives(state: &mut State, repository: &Repository) {
    if let Some(mirror) = &repository.mirror {
        state.robots_of_deleted_mirrors.insert(mirror.robot.clone(), state.requests);
    }
}

fn repository<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut Repository, Reply> {
    let (namespace, name) = call.repository();
    call.require(Access::new(state, &call.caller).repo_admin(namespace, name))?;
    state.repositories.get_mut(call.parameter("repository")).ok_or_else(Reply::not_found)
}

fn mirror<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut Mirror, Reply> {
    repository(state, call)?.mirror.as_mut().ok_or_else(Reply::not_found)
}

/// The password is not shown, nor whether there is one.
fn get(state: &mut State, call: &Call) -> Outcome {
    let mirror = mirror(state, call)?;
    Ok(Reply::ok(json!({
        "is_enabled": mirror.is_enabled,
        "mirror_type": "PULL",
        "external_reference": mirror.external_reference,
        "external_registry_username": mirror.username,
        "external_registry_config": mirror.config,
        "sync_interval": mirror.sync_interval,
        "sync_start_date": mirror.sync_start_date,
        "sync_expiration_date": mirror.sync_expiration_date,
        "sync_retries_remaining": mirror.retries_remaining,
        "sync_status": mirror.status,
        "root_rule": {"rule_kind": "tag_glob_csv", "rule_value": mirror.rule},
        "robot_username": mirror.robot,
        "skopeo_timeout_interval": mirror.skopeo_timeout,
        "architecture_filter": mirror.architectures,
    })))
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let (namespace, name) = call.repository();
    call.require(Access::new(state, &call.caller).repo_admin(namespace, name))?;
    let body = call.body(&repository_mirror_rules::schema(true))?;
    repository(state, call)?;
    refuse_in_mirror(state, namespace)?;
    if repository(state, call)?.mirror.is_some() {
        let detail = format!("Mirror configuration already exits for repository {namespace}/{name}");
        return Err(Reply::json(409, json!({"detail": detail})));
    }
    let text = |member: &str| body[member].as_str().unwrap_or_default().to_owned();
    repository_mirror_rules::check_reference(state, &text("external_reference"))?;
    // Early releases with filters look at them when the mirror is there already.
    let is_late = releases::release(&state.release) < (3, 18);
    let (architectures, answer) = match repository_mirror_rules::architectures(state, &body) {
        Ok(architectures) => (architectures, Ok(Reply::empty(201))),
        Err(refusal) if is_late => (None, Err(refusal)),
        Err(refusal) => return Err(refusal),
    };
    repository_mirror_rules::check_date(&body)?;
    let rule = repository_mirror_rules::rule(&body)?;
    // From here on a refusal leaves the rule behind.
    repository(state, call)?.lost_mirror_rules.push(rule.clone());
    let robot = body["robot_username"].as_str().ok_or_else(Reply::crash)?;
    give_robot(state, call, robot)?;
    let is_unknown = |member: &String| !repository_mirror_rules::is_known(member);
    // What the column cannot hold, as the source has it.
    let is_long = text("external_reference").chars().count() > 255;
    if is_long || body.as_object().is_some_and(|members| members.keys().any(is_unknown)) {
        return Err(Reply::crash());
    }
    let given = |member: &str| body[member].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let mirror = Mirror {
        is_enabled: body["is_enabled"].as_bool().unwrap_or(true),
        external_reference: text("external_reference"),
        username: given("external_registry_username"),
        password: given("external_registry_password"),
        config: body.get("external_registry_config").cloned().unwrap_or_else(|| json!({})),
        sync_interval: body["sync_interval"].as_u64().unwrap_or_default(),
        sync_start_date: text("sync_start_date"),
        sync_expiration_date: None,
        retries_remaining: TRIES,
        status: SyncStatus::NeverRun,
        rule,
        robot: robot.to_owned(),
        skopeo_timeout: body["skopeo_timeout_interval"].as_u64().unwrap_or_default(),
        architectures: architectures.unwrap_or_default(),
    };
    let repository = repository(state, call)?;
    repository.lost_mirror_rules.pop();
    repository.mirror = Some(mirror);
    repository.state = RepositoryState::Mirror;
    answer
}

/// An organization that is a mirror itself leaves nothing to its repositories (source).
fn refuse_in_mirror(state: &State, namespace: &str) -> Result<(), Reply> {
    let why = "Repository mirror configuration cannot be managed when organization-level mirroring is configured";
    match state.organizations.get(namespace).is_some_and(|organization| organization.mirror.is_some()) {
        true => Err(Reply::invalid(why)),
        false => Ok(()),
    }
}

/// Looks for the robot.
fn check_robot(state: &State, call: &Call, robot: &str) -> Result<(), Reply> {
    let (namespace, _) = call.repository();
    if !state.robots.contains_key(robot) {
        return Err(Reply::message("Could not find robot with specified username"));
    }
    if !robot.starts_with(&format!("{namespace}+")) {
        return Err(Reply::message("Invalid robot"));
    }
    Ok(())
}

/// Looks for the robot, and lets it push.
fn give_robot(state: &mut State, call: &Call, robot: &str) -> Result<(), Reply> {
    check_robot(state, call, robot)?;
    let users = &mut repository(state, call)?.users;
    if users.get(robot).is_none_or(|role| *role == Role::Read) {
        users.insert(robot.to_owned(), Role::Write);
    }
    Ok(())
}

/// Looks at all that is to be changed, in the order of the source.
fn check(state: &State, call: &Call, body: &Value) -> Result<(), Reply> {
    if let Some(reference) = body["external_reference"].as_str() {
        repository_mirror_rules::check_reference(state, reference)?;
    }
    if body.get("sync_start_date").is_some() {
        repository_mirror_rules::check_date(body)?;
    }
    repository_mirror_rules::architectures(state, body)?;
    check_credentials(body)?;
    if body.get("root_rule").is_some() {
        repository_mirror_rules::rule(body)?;
    }
    body["robot_username"].as_str().map_or(Ok(()), |robot| check_robot(state, call, robot))
}

/// Before 3.18 it changes member after member: what stands before one that is refused has been changed.
fn update(state: &mut State, call: &Call) -> Outcome {
    let (namespace, name) = call.repository();
    call.require(Access::new(state, &call.caller).repo_admin(namespace, name))?;
    let body = call.body(&repository_mirror_rules::schema(false))?;
    repository(state, call)?;
    refuse_in_mirror(state, namespace)?;
    mirror(state, call)?;
    if releases::release(&state.release) >= (3, 18) {
        check(state, call, &body)?;
    }
    if let Some(is_enabled) = body["is_enabled"].as_bool() {
        mirror(state, call)?.is_enabled = is_enabled;
    }
    if let Some(reference) = body["external_reference"].as_str() {
        repository_mirror_rules::check_reference(state, reference)?;
        mirror(state, call)?.external_reference = reference.to_owned();
    }
    if let Some(robot) = body["robot_username"].as_str() {
        give_robot(state, call, robot)?;
        mirror(state, call)?.robot = robot.to_owned();
    }
    if body.get("sync_start_date").is_some() {
        repository_mirror_rules::check_date(&body)?;
        mirror(state, call)?.sync_start_date = body["sync_start_date"].as_str().unwrap_or_default().to_owned();
    }
    if let Some(interval) = body["sync_interval"].as_u64() {
        mirror(state, call)?.sync_interval = interval;
    }
    change_credentials(mirror(state, call)?, &body)?;
    change_config(&mut mirror(state, call)?.config, &body["external_registry_config"]);
    if body.get("root_rule").is_some() {
        change_rule(repository(state, call)?, repository_mirror_rules::rule(&body)?);
    }
    if let Some(timeout) = body["skopeo_timeout_interval"].as_u64() {
        mirror(state, call)?.skopeo_timeout = timeout;
    }
    if let Some(architectures) = repository_mirror_rules::architectures(state, &body)? {
        mirror(state, call)?.architectures = architectures;
    }
    Ok(Reply::empty(201))
}

fn given(body: &Value, member: &str) -> Option<Option<String>> {
    body.get(member).map(|value| value.as_str().map(str::to_owned))
}

fn check_credentials(body: &Value) -> Result<(), Reply> {
    let refused = |why: &str| Err(Reply::json(400, json!({"detail": why})));
    match (given(body, "external_registry_username"), given(body, "external_registry_password")) {
        (Some(None), Some(Some(_))) => refused("Unable to delete username while setting a password."),
        (None, Some(_)) => refused("Unable to set a new password without also specifying a username."),
        _ => Ok(()),
    }
}

/// Here an empty text is kept as it is.
fn change_credentials(mirror: &mut Mirror, body: &Value) -> Result<(), Reply> {
    check_credentials(body)?;
    match (given(body, "external_registry_username"), given(body, "external_registry_password")) {
        (Some(username), Some(password)) => (mirror.username, mirror.password) = (username, password),
        (Some(username), None) => mirror.username = username,
        (None, _) => {}
    }
    Ok(())
}

/// Merges key by key. The first proxy that comes to a configuration without proxies is lost: it only makes room for the next ones.
fn change_config(config: &mut Value, changes: &Value) {
    for key in ["verify_tls", "unsigned_images"] {
        if let Some(value) = changes.get(key) {
            config[key] = value.clone();
        }
    }
    for key in ["http_proxy", "https_proxy", "no_proxy"] {
        let Some(value) = changes["proxy"].get(key) else { continue };
        match config.get_mut("proxy") {
            Some(proxy) => proxy[key] = value.clone(),
            None => config["proxy"] = json!({}),
        }
    }
}

/// Changes whichever rule of the repository is found first: that of a creation that failed, if there was one.
fn change_rule(repository: &mut Repository, rule: Vec<String>) {
    match (repository.lost_mirror_rules.first_mut(), &mut repository.mirror) {
        (Some(lost), _) => *lost = rule,
        (None, Some(mirror)) => mirror.rule = rule,
        (None, None) => {}
    }
}

fn sync_now(state: &mut State, call: &Call) -> Outcome {
    let mirror = mirror(state, call)?;
    if mirror.status == SyncStatus::Syncing {
        return Err(Reply::not_found());
    }
    mirror.status = SyncStatus::SyncNow;
    mirror.retries_remaining = mirror.retries_remaining.max(1);
    mirror.sync_expiration_date = None;
    Ok(Reply::gone())
}

fn sync_cancel(state: &mut State, call: &Call) -> Outcome {
    let mirror = mirror(state, call)?;
    if !matches!(mirror.status, SyncStatus::Syncing | SyncStatus::SyncNow) {
        return Err(Reply::not_found());
    }
    (mirror.status, mirror.retries_remaining, mirror.sync_expiration_date) = (SyncStatus::Cancel, 0, None);
    Ok(Reply::gone())
}
