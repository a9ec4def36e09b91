//! Groups of users: `/usergroups`. Who belongs to them only their source knows.

use crate::harbor::call::Call;
use crate::harbor::failure::Failure;
use crate::harbor::gojson::Shape;
use crate::harbor::query::Listing;
use crate::harbor::records::UserGroup;
use crate::harbor::router::{Route, route};
use crate::harbor::wire::{Reply, sparse};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/usergroups", list),
    route("POST", "/usergroups", create),
    route("GET", "/usergroups/{group_id}", show),
    route("PUT", "/usergroups/{group_id}", update),
    route("DELETE", "/usergroups/{group_id}", delete),
];

/// The kind of groups that come from LDAP.
const LDAP: i64 = 1;

/// A group as requests name it.
pub(crate) const GROUP: Shape = Shape::Struct(
    "UserGroup",
    &[("id", Shape::Whole), ("group_name", Shape::Text), ("group_type", Shape::Whole), ("ldap_group_dn", Shape::Text)],
);

/// A group in a request.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct NewGroup {
    pub(crate) id: i64,
    pub(crate) group_name: String,
    pub(crate) group_type: i64,
    pub(crate) ldap_group_dn: String,
}

fn shown(group: &UserGroup) -> Value {
    sparse(json!({"group_name": group.name, "group_type": group.kind, "ldap_group_dn": group.ldap_dn}), &[])
}

/// 400 without a word, as the server answers where a name is missing.
fn no_name() -> Reply {
    Reply::status(400).header("content-type", "application/json".into())
}

/// `GET /usergroups`, oldest first.
fn list(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let listing = Listing::bind(call.request)?;
    call.require_system("user-group", "list")?;
    let part = call.request.parameter("group_name").unwrap_or_default().to_lowercase();
    let rows = call.state.user_groups.iter().filter(|(_, group)| group.name.to_lowercase().contains(&part));
    let page = listing.cut(rows.collect());
    let with_id = |(id, group): (i64, &UserGroup)| {
        let mut row = shown(group);
        row["id"] = json!(id);
        row
    };
    Ok(Reply::page(page.rows.into_iter().map(with_id).collect(), page.total, page.link))
}

/// `POST /usergroups`. Names are unique, whatever the kind.
fn create(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let new: Option<NewGroup> = call.request.optional_body("usergroup", &GROUP)?;
    call.require_system("user-group", "create")?;
    let Some(new) = new.filter(|new| !new.group_name.is_empty()) else { return Ok(no_name()) };
    if new.group_type == LDAP {
        let problem = format!("LDAP Group DN is not found: DN:{}", new.ldap_group_dn);
        return Err(Failure::bad_request(problem));
    }
    let same_name = call.state.user_groups.iter().find(|(_, group)| group.name == new.group_name);
    if let Some(kind) = same_name.map(|(_, group)| group.kind) {
        if kind == new.group_type {
            return Err(Failure::conflict(format!(
                "duplicate user group, group name:{}, group type: {}, ldap group DN: {}",
                new.group_name, new.group_type, new.ldap_group_dn
            )));
        }
        call.state.user_groups.take_id();
        return Err(Failure::internal());
    }
    if new.group_name.chars().count() > 255 {
        return Err(Failure::internal());
    }
    let id = call.state.user_groups.insert(UserGroup {
        name: new.group_name,
        kind: new.group_type,
        ldap_dn: new.ldap_group_dn,
    });
    Ok(Reply::created(call.location(id), None))
}

fn not_found(id: i64) -> Failure {
    Failure::not_found(format!("the user group with id {id} is not found"))
}

/// `GET /usergroups/{id}`.
fn show(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let id = call.id("group_id")?;
    call.require_system("user-group", "read")?;
    if id == 0 {
        return Err(Failure::bad_request("the group id should be provided"));
    }
    call.state.user_groups.get(id).map(|group| Reply::json(shown(group))).ok_or_else(|| not_found(id))
}

/// `PUT /usergroups/{id}`: the name, and nothing else.
fn update(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let id = call.id("group_id")?;
    let new: Option<NewGroup> = call.request.optional_body("usergroup", &GROUP)?;
    call.require_system("user-group", "update")?;
    let Some(new) = new.filter(|new| !new.group_name.is_empty()) else { return Ok(no_name()) };
    if call.state.user_groups.iter().any(|(other, group)| other != id && group.name == new.group_name) {
        return Err(Failure::internal());
    }
    let group = call.state.user_groups.get_mut(id).ok_or_else(|| not_found(id))?;
    group.name = new.group_name;
    Ok(Reply::empty())
}

/// `DELETE /usergroups/{id}`, whether it exists or not; also of the group's memberships.
fn delete(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let id = call.id("group_id")?;
    call.require_system("user-group", "delete")?;
    call.state.user_groups.rows.remove(&id);
    call.state.members.remove_if(|member| member.group_id == id && id != 0);
    Ok(Reply::empty())
}
