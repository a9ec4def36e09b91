//! Organizations that mirror a namespace of another registry: `organization/{orgname}/mirror`.

use jiff::Timestamp;
use jiff::fmt::strtime;
use serde_json::{Map, Value, json};

use super::organization_mirror_schema::{changed, new};
use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::records::OrgMirror;
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;
use crate::quay::upstreams::{self, Login};

const FEATURE: &[&str] = &["FEATURE_ORG_MIRROR"];

pub(super) const ROUTES: &[Route] = &[
    Route::new("organization/{orgname}/mirror", &[("GET", get), ("POST", create), ("PUT", update), ("DELETE", delete)])
        .needs(FEATURE),
    Route::new("organization/{orgname}/mirror/sync-now", &[("POST", sync)]).needs(FEATURE),
    Route::new("organization/{orgname}/mirror/sync-cancel", &[("POST", cancel)]).needs(FEATURE),
    Route::new("organization/{orgname}/mirror/verify", &[("POST", verify)]).needs(FEATURE),
    Route::new("organization/{orgname}/mirror/repositories", &[("GET", repositories)]).needs(FEATURE),
];

/// Repositories on one page: unless it is said otherwise, and at most.
const PAGE: (usize, usize) = (100, 500);

fn now() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

/// Goes on only for owners.
fn require(state: &State, call: &Call) -> Result<(), Reply> {
    call.require(Access::new(state, &call.caller).org_admin(call.parameter("orgname")))
}

fn find<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut OrgMirror, Reply> {
    require(state, call)?;
    let organization = state.organizations.get_mut(call.parameter("orgname"));
    organization.and_then(|organization| organization.mirror.as_mut()).ok_or_else(Reply::not_found)
}

fn get(state: &mut State, call: &Call) -> Outcome {
    let mirror = find(state, call)?;
    let states = ["CANCEL", "FAIL", "NEVER_RUN", "SUCCESS", "SYNCING", "SYNC_NOW", "SKIP"];
    let count = |state: &str| mirror.repositories.iter().filter(|found| found["sync_status"] == state).count();
    let counts: Map<String, Value> = states.iter().map(|state| ((*state).to_owned(), json!(count(state)))).collect();
    Ok(Reply::ok(json!({
        "is_enabled": mirror.is_enabled,
        "external_registry_type": mirror.external_registry_type,
        "external_registry_url": mirror.external_registry_url,
        "external_namespace": mirror.external_namespace,
        "external_registry_username": mirror.external_registry_username,
        "has_external_registry_password": mirror.password.is_some(),
        "external_registry_config": mirror.external_registry_config,
        "repository_filters": mirror.repository_filters,
        "robot_username": mirror.robot_username,
        "visibility": mirror.visibility,
        "sync_interval": mirror.sync_interval,
        "sync_start_date": mirror.sync_start_date,
        "sync_expiration_date": mirror.sync_expiration_date,
        "sync_status": mirror.sync_status,
        "sync_retries_remaining": mirror.sync_retries_remaining,
        "repo_sync_status_counts": counts,
        "skopeo_timeout": mirror.skopeo_timeout,
        "creation_date": mirror.created,
    })))
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let body = call.body(&new())?;
    require(state, call)?;
    let name = call.parameter("orgname");
    if !state.organizations.contains_key(name) {
        return Err(Reply::not_found());
    }
    refuse(state, name, &body)?;
    refuse_organization(state, name)?;
    let mut mirror = OrgMirror {
        is_enabled: true,
        external_registry_type: body["external_registry_type"].as_str().unwrap_or_default().to_owned(),
        external_registry_url: String::new(),
        external_namespace: String::new(),
        external_registry_username: None,
        password: None,
        external_registry_config: json!({}),
        repository_filters: Vec::new(),
        robot_username: String::new(),
        visibility: String::new(),
        sync_interval: 0,
        sync_start_date: String::new(),
        sync_status: "NEVER_RUN".to_owned(),
        sync_retries_remaining: 3,
        sync_expiration_date: None,
        skopeo_timeout: 300,
        created: now(),
        repositories: Vec::new(),
    };
    mirror.change(&body);
    if let Some(organization) = state.organizations.get_mut(name) {
        organization.mirror = Some(mirror);
    }
    Ok(Reply::empty(201))
}

/// What is wrong with the members that a body has.
fn refuse(state: &State, organization: &str, body: &Value) -> Result<(), Reply> {
    if let Some(robot) = body["robot_username"].as_str() {
        if !state.robots.contains_key(robot) {
            return Err(Reply::invalid(format!("Invalid robot account: {robot}")));
        }
        if robot.split_once('+').is_none_or(|(namespace, _)| namespace != organization) {
            return Err(Reply::invalid("Robot account must belong to the organization"));
        }
    }
    if let Some(date) = body["sync_start_date"].as_str()
        && strtime::parse("%Y-%m-%dT%H:%M:%SZ", date).is_err()
    {
        return Err(Reply::invalid("Invalid sync_start_date format. Use ISO 8601: YYYY-MM-DDTHH:MM:SSZ"));
    }
    if let Some(url) = body["external_registry_url"].as_str() {
        let checked = upstreams::check_url(state, url);
        checked.map_err(|refusal| refusal.reply("The provided registry URL is not allowed"))?;
    }
    Ok(())
}

/// Only an organization that holds nothing of its own can be a mirror.
fn refuse_organization(state: &State, name: &str) -> Result<(), Reply> {
    let Some(organization) = state.organizations.get(name) else { return Err(Reply::not_found()) };
    let why = match () {
        () if !state.repositories_of(name).is_empty() => {
            "Cannot create organization mirror: the organization already contains repositories. Organization mirroring \
             requires an empty organization."
        }
        () if !organization.namespace.policies.immutability.is_empty() => {
            "Cannot create organization mirror: the organization has immutability policies configured. Remove all namespace \
             immutability policies first."
        }
        () if organization.proxy_cache.is_some() => {
            "Cannot create organization mirror: the organization has a proxy cache configuration. Remove the proxy cache \
             configuration first."
        }
        () if organization.mirror.is_some() => "Mirror configuration already exists for this organization",
        () => return Ok(()),
    };
    Err(Reply::invalid(why))
}

impl OrgMirror {
    /// Takes what a body has. A login of `""` or null is none; the type never changes.
    fn change(&mut self, body: &Value) {
        let set = |name: &str, target: &mut String| {
            if let Some(text) = body[name].as_str() {
                text.clone_into(target);
            }
        };
        set("external_registry_url", &mut self.external_registry_url);
        set("external_namespace", &mut self.external_namespace);
        set("robot_username", &mut self.robot_username);
        set("visibility", &mut self.visibility);
        set("sync_start_date", &mut self.sync_start_date);
        let login = |name: &str, target: &mut Option<String>| {
            if let Some(value) = body.get(name) {
                *target = value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
            }
        };
        login("external_registry_username", &mut self.external_registry_username);
        login("external_registry_password", &mut self.password);
        self.is_enabled = body["is_enabled"].as_bool().unwrap_or(self.is_enabled);
        self.sync_interval = body["sync_interval"].as_i64().unwrap_or(self.sync_interval);
        self.skopeo_timeout = body["skopeo_timeout"].as_i64().unwrap_or(self.skopeo_timeout);
        if let Some(config) = body.get("external_registry_config") {
            self.external_registry_config = config.clone();
        }
        if let Some(filters) = body["repository_filters"].as_array() {
            self.repository_filters = filters.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        }
    }
}

fn update(state: &mut State, call: &Call) -> Outcome {
    let body = call.body(&changed())?;
    find(state, call)?;
    refuse(state, call.parameter("orgname"), &body)?;
    find(state, call)?.change(&body);
    Ok(Reply::empty(200))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    find(state, call)?;
    if let Some(organization) = state.organizations.get_mut(call.parameter("orgname")) {
        organization.mirror = None;
    }
    Ok(Reply::gone())
}

/// A mirror goes with its robot.
pub(crate) fn forget_robot(state: &mut State, robot: &str) {
    for organization in state.organizations.values_mut() {
        organization.mirror = organization.mirror.take().filter(|mirror| mirror.robot_username != robot);
    }
}

/// The start is moved to this moment.
fn sync(state: &mut State, call: &Call) -> Outcome {
    let mirror = find(state, call)?;
    if mirror.sync_status == "SYNCING" {
        return Err(Reply::invalid("Cannot trigger sync: mirror is currently syncing"));
    }
    mirror.sync_status = "SYNC_NOW".to_owned();
    mirror.sync_start_date = now();
    Ok(Reply::gone())
}

fn cancel(state: &mut State, call: &Call) -> Outcome {
    let mirror = find(state, call)?;
    if mirror.sync_status == "CANCEL" {
        return Err(Reply::invalid("Cannot cancel: mirror is already cancelled"));
    }
    mirror.sync_status = "CANCEL".to_owned();
    Ok(Reply::gone())
}

fn verify(state: &mut State, call: &Call) -> Outcome {
    let mirror = find(state, call)?.clone();
    let (scheme, address) = mirror.external_registry_url.split_once("://").unwrap_or_default();
    let address = address.trim_end_matches('/');
    let (username, password) = (mirror.external_registry_username.as_deref(), mirror.password.as_deref());
    if upstreams::login(state, address, username, password) != Login::Failed {
        return Ok(Reply::ok(json!({"success": true, "message": "Connection successful"})));
    }
    let (host, port) = address.split_once(':').unwrap_or((address, if scheme == "https" { "443" } else { "80" }));
    let kind = if scheme == "https" { "HTTPS" } else { "HTTP" };
    let path = match mirror.external_registry_type.as_str() {
        "harbor" => format!("/api/v2.0/projects/{}", mirror.external_namespace),
        _ => format!("/api/v1/organization/{}", mirror.external_namespace),
    };
    let message = format!(
        "Connection error: {kind}ConnectionPool(host='{host}', port={port}): Max retries exceeded with url: {path} (Caused by \
         NewConnectionError(\"{kind}Connection(host='{host}', port={port}): Failed to establish a new connection: [Errno 111] \
         Connection refused\"))"
    );
    Ok(Reply::ok(json!({"success": false, "message": message})))
}

fn repositories(state: &mut State, call: &Call) -> Outcome {
    let mirror = find(state, call)?;
    let number = |name: &str, default: usize| {
        call.query(name).and_then(|text| text.parse().ok()).filter(|number| *number > 0).unwrap_or(default)
    };
    let (page, limit) = (number("page", 1), number("limit", PAGE.0).min(PAGE.1));
    let total = mirror.repositories.len();
    let shown: Vec<&Value> = mirror.repositories.iter().skip((page - 1) * limit).take(limit).collect();
    Ok(Reply::ok(json!({
        "repositories": shown,
        "page": page,
        "limit": limit,
        "total": total,
        "has_next": page * limit < total,
    })))
}
