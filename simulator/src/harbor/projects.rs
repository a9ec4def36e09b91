//! Projects: `/projects`.

use super::access::{ALL_PROJECTS_SCOPE, Caller};
use super::call::Call;
use super::failure::Failure;
use super::metadata;
use super::query::{Column, Condition, Listing};
use super::registries;
use super::retention;
use super::robot_rules::is_name;
use super::state::{Allowlist, Project, State, Time};
use super::wire::{Reply, sparse};
use super::{quotas, repositories};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How a request names a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ProjectRef {
    /// By number.
    Id(i64),
    /// By name.
    Name(String),
}

impl State {
    /// The project with a name.
    ///
    /// # Errors
    /// 404 when there is none, 400 when the name has a blank.
    pub(super) fn project_named(&self, name: &str) -> Result<(i64, &Project), Failure> {
        if name.contains(' ') {
            return Err(Failure::bad_request(format!("invalid project name: '{name}'")));
        }
        let found = self.projects.iter().find(|(_, project)| !project.deleted && project.name == name);
        found.ok_or_else(|| Failure::not_found(format!("project {name} not found")))
    }

    /// The project that a reference means.
    ///
    /// # Errors
    /// As [`State::project_named`].
    pub(super) fn find_project(&self, reference: &ProjectRef) -> Result<(i64, &Project), Failure> {
        match reference {
            ProjectRef::Name(name) => self.project_named(name),
            ProjectRef::Id(id) => {
                let found = self.projects.get(*id).filter(|project| !project.deleted);
                found.map(|project| (*id, project)).ok_or_else(|| Failure::not_found(format!("project {id} not found")))
            }
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Item {
    cve_id: String,
}

/// An allowlist in a request.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct NewAllowlist {
    project_id: i64,
    expires_at: Option<i64>,
    items: Vec<Item>,
}

impl NewAllowlist {
    /// Puts this list in the place of another.
    ///
    /// # Errors
    /// 500 for a blank or doubled id: the server's own error has no type.
    pub(super) fn replace(self, list: &mut Allowlist, now: Time) -> Result<(), Failure> {
        let ids: Vec<String> = self.items.into_iter().map(|item| item.cve_id).collect();
        let doubled = ids.iter().enumerate().any(|(place, id)| ids.iter().take(place).any(|other| other == id));
        if doubled || ids.iter().any(|id| id.trim().is_empty()) {
            return Err(Failure::internal());
        }
        if list.creation_time == Time::default() {
            list.creation_time = now;
        }
        (list.cve_ids, list.expires_at, list.update_time) = (ids, self.expires_at, now);
        Ok(())
    }
}

/// An allowlist as answers show it.
pub(super) fn shown_allowlist(list: &Allowlist, project_id: i64) -> Value {
    let items: Vec<Value> = list.cve_ids.iter().map(|id| json!({"cve_id": id})).collect();
    sparse(
        json!({
            "id": list.id,
            "project_id": project_id,
            "items": items,
            "expires_at": list.expires_at,
            "creation_time": list.creation_time,
            "update_time": list.update_time,
        }),
        if list.expires_at.is_some() { &["expires_at"] } else { &[] },
    )
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ProjectBody {
    project_name: String,
    public: Option<bool>,
    storage_limit: Option<i64>,
    registry_id: Option<i64>,
    metadata: Option<BTreeMap<String, Value>>,
    cve_allowlist: Option<NewAllowlist>,
}

impl ProjectBody {
    fn bind(call: &Call<'_>) -> Result<(Self, BTreeMap<String, String>), Failure> {
        let mut body: Self = call.request.body("project")?;
        if body.project_name.len() > 255 {
            return Err(Failure::invalid("project_name in body should be at most 255 chars long"));
        }
        let given = metadata::bind(call.state.version(), body.metadata.take().unwrap_or_default())?;
        Ok((body, given))
    }
}

/// Drops the metadata that a kind of project does not have.
fn drop_foreign(given: &mut BTreeMap<String, String>, is_proxy: bool) {
    let foreign: &[&str] = if is_proxy { &["enable_content_trust"] } else { metadata::ONLY_FOR_PROXIES };
    given.retain(|key, _| !foreign.contains(&key.as_str()));
}

/// `POST /projects`.
pub(super) fn create(call: &mut Call<'_>) -> Result<Reply, Failure> {
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
        return Err(Failure::conflict(format!("The project named {name} already exists")));
    }
    let registry_id = body.registry_id.unwrap_or_default();
    let owner_id = owner(call)?;
    let project = Project { name: name.clone(), owner_id, registry_id, metadata: given, ..Project::default() };
    let id = call.state.add_project(project, storage);
    if registry_id != 0 {
        retention::add_for_proxy(call.state, id);
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
        registries::check_cacheable(state, id)?;
        metadata::check_numbers(given)?;
    }
    match storage {
        Some(limit) => quotas::check_limit(limit).map_err(Failure::bad_request_because),
        None => Ok(()),
    }
}

/// A project as answers show it.
fn shown(call: &Call<'_>, id: i64, project: &Project, with_detail: bool) -> Value {
    let state = &*call.state;
    let roles = call.roles(id);
    let owner = state.users.get(project.owner_id).map(|user| user.username.clone()).unwrap_or_default();
    let zero = Allowlist::default();
    let allowlist = if with_detail { shown_allowlist(&project.allowlist, id) } else { shown_allowlist(&zero, 0) };
    let metadata = with_detail.then(|| metadata::shown(state.version(), &project.metadata));
    sparse(
        json!({
            "project_id": id,
            "name": project.name,
            "owner_id": project.owner_id,
            "owner_name": if with_detail { owner } else { String::new() },
            "registry_id": project.registry_id,
            "repo_count": repositories::count(state, id),
            "metadata": metadata,
            "cve_allowlist": allowlist,
            "current_user_role_id": highest(&roles),
            "current_user_role_ids": if roles.is_empty() { Value::Null } else { json!(roles) },
            "creation_time": project.creation_time,
            "update_time": project.update_time,
        }),
        &["repo_count", "current_user_role_ids"],
    )
}

fn highest(roles: &[i64]) -> i64 {
    [1, 4, 2, 3, 5].into_iter().find(|role| roles.contains(role)).unwrap_or(0)
}

/// The project of the path, for a caller who may do this to it.
fn project_of_path(call: &Call<'_>, action: &str) -> Result<(i64, Project), Failure> {
    let reference = call.project()?;
    call.require_project(&reference, "project", action)?;
    call.state.find_project(&reference).map(|(id, project)| (id, project.clone()))
}

/// `GET /projects/{x}`.
pub(super) fn show(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let (id, project) = project_of_path(call, "read")?;
    Ok(Reply::json(shown(call, id, &project, true)))
}

/// `PUT /projects/{x}`: adds and changes metadata, never removes any; all else but the allowlist is ignored.
pub(super) fn update(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let (body, mut given) = ProjectBody::bind(call)?;
    let (id, mut project) = project_of_path(call, "update")?;
    if let Some(list) = body.cve_allowlist {
        if list.project_id != 0 && list.project_id != id {
            let problem = format!("project_id in cve_allowlist must be {id} but it's {}", list.project_id);
            return Err(Failure::bad_request(problem));
        }
        list.replace(&mut project.allowlist, call.state.now())?;
    }
    drop_foreign(&mut given, project.is_proxy());
    given.retain(|key, value| key != "public" || !value.is_empty());
    if given.get("retention_id").is_some_and(|own| project.metadata.get("retention_id") != Some(own)) {
        return Err(Failure::bad_request(
            "the retention_id in the request's payload when updating a project should be omitted, alternatively passing the one that has already been associated to this project",
        ));
    }
    project.metadata.extend(given);
    if let Some(row) = call.state.projects.get_mut(id) {
        *row = project;
    }
    Ok(Reply::empty())
}

const NOT_EMPTY: &str = "the project contains repositories, can not be deleted";

/// `GET /projects/{x}/_deletable`.
pub(super) fn deletable(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let (id, _) = project_of_path(call, "delete")?;
    let full = repositories::count(call.state, id) > 0;
    Ok(Reply::json(if full { json!({"message": NOT_EMPTY}) } else { json!({"deletable": true}) }))
}

/// `DELETE /projects/{x}`: also of its robots and its quota. The row stays under another name, so that the name is free.
pub(super) fn delete(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let (id, mut project) = project_of_path(call, "delete")?;
    if repositories::count(call.state, id) > 0 {
        return Err(Failure::precondition_because(NOT_EMPTY));
    }
    project.deleted = true;
    project.name = format!("{}#{id}", project.name);
    if let Some(row) = call.state.projects.get_mut(id) {
        *row = project;
    }
    call.state.robots.rows.retain(|_, robot| robot.project_id != id);
    call.state.quotas.rows.retain(|_, quota| quota.project_id != id);
    Ok(Reply::empty())
}

/// `GET /projects/{x}/summary`.
pub(super) fn summary(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let (id, project) = project_of_path(call, "read")?;
    let state = &*call.state;
    let mut body = json!({"repo_count": repositories::count(state, id)});
    if call.may_in_project(id, "quota", "read") && state.flag_setting("quota_per_project_enable") {
        let quota = state.quotas.iter().find(|(_, quota)| quota.project_id == id);
        body["quota"] = quota.map_or(
            Value::Null,
            |(_, quota)| json!({"hard": {"storage": quota.hard}, "used": {"storage": quota.used}}),
        );
    }
    if call.may_in_project(id, "member", "list") {
        let names = [(1, "project_admin"), (4, "maintainer"), (2, "developer"), (3, "guest"), (5, "limited_guest")];
        for (role, name) in names {
            let members = state.members.iter().map(|(_, member)| member);
            body[format!("{name}_count")] =
                json!(members.filter(|member| member.project_id == id && member.role_id == role).count());
        }
    }
    if let Some(registry) = state.registries.get(project.registry_id) {
        body["registry"] = registries::shown(project.registry_id, registry, false);
    }
    Ok(Reply::json(sparse(body, &["repo_count"])))
}

/// `HEAD /projects?project_name=`: whether a name is taken, for any caller who is known.
pub(super) fn exists(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let name = call.request.parameter("project_name").map(str::to_owned);
    let name = name.ok_or_else(|| Failure::invalid("project_name in query is required"))?;
    call.require_known()?;
    call.state.project_named(&name)?;
    Ok(Reply::empty())
}

/// `GET /projects`: what the caller may see; for an anonymous one, public projects.
pub(super) fn list(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let listing = Listing::bind(call.request)?;
    let public = call.request.flag("public")?;
    let with_detail = call.request.flag("with_detail")?.unwrap_or(true);
    let mut filters = listing.filters()?;
    if let Some(name) = call.request.parameter("name").filter(|name| !name.is_empty()) {
        filters.and("name", Condition::Fuzzy(name.into()));
    }
    if let Some(owner) = call.request.parameter("owner").filter(|owner| !owner.is_empty()) {
        filters.and("owner", Condition::Exact(owner.into()));
    }
    if let Some(public) = public {
        filters.and("public", Condition::Exact(public.to_string()));
    }
    let state = &*call.state;
    let mut projects: Vec<(i64, &Project)> = state.projects.iter().filter(|(_, project)| !project.deleted).collect();
    projects.retain(|(id, project)| sees(call, *id, project, public));
    projects.sort_by(|left, right| left.1.name.cmp(&right.1.name));
    let page = listing.select(projects, &filters, |(id, project), key| column(state, *id, project, key));
    let rows = page.rows.iter().map(|(id, project)| shown(call, *id, project, with_detail)).collect();
    Ok(Reply::page(rows, page.total, page.link))
}

/// Whether a list shows a project to the caller. Public ones are shown to all, unless only private ones are wanted.
fn sees(call: &Call<'_>, id: i64, project: &Project, public: Option<bool>) -> bool {
    let as_public = project.is_public() && public != Some(false);
    match call.caller {
        Caller::Anonymous => as_public,
        Caller::User(_) => call.is_system_admin() || as_public || !call.roles(id).is_empty(),
        Caller::Robot(_) => {
            let scope = format!("/project/{id}");
            let covers = |scope: &str| {
                call.robot().is_some_and(|(_, robot)| robot.permissions.iter().any(|rule| rule.scope == scope))
            };
            call.may_in_system("project", "list") || covers(ALL_PROJECTS_SCOPE) || covers(&scope) || as_public
        }
    }
}

fn column(state: &State, id: i64, project: &Project, key: &str) -> Option<Column> {
    Some(match key {
        "projectid" => Column::Number(id),
        "name" => Column::Text(project.name.clone()),
        "ownerid" => Column::Number(project.owner_id),
        "registryid" => Column::Number(project.registry_id),
        "creationtime" => Column::Text(project.creation_time.0.to_string()),
        "updatetime" => Column::Text(project.update_time.0.to_string()),
        "public" => Column::Text(project.is_public().to_string()),
        "owner" => {
            Column::Text(state.users.get(project.owner_id).map(|user| user.username.clone()).unwrap_or_default())
        }
        _ => return None,
    })
}
