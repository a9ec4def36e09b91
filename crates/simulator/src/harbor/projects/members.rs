//! Who belongs to a project: `/projects/{x}/members`.

use crate::harbor::call::Call;
use crate::harbor::failure::Failure;
use crate::harbor::gojson::Shape;
use crate::harbor::query::Listing;
use crate::harbor::records::Member;
use crate::harbor::router::{Route, route};
use crate::harbor::state::State;
use crate::harbor::users::groups::{GROUP, NewGroup};
use crate::harbor::wire::{Reply, sparse};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/projects/{project_name_or_id}/members", list),
    route("POST", "/projects/{project_name_or_id}/members", add),
    route("GET", "/projects/{project_name_or_id}/members/{mid}", show),
    route("PUT", "/projects/{project_name_or_id}/members/{mid}", update),
    route("DELETE", "/projects/{project_name_or_id}/members/{mid}", delete),
];

const NEW_MEMBER: Shape = Shape::Struct(
    "ProjectMember",
    &[
        ("role_id", Shape::Whole),
        ("member_user", Shape::Struct("UserEntity", &[("user_id", Shape::Whole), ("username", Shape::Text)])),
        ("member_group", GROUP),
    ],
);
const ROLE: Shape = Shape::Struct("RoleRequest", &[("role_id", Shape::Whole)]);

#[derive(Default, Deserialize)]
#[serde(default)]
struct NewUser {
    user_id: i64,
    username: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NewMember {
    role_id: i64,
    member_user: NewUser,
    member_group: NewGroup,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NewRole {
    role_id: i64,
}

fn role_name(role: i64) -> &'static str {
    match role {
        1 => "projectAdmin",
        2 => "developer",
        3 => "guest",
        4 => "maintainer",
        5 => "limitedGuest",
        _ => "",
    }
}

fn entity_name(state: &State, member: &Member) -> String {
    match state.user_groups.get(member.group_id) {
        Some(group) => group.name.clone(),
        None => state.username(member.user_id),
    }
}

fn shown(state: &State, id: i64, member: &Member) -> Value {
    let is_group = member.group_id != 0;
    sparse(
        json!({
            "id": id,
            "project_id": member.project_id,
            "entity_id": if is_group { member.group_id } else { member.user_id },
            "entity_name": entity_name(state, member),
            "entity_type": if is_group { "g" } else { "u" },
            "role_id": member.role_id,
            "role_name": role_name(member.role_id),
        }),
        &[],
    )
}

/// Whether reads show a member: a row with a role that does not exist stays, and is seen nowhere.
fn is_seen(member: &Member) -> bool {
    !role_name(member.role_id).is_empty()
}

fn project_of_path(call: &Call<'_>, action: &str) -> Result<i64, Failure> {
    let reference = call.project();
    call.require_project(&reference, "member", action)?;
    call.state.find_project(&reference).map(|(id, _)| id)
}

/// `GET /projects/{x}/members`: by name. `entityname` is exact. The total knows neither of it nor of roles that do not
/// exist.
fn list(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let listing = Listing::bind(call.request)?;
    let project_id = project_of_path(call, "list")?;
    let wanted = call.request.parameter("entityname").unwrap_or_default();
    let state = &*call.state;
    let members = state.members.iter().filter(|(_, member)| member.project_id == project_id);
    let mut members: Vec<(i64, &Member)> = members.collect();
    members.sort_by_key(|(_, member)| entity_name(state, member));
    let all = listing.cut(members.clone());
    members.retain(|(_, member)| is_seen(member) && (wanted.is_empty() || entity_name(state, member) == wanted));
    let rows = listing.cut(members).rows.into_iter().map(|(id, member)| shown(state, id, member)).collect();
    Ok(Reply::page(rows, all.total, all.link))
}

/// `POST /projects/{x}/members`.
fn add(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let new: Option<NewMember> = call.request.optional_body("projectMember", &NEW_MEMBER)?;
    let project_id = project_of_path(call, "create")?;
    let new = new.ok_or_else(|| Failure::bad_request("the project member should provide"))?;
    let (user_id, group_id) = entity_of(call.state, &new)?;
    if role_name(new.role_id).is_empty() {
        return Err(Failure::bad_request("Failed to update project member, role is not in 1,2,3"));
    }
    let is_same =
        |member: &Member| member.project_id == project_id && member.user_id == user_id && member.group_id == group_id;
    if call.state.members.iter().any(|(_, member)| is_same(member) && is_seen(member)) {
        return Err(Failure::conflict("The project member specified already exist"));
    }
    // What was left without a role is replaced.
    call.state.members.remove_if(is_same);
    let id = call.state.members.insert(Member { project_id, user_id, group_id, role_id: new.role_id });
    Ok(Reply::created(call.location(id), None))
}

/// The user or the group of a request, as the ids of both, of which one is 0. A group goes before a user.
///
/// # Errors
/// 500 where neither is named, 404 for an unknown name, 400 for an unknown id.
fn entity_of(state: &State, new: &NewMember) -> Result<(i64, i64), Failure> {
    let (user, group) = (&new.member_user, &new.member_group);
    if group.id > 0 {
        let problem = || Failure::bad_request(format!("Group {} not found", group.id));
        return state.user_groups.get(group.id).map(|_| (0, group.id)).ok_or_else(problem);
    }
    if user.user_id > 0 {
        let id = user.user_id;
        let problem = || Failure::bad_request(format!("Failed to get user {id}: user {id} not found"));
        return state.users.get(id).filter(|user| !user.deleted).map(|_| (id, 0)).ok_or_else(problem);
    }
    if !group.group_name.is_empty() || !group.ldap_group_dn.is_empty() {
        // Only LDAP and OIDC bring groups that were not seen before.
        let named = state.user_groups.iter().find(|(_, known)| {
            known.name == group.group_name && !known.name.is_empty() && known.kind == group.group_type
        });
        let name = if group.ldap_group_dn.is_empty() { &group.group_name } else { &group.ldap_group_dn };
        let problem = || Failure::not_found(format!("{name} not found: not supported"));
        return named.map(|(id, _)| (0, id)).ok_or_else(problem);
    }
    if !user.username.is_empty() {
        let named = state.users.iter().find(|(_, known)| !known.deleted && known.username == user.username);
        let problem = || Failure::not_found(format!("user {} is not found", user.username));
        return named.map(|(id, _)| (id, 0)).ok_or_else(problem);
    }
    Err(Failure::internal())
}

/// `GET /projects/{x}/members/{id}`.
fn show(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let id = call.id("mid")?;
    let project_id = project_of_path(call, "read")?;
    if id == 0 {
        return Err(Failure::bad_request("the member id can not be empty!"));
    }
    let found = call.state.members.get(id).filter(|member| member.project_id == project_id && is_seen(member));
    let problem = || format!("the project member is not found, project id {project_id}, member id {id}");
    let member = found.ok_or_else(|| Failure::not_found(problem()))?;
    Ok(Reply::json(shown(call.state, id, member)))
}

/// `PUT /projects/{x}/members/{id}`: any number is kept as the role, and a member who is not there is no error.
fn update(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let id = call.id("mid")?;
    let new: Option<NewRole> = call.request.optional_body("role", &ROLE)?;
    let project_id = project_of_path(call, "update")?;
    let new = new.ok_or_else(|| Failure::bad_request("role can not be empty"))?;
    if let Some(member) = call.state.members.get_mut(id).filter(|member| member.project_id == project_id) {
        member.role_id = new.role_id;
    }
    Ok(Reply::empty())
}

/// `DELETE /projects/{x}/members/{id}`, whether it is there or not.
fn delete(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let id = call.id("mid")?;
    let project_id = project_of_path(call, "delete")?;
    if call.state.members.get(id).is_some_and(|member| member.project_id == project_id) {
        call.state.members.rows.remove(&id);
    }
    Ok(Reply::empty())
}
