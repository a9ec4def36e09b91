//! Who belongs to a project: `/projects/{x}/members`, to read only.

use super::call::Call;
use super::failure::Failure;
use super::query::Listing;
use super::records::Member;
use super::state::State;
use super::wire::{Reply, sparse};
use serde_json::{Value, json};

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
    state.users.get(member.user_id).map(|user| user.username.clone()).unwrap_or_default()
}

fn shown(state: &State, id: i64, member: &Member) -> Value {
    sparse(
        json!({
            "id": id,
            "project_id": member.project_id,
            "entity_id": member.user_id,
            "entity_name": entity_name(state, member),
            "entity_type": "u",
            "role_id": member.role_id,
            "role_name": role_name(member.role_id),
        }),
        &[],
    )
}

/// `GET /projects/{x}/members`: by name. `entityname` is exact, and the total does not know of it.
pub(super) fn list(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let listing = Listing::bind(call.request)?;
    let reference = call.project()?;
    call.require_project(&reference, "member", "list")?;
    let project_id = call.state.find_project(&reference)?.0;
    let wanted = call.request.parameter("entityname").unwrap_or_default();
    let state = &*call.state;
    let mut members: Vec<(i64, &Member)> =
        state.members.iter().filter(|(_, member)| member.project_id == project_id).collect();
    members.retain(|(_, member)| !role_name(member.role_id).is_empty());
    members.sort_by_key(|(_, member)| entity_name(state, member));
    let all = listing.cut(members.clone());
    members.retain(|(_, member)| wanted.is_empty() || entity_name(state, member) == wanted);
    let rows = listing.cut(members).rows.into_iter().map(|(id, member)| shown(state, id, member)).collect();
    Ok(Reply::page(rows, all.total, all.link))
}
