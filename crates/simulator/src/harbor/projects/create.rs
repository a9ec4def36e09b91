//! Making a project: who may, what is filled in, what is refused.

use super::metadata;
use super::project::{ProjectBody, drop_foreign};
use crate::harbor::call::Call;
use crate::harbor::caller::Caller;
use crate::harbor::failure::Failure;
use crate::harbor::quotas::quota;
use crate::harbor::records::Project;
use crate::harbor::registries::registry;
use crate::harbor::retention::policy;
use crate::harbor::robots::rules::is_name;
use crate::harbor::router::{Route, route};
use crate::harbor::state::State;
use crate::harbor::wire::Reply;
use std::collections::BTreeMap;

pub(super) const ROUTES: &[Route] = &[route("POST", "/projects", create)];

/// `POST /projects`.
fn create(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let (body, mut given) = ProjectBody::bind(call)?;
    require_creator(call, body.registry_id.is_some())?;
    let storage = storage_of(call, body.storage_limit);
    given.retain(|key, value| key != "public" || !value.is_empty());
    let public = given.entry("public".into()).or_insert_with(|| body.public.unwrap_or_default().to_string());
    if !matches!(public.as_str(), "true" | "false") {
        let problem = format!("metadata.public should only be 'true' or 'false', but got: '{public}'");
        return Err(Failure::bad_request(problem));
    }
    drop_foreign(&mut given, body.registry_id.is_some());
    check_new(call.state, &body, &given, storage)?;
    given.remove("retention_id");
    let name = body.project_name;
    if name.is_empty() {
        let problem = format!("Project name {name} is illegal in length. (greater than 255 or less than 1)");
        return Err(Failure::bad_request(problem));
    }
    if !is_name(&name) {
        return Err(Failure::bad_request("project name is not in lower case or contains illegal characters"));
    }
    if call.state.project_named(&name).is_ok() {
        call.state.projects.take_id();
        return Err(Failure::conflict(format!("The project named {name} already exists")));
    }
    let registry_id = body.registry_id.unwrap_or_default();
    let owner_id = owner(call)?;
    let project = Project { name: name.clone(), owner_id, registry_id, metadata: given, ..Project::default() };
    let id = call.state.add_project(project, storage);
    if registry_id != 0 {
        policy::add_for_proxy(call.state, id);
    }
    let names_in_location = call.request.header("x-resource-name-in-location").is_some_and(|value| value == "true");
    let last = if names_in_location { name } else { id.to_string() };
    Ok(Reply::created(call.location(last), None))
}

/// Who may make a project.
///
/// # Errors
/// 401 for nobody, 403 for a robot of a project, for others than administrators where the setting says so, and for a
/// proxy cache.
fn require_creator(call: &Call<'_>, is_proxy: bool) -> Result<(), Failure> {
    call.require_known()?;
    if call.robot().is_some_and(|(_, robot)| robot.project_id != 0) {
        return Err(Failure::forbidden_saying("Only system level robot can create project"));
    }
    let admin = call.may_in_system("project", "create");
    if !admin && call.state.text_setting("project_creation_restriction") == "adminonly" {
        return Err(Failure::forbidden_saying("Only system admin can create project"));
    }
    if !admin && is_proxy {
        return Err(Failure::forbidden_saying("Only system admin can create proxy cache project"));
    }
    Ok(())
}

/// The owner of a new project: the caller, or for a robot the first administrator.
fn owner(call: &Call<'_>) -> Result<i64, Failure> {
    match call.caller {
        Caller::User(id) => Ok(id),
        _ => call.state.users.iter().find(|(_, user)| user.sysadmin).map(|(id, _)| id).ok_or_else(Failure::internal),
    }
}

/// The storage limit of a new project; none while quotas are switched off.
fn storage_of(call: &Call<'_>, wanted: Option<i64>) -> Option<i64> {
    if !call.state.flag_setting("quota_per_project_enable") {
        return None;
    }
    let own = wanted.filter(|limit| *limit != 0 && call.may_in_system("project", "create"));
    Some(own.unwrap_or_else(|| call.state.number_setting("storage_per_project")))
}

/// Checks what only a new project has: no retention policy, a registry that can be cached, a possible limit.
fn check_new(
    state: &State,
    body: &ProjectBody,
    given: &BTreeMap<String, String>,
    storage: Option<i64>,
) -> Result<(), Failure> {
    if given.get("retention_id").is_some_and(|id| !id.is_empty()) {
        return Err(Failure::bad_request_because(
            "the retention_id in the request's payload when creating a project should be omitted, alternatively passing an empty string",
        ));
    }
    if let Some(id) = body.registry_id {
        registry::check_cacheable(state, id)?;
        metadata::check_numbers(given)?;
    }
    match storage {
        Some(limit) => quota::check_limit(limit).map_err(Failure::bad_request_because),
        None => Ok(()),
    }
}
