//! Organizations that are a cache before another registry: `organization/{orgname}/proxycache`.

use serde_json::{Value, json};

use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::records::ProxyCache;
use crate::quay::records::images::now_ms;
use crate::quay::releases;
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;
use crate::quay::upstreams::{self, Login};

const FEATURE: &[&str] = &["FEATURE_PROXY_CACHE"];

pub(super) const ROUTES: &[Route] = &[
    Route::new("organization/{orgname}/proxycache", &[("GET", get), ("POST", create), ("DELETE", delete)])
        .needs(FEATURE),
    Route::new("organization/{orgname}/validateproxycache", &[("POST", validate)]).needs(FEATURE),
];

/// Seconds for which images are kept, unless it is said otherwise.
const EXPIRATION: i64 = 86_400;

fn schema() -> Value {
    json!({
        "type": "object",
        "description": "Proxy cache configuration for an organization",
        "required": ["upstream_registry"],
        "properties": {
            "upstream_registry": {
                "type": "string",
                "description": "Name of the upstream registry that is to be cached"
            }
        }
    })
}

impl ProxyCache {
    fn of(body: &Value) -> Self {
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        Self {
            upstream_registry: text("upstream_registry").unwrap_or_default(),
            username: text("upstream_registry_username"),
            password: text("upstream_registry_password"),
            expiration_s: body["expiration_s"].as_i64().unwrap_or(EXPIRATION),
            insecure: body["insecure"].as_bool().unwrap_or_default(),
        }
    }
}

/// Without one, and of an unknown organization, everything is empty.
fn get(state: &mut State, call: &Call) -> Outcome {
    let name = call.parameter("orgname");
    call.require(Access::new(state, &call.caller).org_member(name))?;
    let found = state.organizations.get(name).and_then(|organization| organization.proxy_cache.as_ref());
    Ok(Reply::ok(match found {
        Some(cache) => json!({
            "upstream_registry": cache.upstream_registry,
            "expiration_s": cache.expiration_s,
            "insecure": cache.insecure,
        }),
        None => json!({"upstream_registry": "", "expiration_s": "", "insecure": ""}),
    }))
}

/// Goes on only for owners of an organization that is there, and is no cache yet.
fn require(state: &State, call: &Call) -> Result<(), Reply> {
    let name = call.parameter("orgname");
    call.require(Access::new(state, &call.caller).org_admin(name))?;
    match state.organizations.get(name) {
        Some(organization) if organization.proxy_cache.is_some() => {
            Err(Reply::invalid("Proxy Cache Configuration already exists"))
        }
        Some(_) => Ok(()),
        None => Err(Reply::message(format!("Organization does not exist: {name}"))),
    }
}

/// Whose cache is made. Releases before 3.17 (until their later patches, which are not told apart here) take that from the body, and crash
/// where it is missing, or anything is there that they do not know.
fn owner(state: &State, call: &Call, body: &Value) -> Result<String, Reply> {
    const KNOWN: &[&str] = &[
        "org_name",
        "upstream_registry",
        "upstream_registry_username",
        "upstream_registry_password",
        "expiration_s",
        "insecure",
    ];
    if releases::release(&state.release) >= (3, 17) {
        return Ok(call.parameter("orgname").to_owned());
    }
    let is_known = body.as_object().is_some_and(|body| body.keys().all(|name| KNOWN.contains(&name.as_str())));
    let name = body["org_name"].as_str().filter(|_| is_known).ok_or_else(Reply::crash)?;
    match state.organizations.contains_key(name) {
        true => Ok(name.to_owned()),
        false => Err(Reply::message(format!("Organization does not exist: {name}"))),
    }
}

/// Refuses a registry that the server does not ask.
fn check_upstream(state: &State, wanted: &ProxyCache) -> Result<(), Reply> {
    let scheme = if wanted.insecure { "http" } else { "https" };
    let authority = wanted.upstream_registry.split('/').next().unwrap_or_default();
    let checked = upstreams::check_url(state, &format!("{scheme}://{authority}"));
    checked.map_err(|refusal| refusal.reply("The provided registry URL is not allowed"))
}

/// Whether a repository of the organization has a tag that cannot be changed (source).
fn has_immutable_tags(state: &State, name: &str) -> bool {
    let now = now_ms();
    let mut tags = state.repositories_of(name).into_iter().flat_map(|(_, repository)| repository.tags.values());
    state.feature("FEATURE_IMMUTABLE_TAGS") && tags.any(|tag| tag.immutable && !tag.hidden && tag.is_alive(now))
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let body = call.body(&schema())?;
    let wanted = ProxyCache::of(&body);
    require(state, call)?;
    let name = call.parameter("orgname");
    if state.organizations.get(name).is_some_and(|organization| organization.mirror.is_some()) {
        let why = "Cannot create proxy cache: organization is managed by organization-level mirroring";
        return Err(Reply::invalid(why));
    }
    if has_immutable_tags(state, name) {
        return Err(Reply::invalid("Cannot convert organization to proxy cache: immutable tags exist"));
    }
    let name = owner(state, call, &body)?;
    check_upstream(state, &wanted)?;
    if let Some(organization) = state.organizations.get_mut(&name) {
        organization.proxy_cache = Some(wanted);
    }
    Ok(Reply::created())
}

/// Lets the server log in; not for an organization that is a cache already.
fn validate(state: &mut State, call: &Call) -> Outcome {
    let wanted = ProxyCache::of(&call.body(&schema())?);
    require(state, call)?;
    check_upstream(state, &wanted)?;
    let (username, password) = (wanted.username.as_deref(), wanted.password.as_deref());
    match upstreams::login(state, &wanted.upstream_registry, username, password) {
        Login::Anonymous => Ok(Reply::json(202, json!("Anonymous"))),
        Login::Good => Ok(Reply::json(202, json!("Valid"))),
        Login::Failed => {
            let why = "Failed login to remote registry. Please verify entered details and try again.";
            Err(Reply::invalid(why))
        }
    }
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let name = call.parameter("orgname");
    call.require(Access::new(state, &call.caller).org_admin(name))?;
    let organization = state.organizations.get_mut(name).ok_or_else(Reply::not_found)?;
    organization.proxy_cache.take().ok_or_else(Reply::not_found)?;
    Ok(Reply::json(201, json!("Deleted")))
}
