//! Roles in a repository: `repository/{repository}/permissions/user/` and `.../team/`.

use serde_json::{Value, json};

use crate::quay::access::{Access, transitive_roles};
use crate::quay::call::Call;
use crate::quay::records::{Repository, Role};
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;
use crate::quay::views::{avatar_of, shuffled_object, team_avatar};

pub(super) const ROUTES: &[Route] = &[
    Route::new("repository/{repository}/permissions/user/", &[("GET", list_users)]),
    Route::new(
        "repository/{repository}/permissions/user/{username}",
        &[("GET", get_user), ("PUT", put_user), ("DELETE", delete_user)],
    ),
    Route::new("repository/{repository}/permissions/user/{username}/transitive", &[("GET", transitive)]),
    Route::new("repository/{repository}/permissions/team/", &[("GET", list_teams)]),
    Route::new(
        "repository/{repository}/permissions/team/{teamname}",
        &[("GET", get_team), ("PUT", put_team), ("DELETE", delete_team)],
    ),
];

/// The repositories of a namespace in which somebody has a role, with that role.
pub(crate) fn of_holder(state: &State, namespace: &str, role: impl Fn(&Repository) -> Option<Role>) -> Reply {
    let permissions: Vec<Value> = state
        .repositories_of(namespace)
        .into_iter()
        .filter_map(|(name, repository)| {
            let shown = json!({"name": name, "is_public": repository.is_public});
            Some(json!({"repository": shown, "role": role(repository)?}))
        })
        .collect();
    Reply::ok(json!({"permissions": permissions}))
}

fn require_admin(state: &State, call: &Call) -> Result<(), Reply> {
    let (namespace, name) = call.repository();
    call.require(Access::new(state, &call.caller).repo_admin(namespace, name))
}

/// The repository, if it is there; if not, lists are empty and most other requests miss the permission.
fn repository<'a>(state: &'a State, call: &Call) -> Option<&'a Repository> {
    state.repositories.get(call.parameter("repository"))
}

fn role_schema(what: &str) -> Value {
    json!({
        "type": "object",
        "description": format!("Description of a {what} permission."),
        "required": ["role"],
        "properties": {
            "role": {
                "type": "string",
                "description": format!("Role to use for the {what}"),
                "enum": ["read", "write", "admin"]
            }
        }
    })
}

fn requested_role(call: &Call, what: &str) -> Result<Role, Reply> {
    let body = call.body(&role_schema(what))?;
    serde_json::from_value(body["role"].clone()).map_err(|_| Reply::crash())
}

fn user_view(state: &State, namespace: &str, name: &str, role: Role) -> Value {
    let mut view = json!({
        "role": role,
        "name": name,
        "is_robot": name.contains('+'),
        "avatar": avatar_of(state, name, "user"),
    });
    if let Some(organization) = state.organizations.get(namespace) {
        let in_team = organization.teams.values().any(|team| team.members.iter().any(|member| member == name));
        view["is_org_member"] = json!(in_team || name.starts_with(&format!("{namespace}+")));
    }
    view
}

fn team_view(name: &str, role: Role) -> Value {
    json!({"role": role, "name": name, "avatar": team_avatar(name)})
}

fn list_users(state: &mut State, call: &Call) -> Outcome {
    require_admin(state, call)?;
    let (namespace, _) = call.repository();
    let users = repository(state, call).into_iter().flat_map(|repository| &repository.users);
    let views = users.map(|(name, role)| (name.clone(), user_view(state, namespace, name, *role)));
    Ok(Reply::ok(json!({"permissions": shuffled_object(views.collect())})))
}

fn list_teams(state: &mut State, call: &Call) -> Outcome {
    require_admin(state, call)?;
    let teams = repository(state, call).into_iter().flat_map(|repository| &repository.teams);
    let views = teams.map(|(name, role)| (name.clone(), team_view(name, *role)));
    Ok(Reply::ok(json!({"permissions": shuffled_object(views.collect())})))
}

const NO_USER: &str = "User does not have permission for repo.";
const NO_TEAM: &str = "Team does not have permission for repo.";

fn get_user(state: &mut State, call: &Call) -> Outcome {
    require_admin(state, call)?;
    let (namespace, _) = call.repository();
    let name = call.parameter("username");
    let role = repository(state, call).and_then(|repository| repository.users.get(name).copied());
    let role = role.ok_or_else(|| Reply::message(NO_USER))?;
    Ok(Reply::ok(user_view(state, namespace, name, role)))
}

/// The role alone.
fn get_team(state: &mut State, call: &Call) -> Outcome {
    require_admin(state, call)?;
    let name = call.parameter("teamname");
    let role = repository(state, call).and_then(|repository| repository.teams.get(name).copied());
    role.map(|role| Reply::ok(json!({"role": role}))).ok_or_else(|| Reply::message(NO_TEAM))
}

/// Creates or changes. Organizations pass as users; an unknown repository crashes the server.
fn put_user(state: &mut State, call: &Call) -> Outcome {
    require_admin(state, call)?;
    let role = requested_role(call, "user")?;
    let (namespace, _) = call.repository();
    let name = call.parameter("username");
    refuse_owner(call)?;
    if state.namespace(name).is_none() && !state.robots.contains_key(name) {
        return Err(Reply::invalid(format!("Invalid username: {name}")));
    }
    if name.contains('+') && !name.starts_with(&format!("{namespace}+")) {
        return Err(Reply::invalid(format!("Cannot add robot {name} under namespace {namespace}")));
    }
    let repository = state.repositories.get_mut(call.parameter("repository")).ok_or_else(Reply::crash)?;
    repository.users.insert(name.to_owned(), role);
    Ok(Reply::ok(user_view(state, namespace, name, role)))
}

fn put_team(state: &mut State, call: &Call) -> Outcome {
    require_admin(state, call)?;
    let role = requested_role(call, "team")?;
    let (namespace, _) = call.repository();
    let name = call.parameter("teamname");
    if !state.organizations.get(namespace).is_some_and(|organization| organization.teams.contains_key(name)) {
        return Err(Reply::invalid(format!("No team {name} in organization {namespace}")));
    }
    let repository = state.repositories.get_mut(call.parameter("repository")).ok_or_else(Reply::crash)?;
    repository.teams.insert(name.to_owned(), role);
    Ok(Reply::ok(team_view(name, role)))
}

/// A user's own repository stays in the user's hands.
fn refuse_owner(call: &Call) -> Result<(), Reply> {
    let (namespace, _) = call.repository();
    match call.parameter("username") == namespace {
        true => Err(Reply::invalid("Namespace owner must always be admin.")),
        false => Ok(()),
    }
}

fn delete_user(state: &mut State, call: &Call) -> Outcome {
    require_admin(state, call)?;
    refuse_owner(call)?;
    let repository = state.repositories.get_mut(call.parameter("repository"));
    let removed = repository.and_then(|repository| repository.users.remove(call.parameter("username")));
    removed.map(|_| Reply::gone()).ok_or_else(|| Reply::invalid(NO_USER))
}

fn delete_team(state: &mut State, call: &Call) -> Outcome {
    require_admin(state, call)?;
    let repository = state.repositories.get_mut(call.parameter("repository"));
    let removed = repository.and_then(|repository| repository.teams.remove(call.parameter("teamname")));
    removed.map(|_| Reply::gone()).ok_or_else(|| Reply::invalid(NO_TEAM))
}

/// A user's role and those of the user's teams.
fn transitive(state: &mut State, call: &Call) -> Outcome {
    require_admin(state, call)?;
    let (namespace, _) = call.repository();
    let name = call.parameter("username");
    let roles = repository(state, call).map(|repository| transitive_roles(state, namespace, repository, name));
    match roles.unwrap_or_default().as_slice() {
        [] => Err(Reply::not_found()),
        roles => Ok(Reply::ok(json!({
            "permissions": roles.iter().map(|role| json!({"role": role})).collect::<Vec<_>>()
        }))),
    }
}
