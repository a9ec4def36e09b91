//! Projects: `/projects`.

use super::metadata;
use crate::harbor::call::Call;
use crate::harbor::failure::Failure;
use crate::harbor::gojson::Shape;
use crate::harbor::records::{Allowlist, Project};
use crate::harbor::registries::registry;
use crate::harbor::repositories::repository;
use crate::harbor::retention::policy;
use crate::harbor::router::{Route, route};
use crate::harbor::state::State;
use crate::harbor::system::allowlist::{ALLOWLIST, NewAllowlist, shown_allowlist};
use crate::harbor::wire::{Reply, sparse};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) const ROUTES: &[Route] = &[
    route("HEAD", "/projects", exists),
    route("GET", "/projects/{project_name_or_id}", show),
    route("PUT", "/projects/{project_name_or_id}", update),
    route("DELETE", "/projects/{project_name_or_id}", delete),
    route("GET", "/projects/{project_name_or_id}/_deletable", deletable),
    route("GET", "/projects/{project_name_or_id}/summary", summary),
];

const PROJECT: Shape = Shape::Struct(
    "ProjectReq",
    &[
        ("project_name", Shape::Text),
        ("public", Shape::Flag),
        ("storage_limit", Shape::Whole),
        ("registry_id", Shape::Whole),
        ("metadata", metadata::METADATA),
        ("cve_allowlist", ALLOWLIST),
    ],
);

/// The body of a request about one project.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ProjectBody {
    pub(crate) project_name: String,
    pub(crate) public: Option<bool>,
    pub(super) storage_limit: Option<i64>,
    pub(crate) registry_id: Option<i64>,
    metadata: Option<BTreeMap<String, Value>>,
    cve_allowlist: Option<NewAllowlist>,
}

impl ProjectBody {
    /// Binds the body, and of its metadata the keys that the release knows.
    ///
    /// # Errors
    /// 422 when it does not fit.
    pub(crate) fn bind(call: &Call<'_>) -> Result<(Self, BTreeMap<String, String>), Failure> {
        let mut body: Self = call.request.body("project", &PROJECT)?;
        if body.project_name.chars().count() > 255 {
            return Err(Failure::invalid_model("project_name in body should be at most 255 chars long"));
        }
        let given = metadata::bind(call.state.version(), body.metadata.take().unwrap_or_default());
        Ok((body, given))
    }
}

/// Drops the metadata that a kind of project does not have.
pub(super) fn drop_foreign(given: &mut BTreeMap<String, String>, is_proxy: bool) {
    let foreign: &[&str] = if is_proxy { &["enable_content_trust"] } else { metadata::ONLY_FOR_PROXIES };
    given.retain(|key, _| !foreign.contains(&key.as_str()));
}

/// How much of a project an answer shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    /// All.
    Whole,
    /// Neither the owner's name nor the allowlist.
    Metadata,
    /// No metadata either.
    None,
}

/// A project as most answers show it.
pub(super) fn shown(call: &Call<'_>, id: i64, project: &Project, with_detail: bool) -> Value {
    shown_with(call, id, project, if with_detail { Detail::Whole } else { Detail::None })
}

/// A project as searches show it.
pub(crate) fn shown_briefly(call: &Call<'_>, id: i64, project: &Project) -> Value {
    shown_with(call, id, project, Detail::Metadata)
}

fn shown_with(call: &Call<'_>, id: i64, project: &Project, detail: Detail) -> Value {
    let state = &*call.state;
    let roles = call.roles(id);
    let is_whole = detail == Detail::Whole;
    let mut allowlist =
        if is_whole { shown_allowlist(&project.allowlist, id) } else { shown_allowlist(&Allowlist::default(), 0) };
    if !is_whole {
        // A list that was never made, which is not an empty one.
        allowlist["items"] = Value::Null;
    }
    let metadata = (detail != Detail::None).then(|| metadata::shown(state.version(), &project.metadata));
    sparse(
        json!({
            "project_id": id,
            "name": project.name,
            "owner_id": project.owner_id,
            "owner_name": if is_whole { state.username(project.owner_id) } else { String::new() },
            "registry_id": project.registry_id,
            "repo_count": repository::count(state, id),
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
    let reference = call.project();
    call.require_project(&reference, "project", action)?;
    call.state.find_project(&reference).map(|(id, project)| (id, project.clone()))
}

/// `GET /projects/{x}`.
fn show(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let (id, project) = project_of_path(call, "read")?;
    Ok(Reply::json(shown(call, id, &project, true)))
}

/// `PUT /projects/{x}`: adds and changes metadata, never removes any; all else but the allowlist is ignored.
fn update(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let (body, mut given) = ProjectBody::bind(call)?;
    let (id, mut project) = project_of_path(call, "update")?;
    if let Some(list) = body.cve_allowlist {
        if list.project_id != 0 && list.project_id != id {
            let problem = format!("project_id in cve_allowlist must be {id} but it's {}", list.project_id);
            return Err(Failure::bad_request(problem));
        }
        list.replace(&mut project.allowlist)?;
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
fn deletable(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let (id, _) = project_of_path(call, "delete")?;
    let full = repository::count(call.state, id) > 0;
    Ok(Reply::json(if full { json!({"message": NOT_EMPTY}) } else { json!({"deletable": true}) }))
}

/// `DELETE /projects/{x}`: also of its robots, members, quota and retention policy, and of what robots of the system
/// could do in it. The row stays under another name, so that the name is free.
fn delete(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let (id, mut project) = project_of_path(call, "delete")?;
    if repository::count(call.state, id) > 0 {
        return Err(Failure::precondition_because(NOT_EMPTY));
    }
    project.deleted = true;
    project.name = format!("{}#{id}", project.name);
    if let Some(row) = call.state.projects.get_mut(id) {
        *row = project;
    }
    let state = &mut *call.state;
    state.robots.remove_if(|robot| robot.project_id == id);
    state.quotas.remove_if(|quota| quota.project_id == id);
    state.members.remove_if(|member| member.project_id == id);
    forget_in_robots(state, id);
    policy::project_deleted(state, id);
    Ok(Reply::empty())
}

/// Robots of the system lose what they could do in a project that is gone.
fn forget_in_robots(state: &mut State, id: i64) {
    let scope = format!("/project/{id}");
    for robot in state.robots.rows.values_mut() {
        if robot.permissions.iter().any(|rule| rule.scope == scope) {
            robot.permissions.retain(|rule| rule.scope != scope);
        }
    }
}

/// `GET /projects/{x}/summary`.
fn summary(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let (id, project) = project_of_path(call, "read")?;
    let state = &*call.state;
    let mut body = json!({"repo_count": repository::count(state, id)});
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
        body["registry"] = registry::shown(project.registry_id, registry, false);
    }
    Ok(Reply::json(sparse(body, &["repo_count"])))
}

/// `HEAD /projects?project_name=`: whether a name is taken, for any caller who is known.
fn exists(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let name = call.request.parameter("project_name").filter(|name| !name.is_empty()).map(str::to_owned);
    let name = name.ok_or_else(|| Failure::invalid("project_name in query is required"))?;
    call.require_known()?;
    call.state.project_named(&name)?;
    Ok(Reply::empty())
}
