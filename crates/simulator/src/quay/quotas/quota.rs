//! Quotas of namespaces, and what happens on the way to them: `organization/{orgname}/quota`, `user/quota`,
//! `superuser/organization/{namespace}/quota`, `superuser/users/{namespace}/quota`.

use serde_json::{Value, json};

use super::sizes;
use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::notifications::rules::OF_NAMESPACES;
use crate::quay::records::{LimitKind, Quota, QuotaLimit};
use crate::quay::releases;
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;
use crate::quay::views::{configured_quota, limits};

const FEATURES: &[&str] = &["FEATURE_QUOTA_MANAGEMENT", "FEATURE_EDIT_QUOTA", "FEATURE_SUPER_USERS"];

pub(super) const ROUTES: &[Route] = &[
    Route::new("organization/{orgname}/quota", &[("GET", list), ("POST", create)]).needs(FEATURES),
    Route::new("organization/{orgname}/quota/{quota_id}", &[("GET", get), ("PUT", update), ("DELETE", delete)])
        .needs(FEATURES),
    Route::new("organization/{orgname}/quota/{quota_id}/limit", &[("GET", list_limits), ("POST", create_limit)])
        .needs(FEATURES),
    Route::new(
        "organization/{orgname}/quota/{quota_id}/limit/{limit_id}",
        &[("GET", get_limit), ("PUT", update_limit), ("DELETE", delete_limit)],
    )
    .needs(FEATURES),
    Route::new("user/quota", &[("GET", list)]).needs(FEATURES),
    Route::new("user/quota/{quota_id}", &[("GET", get)]).needs(FEATURES),
    Route::new("user/quota/{quota_id}/limit", &[("GET", list_limits)]).needs(FEATURES),
    Route::new("user/quota/{quota_id}/limit/{limit_id}", &[("GET", get_limit)]).needs(FEATURES),
    Route::new("superuser/organization/{namespace}/quota", &[("GET", list), ("POST", create)]).needs(FEATURES),
    Route::new("superuser/organization/{namespace}/quota/{quota_id}", &[("PUT", update), ("DELETE", delete)])
        .needs(FEATURES),
    Route::new("superuser/users/{namespace}/quota", &[("GET", list), ("POST", create)]).needs(FEATURES),
    Route::new("superuser/users/{namespace}/quota/{quota_id}", &[("PUT", update), ("DELETE", delete)]).needs(FEATURES),
];

/// The largest limit that the database holds.
const LARGEST: u64 = i64::MAX as u64;

/// Whose quota a route is about.
enum Owner<'a> {
    Organization(&'a str),
    Caller(&'a str),
    /// Of a superuser's route, which does not tell users from organizations.
    Any(&'a str),
}

impl<'a> Owner<'a> {
    fn of(call: &'a Call) -> Self {
        match (call.parameter("orgname"), call.parameter("namespace")) {
            ("", "") => Self::Caller(call.caller.name()),
            ("", namespace) => Self::Any(namespace),
            (organization, _) => Self::Organization(organization),
        }
    }

    fn name(&self) -> &'a str {
        match self {
            Self::Organization(name) | Self::Caller(name) | Self::Any(name) => name,
        }
    }

    /// Members may look, only superusers may change; since 3.16, on the routes of organizations, only where they may do everything.
    fn require(&self, state: &State, call: &Call) -> Result<(), Reply> {
        let access = Access::new(state, &call.caller);
        let any_superuser = releases::release(&state.release) < (3, 16) && access.superuser();
        call.require(match self {
            Self::Organization(_) if !call.is_get => access.full() || any_superuser,
            Self::Organization(name) => access.org_member(name) || any_superuser,
            Self::Caller(_) => access.user_admin(),
            Self::Any(_) => access.superuser(),
        })
    }

    /// Whether the namespace is there and of the kind that the route wants. Limits and single quotas of users pass as
    /// those of organizations.
    fn exists(&self, state: &State) -> bool {
        match self {
            Self::Organization(name) => state.organizations.contains_key(*name),
            Self::Caller(name) | Self::Any(name) => state.namespace(name).is_some(),
        }
    }
}

/// The route's quota, after a look at the caller's rights. An id that is no number crashes the server.
fn find<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut Quota, Reply> {
    let owner = Owner::of(call);
    owner.require(state, call)?;
    let id: u64 = call.parameter("quota_id").parse().map_err(|_| Reply::crash())?;
    let quota = state.namespace_mut(owner.name()).and_then(|namespace| namespace.quota.as_mut());
    quota.filter(|quota| quota.id == id).ok_or_else(Reply::not_found)
}

fn default_quota(state: &State) -> Option<u64> {
    state.setting("DEFAULT_SYSTEM_REJECT_QUOTA_BYTES").as_u64().filter(|bytes| *bytes > 0)
}

fn view(state: &State, quota: &Quota) -> Value {
    json!({
        "id": quota.id,
        "limit_bytes": quota.limit_bytes,
        "limit": sizes::readable(quota.limit_bytes),
        "default_config": false,
        "limits": limits(quota),
        "default_config_exists": default_quota(state).is_some(),
    })
}

/// One quota or none. An organization without its own shows the registry's, which has no id.
fn list(state: &mut State, call: &Call) -> Outcome {
    let owner = Owner::of(call);
    owner.require(state, call)?;
    let namespace = state.namespace(owner.name()).filter(|_| owner.exists(state)).ok_or_else(Reply::not_found)?;
    let views = match (&namespace.quota, configured_quota(state, namespace)) {
        (Some(quota), _) => vec![view(state, quota)],
        (None, Some(bytes)) if matches!(owner, Owner::Organization(_)) => vec![json!({
            "id": null,
            "limit_bytes": bytes,
            "limit": sizes::readable(bytes),
            "default_config": true,
            "limits": [],
            "default_config_exists": true,
        })],
        _ => Vec::new(),
    };
    Ok(Reply::ok(json!(views)))
}

fn get(state: &mut State, call: &Call) -> Outcome {
    let quota = find(state, call)?.clone();
    Ok(Reply::ok(view(state, &quota)))
}

fn limit_bytes() -> Value {
    json!({"type": "integer", "description": "Number of bytes the organization is allowed"})
}

fn limit_text() -> Value {
    json!({
        "type": "string",
        "description": "Human readable storage capacity of the organization",
        "pattern": sizes::pattern()
    })
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let body = call.body(&json!({
        "type": "object",
        "description": "Description of a new organization quota",
        "oneOf": [
            {"required": ["limit_bytes"], "properties": {"limit_bytes": limit_bytes()}},
            {"required": ["limit"], "properties": {"limit": limit_text()}}
        ]
    }))?;
    let owner = Owner::of(call);
    owner.require(state, call)?;
    let name = owner.name();
    let what = match owner {
        Owner::Organization(_) if !owner.exists(state) => return Err(Reply::not_found()),
        _ if !owner.exists(state) => return Err(Reply::crash()),
        Owner::Organization(_) => "Organization quota",
        _ => "Quota",
    };
    if state.namespace(name).is_some_and(|namespace| namespace.quota.is_some()) {
        return Err(Reply::invalid(format!("{what} for '{name}' already exists")));
    }
    let limit_bytes = requested(&body)?.ok_or_else(Reply::crash)?;
    state.last_quota += 1;
    let quota = Quota { id: state.last_quota, limit_bytes, limits: Vec::new() };
    if let Some(namespace) = state.namespace_mut(name) {
        namespace.quota = Some(quota);
    }
    Ok(Reply::created())
}

/// Nothing in the body, and zero, change nothing. After a limit given as text the answer shows a float.
fn update(state: &mut State, call: &Call) -> Outcome {
    let body = call.body(&json!({
        "type": "object",
        "description": "Description of a new organization quota",
        "oneOf": [
            {
                "properties": {"limit_bytes": limit_bytes()},
                "required": ["limit_bytes"],
                "additionalProperties": false
            },
            {"properties": {"limit": limit_text()}, "required": ["limit"], "additionalProperties": false},
            {"properties": {"limit_bytes": {"not": {}}, "limit": {"not": {}}}, "additionalProperties": false}
        ]
    }))?;
    let quota = find(state, call)?;
    let wanted = if body["limit_bytes"] == 0 { None } else { requested(&body)? };
    if let Some(limit_bytes) = wanted {
        quota.limit_bytes = limit_bytes;
    }
    let quota = quota.clone();
    let mut view = view(state, &quota);
    if body.get("limit").is_some() {
        view["limit_bytes"] = json!(quota.limit_bytes as f64);
    }
    Ok(Reply::ok(view))
}

/// The limit that a body asks for, in bytes.
fn requested(body: &Value) -> Result<Option<u64>, Reply> {
    let (bytes, shown) = match (body.get("limit_bytes"), body["limit"].as_str()) {
        (Some(bytes), _) => (bytes.as_i64().map(i128::from).or(bytes.as_u64().map(i128::from)), bytes.to_string()),
        (None, Some(text)) => (sizes::parse(text), text.to_owned()),
        (None, None) => return Ok(None),
    };
    match bytes.ok_or_else(Reply::crash)? {
        bytes if bytes > i128::from(LARGEST) => Err(Reply::invalid("Unsupported quota size limit.")),
        bytes if bytes <= 0 => Err(Reply::invalid(format!("Invalid quota size limit value: '{shown}'"))),
        bytes => Ok(u64::try_from(bytes).ok()),
    }
}

/// Whoever was to be told of it goes with it, whether their notifications were made before it or after.
fn delete(state: &mut State, call: &Call) -> Outcome {
    find(state, call)?;
    if let Some(namespace) = state.namespace_mut(Owner::of(call).name()) {
        namespace.quota = None;
        namespace
            .external_notifications
            .retain(|_, notification| !OF_NAMESPACES.contains(&notification.event.as_str()));
    }
    Ok(Reply::gone())
}

fn list_limits(state: &mut State, call: &Call) -> Outcome {
    Ok(Reply::ok(limits(find(state, call)?)))
}

fn find_limit<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut QuotaLimit, Reply> {
    let id: u64 = call.parameter("limit_id").parse().map_err(|_| Reply::crash())?;
    find(state, call)?.limits.iter_mut().find(|limit| limit.id == id).ok_or_else(Reply::not_found)
}

/// Of the caller's own quota it answers with the whole quota.
fn get_limit(state: &mut State, call: &Call) -> Outcome {
    let limit = json!(find_limit(state, call)?);
    match Owner::of(call) {
        Owner::Caller(_) => get(state, call),
        _ => Ok(Reply::ok(limit)),
    }
}

fn kind(text: &str) -> Result<LimitKind, Reply> {
    match text.to_lowercase().as_str() {
        "warning" => Ok(LimitKind::Warning),
        "reject" => Ok(LimitKind::Reject),
        _ => Err(Reply::message("Quota type must be one of [Warning, Reject]")),
    }
}

fn percent(percent: i64) -> Result<i64, Reply> {
    match percent {
        1..=100 => Ok(percent),
        _ => Err(Reply::message("Quota limit threshold must be between 1 and 100")),
    }
}

fn limit_properties() -> Value {
    json!({
        "type": {"type": "string", "description": "Type of quota limit: \"Warning\" or \"Reject\""},
        "threshold_percent": {"type": "integer", "description": "Quota threshold, in percent of quota"}
    })
}

/// Zero percent is never right, but is called a duplicate as soon as there is any limit of the kind.
fn create_limit(state: &mut State, call: &Call) -> Outcome {
    let body = call.body(&json!({
        "type": "object",
        "description": "Description of a new organization quota limit",
        "required": ["type", "threshold_percent"],
        "properties": limit_properties()
    }))?;
    let quota = find(state, call)?;
    let threshold = body["threshold_percent"].as_i64().unwrap_or_default();
    if threshold != 0 {
        percent(threshold)?;
    }
    let kind = kind(body["type"].as_str().unwrap_or_default())?;
    let is_known = |limit: &QuotaLimit| limit.kind == kind && (threshold == 0 || limit.limit_percent == threshold);
    if quota.limits.iter().any(is_known) {
        return Err(Reply::invalid("Quota limit already exists"));
    }
    let limit_percent = percent(threshold)?;
    state.last_quota_limit += 1;
    let limit = QuotaLimit { id: state.last_quota_limit, kind, limit_percent };
    find(state, call)?.limits.push(limit);
    Ok(Reply::created())
}

/// Answers with the quota, not the limit, and does not look for duplicates.
fn update_limit(state: &mut State, call: &Call) -> Outcome {
    let body = call.body(&json!({
        "type": "object",
        "description": "Description of changing organization quota limit",
        "properties": limit_properties()
    }))?;
    let limit = find_limit(state, call)?;
    let kind = body["type"].as_str().map(kind).transpose()?;
    let threshold = body["threshold_percent"].as_i64().map(percent).transpose()?;
    limit.kind = kind.unwrap_or(limit.kind);
    limit.limit_percent = threshold.unwrap_or(limit.limit_percent);
    get(state, call)
}

fn delete_limit(state: &mut State, call: &Call) -> Outcome {
    let id = find_limit(state, call)?.id;
    find(state, call)?.limits.retain(|limit| limit.id != id);
    Ok(Reply::gone())
}
