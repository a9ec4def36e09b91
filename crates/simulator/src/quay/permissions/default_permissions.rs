//! Default permissions, which Quay calls prototypes: `organization/{orgname}/prototypes`.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::quay::access::Access;
use crate::quay::call::Call;
use crate::quay::records::{Prototype, Repository, Role};
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;
use crate::quay::views::{avatar_of, shuffled, team_avatar};

pub(super) const ROUTES: &[Route] = &[
    Route::new("organization/{orgname}/prototypes", &[("GET", list), ("POST", create)]),
    Route::new("organization/{orgname}/prototypes/{prototypeid}", &[("PUT", update), ("DELETE", delete)]),
];

/// Gives a new repository of an organization its first permissions. One for its creator alone comes before one for everybody's.
pub(crate) fn apply(state: &State, namespace: &str, creator: &str, repository: &mut Repository) {
    let Some(organization) = state.organizations.get(namespace) else { return };
    let mut all: Vec<&Prototype> = organization.prototypes.values().collect();
    all.sort_by_key(|prototype| prototype.touched);
    let whose = |wanted: bool| {
        let fits = move |prototype: &&&Prototype| match &prototype.activating_user {
            Some(user) => wanted && user == creator,
            None => !wanted,
        };
        all.iter().filter(fits)
    };
    for prototype in whose(true).chain(whose(false)) {
        match (&prototype.user, &prototype.team) {
            (Some(user), _) if user != creator => {
                repository.users.entry(user.clone()).or_insert(prototype.role);
            }
            (None, Some(team)) => {
                repository.teams.entry(team.clone()).or_insert(prototype.role);
            }
            _ => {}
        }
    }
}

fn user_view(state: &State, organization: &str, name: &str) -> Value {
    let teams = state.organizations.get(organization).map(|organization| &organization.teams);
    let in_team = teams.is_some_and(|teams| teams.values().any(|team| team.members.iter().any(|m| m == name)));
    json!({
        "name": name,
        "is_robot": name.contains('+'),
        "kind": "user",
        "is_org_member": in_team || name.starts_with(&format!("{organization}+")),
        "avatar": avatar_of(state, name, "user"),
    })
}

fn view(state: &State, organization: &str, id: &str, prototype: &Prototype) -> Value {
    let delegate = match (&prototype.user, &prototype.team) {
        (Some(user), _) => user_view(state, organization, user),
        (None, Some(team)) => json!({"name": team, "kind": "team", "avatar": team_avatar(team)}),
        (None, None) => Value::Null,
    };
    json!({
        "activating_user": prototype.activating_user.as_deref().map(|user| user_view(state, organization, user)),
        "delegate": delegate,
        "role": prototype.role,
        "id": id,
    })
}

/// Lets only administrators of an organization that is there go on.
fn administered<'a>(state: &State, call: &'a Call) -> Result<&'a str, Reply> {
    let name = call.parameter("orgname");
    call.require(Access::new(state, &call.caller).org_admin(name))?;
    state.organizations.contains_key(name).then_some(name).ok_or_else(Reply::not_found)
}

fn all<'a>(state: &'a mut State, organization: &str) -> Result<&'a mut BTreeMap<String, Prototype>, Reply> {
    let found = state.organizations.get_mut(organization).ok_or_else(Reply::not_found)?;
    Ok(&mut found.prototypes)
}

fn list(state: &mut State, call: &Call) -> Outcome {
    let organization = administered(state, call)?;
    let prototypes = state.organizations.get(organization).into_iter().flat_map(|found| &found.prototypes);
    let views = prototypes.map(|(id, prototype)| view(state, organization, id, prototype)).collect();
    Ok(Reply::ok(json!({"prototypes": shuffled::<Value>(views)})))
}

fn role_schema(of: &str) -> Value {
    json!({
        "type": "string",
        "description": format!("Role that should be applied to the {of}"),
        "enum": ["read", "write", "admin"]
    })
}

fn new_prototype() -> Value {
    json!({
        "type": "object",
        "description": "Description of a new prototype",
        "required": ["role", "delegate"],
        "properties": {
            "role": role_schema("delegate"),
            "activating_user": {
                "type": "object",
                "description": "Repository creating user to whom the rule should apply",
                "required": ["name"],
                "properties": {"name": {"type": "string", "description": "The username for the activating_user"}}
            },
            "delegate": {
                "type": "object",
                "description": "Information about the user or team to which the rule grants access",
                "required": ["name", "kind"],
                "properties": {
                    "name": {"type": "string", "description": "The name for the delegate team or user"},
                    "kind": {
                        "type": "string",
                        "description": "Whether the delegate is a user or a team",
                        "enum": ["user", "team"]
                    }
                }
            }
        }
    })
}

fn role(body: &Value) -> Result<Role, Reply> {
    serde_json::from_value(body["role"].clone()).map_err(|_| Reply::crash())
}

/// Several equal ones are allowed.
fn create(state: &mut State, call: &Call) -> Outcome {
    let body = call.body(&new_prototype())?;
    let organization = administered(state, call)?;
    let is_user = |name: &str| state.users.contains_key(name) || state.robots.contains_key(name);
    let activating_user = body["activating_user"]["name"].as_str().map(str::to_owned);
    let name = body["delegate"]["name"].as_str().unwrap_or_default();
    let team = body["delegate"]["kind"] == "team";
    let teams = state.organizations.get(organization).map(|found| &found.teams);
    if team && !teams.is_some_and(|teams| teams.contains_key(name)) {
        // The words of an exception, which nobody filled in.
        return Err(Reply::message(format!("('Team does not exist: %s/%s', '{organization}', '{name}')")));
    }
    if activating_user.as_deref().is_some_and(|user| !is_user(user)) {
        return Err(Reply::invalid("Unknown activating user"));
    }
    if !team && !is_user(name) {
        return Err(Reply::invalid("Missing delegate user or team"));
    }
    let (user, team) = if team { (None, Some(name.to_owned())) } else { (Some(name.to_owned()), None) };
    let prototype = Prototype { touched: state.number(), activating_user, user, team, role: role(&body)? };
    let id = Uuid::new_v4().to_string();
    let shown = view(state, organization, &id, &prototype);
    all(state, organization)?.insert(id, prototype);
    Ok(Reply::ok(shown))
}

/// Changes the role; everything else in the body is ignored.
fn update(state: &mut State, call: &Call) -> Outcome {
    let body = call.body(&json!({
        "type": "object",
        "description": "Description of a the new prototype role",
        "required": ["role"],
        "properties": {"role": role_schema("permission")}
    }))?;
    let organization = administered(state, call)?;
    let id = call.parameter("prototypeid");
    let touched = state.number();
    let found = all(state, organization)?.get_mut(id).ok_or_else(Reply::not_found)?;
    (found.role, found.touched) = (role(&body)?, touched);
    let prototype = found.clone();
    Ok(Reply::ok(view(state, organization, id, &prototype)))
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    let organization = administered(state, call)?;
    all(state, organization)?.remove(call.parameter("prototypeid")).ok_or_else(Reply::not_found)?;
    Ok(Reply::gone())
}
