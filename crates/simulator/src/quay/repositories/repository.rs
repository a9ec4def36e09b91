//! Repositories: `repository`, `repository/{repository}`.

use jiff::{ToSpan, Zoned};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::images::{tags, usage};
use crate::quay::mirrors::repository_mirror;
use crate::quay::names;
use crate::quay::permissions::default_permissions;
use crate::quay::records::{Repository, RepositoryState, Role};
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::search::matching::popularity;
use crate::quay::state::State;
use crate::quay::views::configured_quota;

/// Repositories on one page of a list.
const PAGE: usize = 100;

/// What a token for the next page begins with. The rest is the number of the first repository on it.
const PAGE_TOKEN: &str = "gAAAAAB";

pub(super) const ROUTES: &[Route] = &[
    Route::new("repository", &[("GET", list), ("POST", create)]),
    Route::new("repository/{repository}", &[("GET", get), ("PUT", update), ("DELETE", delete)]),
    Route::new("repository/{repository}/changevisibility", &[("POST", change_visibility)]),
    Route::new("repository/{repository}/changestate", &[("PUT", change_state)]).needs(&["FEATURE_REPO_MIRROR"]),
];

fn require_admin(state: &State, call: &Call) -> Result<(), Reply> {
    let (namespace, name) = call.repository();
    call.require(Access::new(state, &call.caller).repo_admin(namespace, name))
}

fn visibility() -> Value {
    json!({
        "type": "string",
        "description": "Visibility which the repository will start with",
        "enum": ["public", "private"]
    })
}

fn new_repository() -> Value {
    json!({
        "type": "object",
        "description": "Description of a new repository",
        "required": ["repository", "visibility", "description"],
        "properties": {
            "repository": {"type": "string", "description": "Repository name"},
            "visibility": visibility(),
            "namespace": {
                "type": "string",
                "description": "Namespace in which the repository should be created. If omitted, the username of the caller is used"
            },
            "description": {"type": "string", "description": "Markdown encoded description for the repository"},
            "repo_kind": {
                "type": ["string", "null"],
                "description": "The kind of repository",
                "enum": ["image", null]
            }
        }
    })
}

fn create(state: &mut State, call: &Call) -> Outcome {
    let body = call.body(&new_repository())?;
    let text = |key: &str| body[key].as_str().unwrap_or_default();
    let namespace = body["namespace"].as_str().unwrap_or(call.caller.name());
    let name = text("repository");
    call.require(Access::new(state, &call.caller).creator(namespace))?;
    if state.namespace(namespace).is_none() {
        return Err(Reply::crash());
    }
    if state.organizations.get(namespace).is_some_and(|organization| organization.mirror.is_some()) {
        let why = "Cannot create repository: organization is managed by organization-level mirroring";
        return Err(Reply::invalid(why));
    }
    let full = format!("{namespace}/{name}");
    if state.repositories.contains_key(&full) {
        return Err(Reply::invalid("Repository already exists"));
    }
    if !names::is_repository(name) {
        return Err(Reply::invalid("Invalid repository name"));
    }
    make(state, namespace, name, call.caller.name(), text("visibility") == "public", text("description"));
    Ok(Reply::json(201, json!({"namespace": namespace, "name": name, "kind": "image"})))
}

/// Makes a repository. Whoever made it may do everything with it.
pub(crate) fn make(state: &mut State, namespace: &str, name: &str, owner: &str, is_public: bool, description: &str) {
    let mut repository = Repository {
        number: state.number(),
        description: description.to_owned(),
        is_public,
        state: RepositoryState::Normal,
        status_token: Uuid::new_v4().to_string(),
        users: [(owner.to_owned(), Role::Admin)].into(),
        teams: Default::default(),
        tags: Default::default(),
        images: Default::default(),
        quota_bytes: 0,
        policies: Default::default(),
        mirror: None,
        lost_mirror_rules: Vec::new(),
        external_notifications: Default::default(),
        authorized_emails: Default::default(),
        triggers: Default::default(),
        builds: Default::default(),
        stars: Default::default(),
    };
    default_permissions::apply(state, namespace, owner, &mut repository);
    state.repositories.insert(format!("{namespace}/{name}"), repository);
}

fn get(state: &mut State, call: &Call) -> Outcome {
    let (namespace, name) = call.repository();
    let access = Access::new(state, &call.caller);
    call.require(access.repo_read(namespace, name))?;
    let repository = state.repositories.get(call.parameter("repository")).ok_or_else(Reply::not_found)?;
    let can_admin = access.repo_admin(namespace, name);
    let can_push = access.repo_write(namespace, name);
    let expiration = state.namespace(namespace).map(|namespace| namespace.tag_expiration_s);
    let mut view = json!({
        "namespace": namespace,
        "name": name,
        "kind": "image",
        "description": repository.description,
        "is_public": repository.is_public,
        "is_organization": state.organizations.contains_key(namespace),
        "is_starred": repository.stars.contains(call.caller.name()),
        "status_token": if repository.is_public { "" } else { repository.status_token.as_str() },
        "trust_enabled": false,
        "tag_expiration_s": expiration,
        "is_free_account": true,
        "state": repository.state,
        "can_write": can_push && repository.state == RepositoryState::Normal,
        "can_admin": can_admin,
    });
    if call.flag("includeTags", true) {
        view["tags"] = tags::of_repository(repository);
    }
    if call.flag("includeStats", false) {
        view["stats"] = stats();
    }
    Ok(Reply::ok(view))
}

/// No pulls on any day of the last three months, the newest day first.
fn stats() -> Value {
    const DAYS: i64 = 91;
    let today = Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC).date();
    let days = (1..=DAYS).map(|ago| today.saturating_sub(ago.days()));
    days.map(|day| json!({"date": day.to_string(), "count": 0})).collect()
}

/// Changes the description; everything else in the body is ignored. Who may push may do it.
fn update(state: &mut State, call: &Call) -> Outcome {
    let (namespace, name) = call.repository();
    call.require(Access::new(state, &call.caller).repo_write(namespace, name))?;
    let body = call.body(&json!({
        "type": "object",
        "description": "Fields which can be updated in a repository.",
        "required": ["description"],
        "properties": {
            "description": {"type": "string", "description": "Markdown encoded description for the repository"}
        }
    }))?;
    let repository = state.repositories.get_mut(call.parameter("repository")).ok_or_else(Reply::not_found)?;
    repository.description = body["description"].as_str().unwrap_or_default().to_owned();
    Ok(Reply::ok(json!({"success": true})))
}

/// 204 whether it was there or not.
fn delete(state: &mut State, call: &Call) -> Outcome {
    require_admin(state, call)?;
    let (namespace, _) = call.repository();
    if state.namespace(namespace).is_none() {
        return Err(Reply::crash());
    }
    let full = call.parameter("repository");
    let held = usage::held(state, full);
    if let Some(repository) = state.repositories.remove(full) {
        usage::weigh(state, full, held);
        repository_mirror::outlives(state, &repository);
    }
    Ok(Reply::gone())
}

/// Of an unknown repository the answer is 200 with null.
fn change_visibility(state: &mut State, call: &Call) -> Outcome {
    require_admin(state, call)?;
    let body = call.body(&json!({
        "type": "object",
        "description": "Change the visibility for the repository.",
        "required": ["visibility"],
        "properties": {"visibility": visibility()}
    }))?;
    let Some(repository) = state.repositories.get_mut(call.parameter("repository")) else {
        return Ok(Reply::ok(Value::Null));
    };
    repository.is_public = body["visibility"] == "public";
    Ok(Reply::ok(json!({"success": true})))
}

fn change_state(state: &mut State, call: &Call) -> Outcome {
    require_admin(state, call)?;
    let body = call.body(&json!({
        "type": "object",
        "description": "Change the state of the repository.",
        "required": ["state"],
        "properties": {
            "state": {
                "type": "string",
                "description": "Determines whether pushes are allowed.",
                "enum": ["NORMAL", "READ_ONLY", "MIRROR"]
            }
        }
    }))?;
    let repository = state.repositories.get_mut(call.parameter("repository")).ok_or_else(Reply::not_found)?;
    repository.state = serde_json::from_value(body["state"].clone()).map_err(|_| Reply::crash())?;
    Ok(Reply::ok(json!({"success": true})))
}

/// What the caller has a role in, whatever the token's scopes are; with `public` also what everybody sees.
fn list(state: &mut State, call: &Call) -> Outcome {
    let (public, starred) = (call.flag("public", false), call.flag("starred", false));
    let namespace = call.query("namespace").filter(|namespace| !namespace.is_empty());
    if namespace.is_none() && !public && !starred {
        return Err(Reply::invalid("namespace, starred or public are required for this API call"));
    }
    if starred && call.caller.user.is_none() {
        return Err(Reply::bad_json());
    }
    let access = Access::new(state, &call.caller);
    let first = call.query("next_page").and_then(|token| token.strip_prefix(PAGE_TOKEN)?.parse::<u64>().ok());
    let mut found: Vec<(&str, &str, &Repository)> = state
        .repositories
        .iter()
        .filter_map(|(full, repository)| full.split_once('/').map(|(namespace, name)| (namespace, name, repository)))
        .filter(|(owner, _, _)| starred || namespace.is_none_or(|namespace| namespace == *owner))
        .filter(|(owner, name, repository)| match starred {
            true => repository.stars.contains(call.caller.name()) && access.repo_read(owner, name),
            false => access.full_list(owner) || access.listed(owner, name) || public && repository.is_public,
        })
        .filter(|(_, _, repository)| first.is_none_or(|first| repository.number >= first))
        .collect();
    found.sort_by_key(|(_, _, repository)| repository.number);
    let items: Vec<Value> = found
        .iter()
        .take(PAGE)
        .map(|(namespace, name, repository)| item(state, call, namespace, name, repository))
        .collect();
    let mut answer = json!({"repositories": items});
    if let Some((_, _, next)) = found.get(PAGE) {
        answer["next_page"] = json!(format!("{PAGE_TOKEN}{:020}", next.number));
    }
    Ok(Reply::ok(answer))
}

fn item(state: &State, call: &Call, namespace: &str, name: &str, repository: &Repository) -> Value {
    let mut item = json!({
        "namespace": namespace,
        "name": name,
        "description": repository.description,
        "is_public": repository.is_public,
        "kind": "image",
        "state": repository.state,
    });
    if call.flag("last_modified", false) {
        item["last_modified"] = json!(tags::newest(repository));
    }
    if call.flag("popularity", false) {
        item["popularity"] = json!(popularity(state, namespace, name) as f64);
    }
    if call.caller.user.is_some() {
        item["is_starred"] = json!(repository.stars.contains(call.caller.name()));
    }
    if state.feature("FEATURE_QUOTA_MANAGEMENT") {
        let configured = state.namespace(namespace).and_then(|namespace| configured_quota(state, namespace));
        item["quota_report"] = json!({"quota_bytes": repository.quota_bytes, "configured_quota": configured});
    }
    item
}
