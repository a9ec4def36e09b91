//! What superusers do with other people's organizations: `superuser/organizations/`, `superuser/takeownership/`.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::quay::call::Call;
use crate::quay::names;
use crate::quay::records::{Namespace, Organization, Team, TeamRole};
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;
use crate::quay::superusers::{FEATURES, page, require};
use crate::quay::views::{add_quota, avatar_of};

pub(super) const ROUTES: &[Route] = &[
    Route::new("superuser/organizations/", &[("GET", list_organizations)]).needs(FEATURES),
    Route::new("superuser/organizations/{name}", &[("PUT", rename), ("DELETE", delete_organization)]).needs(FEATURES),
    Route::new("superuser/takeownership/{namespace}", &[("POST", take_ownership)]).needs(FEATURES),
];

fn organization_view(state: &State, name: &str, namespace: &Namespace) -> Value {
    let mut view = Map::new();
    view.insert("name".into(), json!(name));
    view.insert("email".into(), json!(namespace.email.as_deref().unwrap_or_default()));
    view.insert("avatar".into(), avatar_of(state, name, "org"));
    add_quota(state, namespace, &mut view);
    Value::Object(view)
}

fn list_organizations(state: &mut State, call: &Call) -> Outcome {
    require(state, call)?;
    let organizations = state.organizations.iter();
    let views = organizations.map(|(name, organization)| {
        (organization.namespace.number, organization_view(state, name, &organization.namespace))
    });
    page(call, "organizations", views.collect())
}

/// Changes the name, and nothing else that the body may ask for. A name that is taken (the organization's or that of a
/// robot that would follow), and an organization that is not there, crash the server.
fn rename(state: &mut State, call: &Call) -> Outcome {
    require(state, call)?;
    let body = call.body(&json!({
        "id": "UpdateOrg",
        "type": "object",
        "description": "Description of updates for an organization",
        "properties": {"name": {"type": "string", "description": "The new name for the organization"}}
    }))?;
    let old = call.parameter("name");
    let new = body["name"].as_str().unwrap_or(old);
    if new != old {
        if let Some(objection) = names::objection(new, "Namespace") {
            return Err(Reply::message(format!("Invalid username {new}: {objection}")));
        }
        if state.namespace(new).is_some() {
            return Err(Reply::crash());
        }
        if !state.organizations.contains_key(old) {
            return Err(Reply::crash());
        }
        let robots = state.robots_to_rename(old, new);
        let distinct: BTreeSet<&String> = robots.values().collect();
        if distinct.len() < robots.len() || distinct.iter().any(|name| state.robots.contains_key(*name)) {
            return Err(Reply::crash());
        }
        state.rename_namespace(old, new, &robots);
    }
    let organization = state.organizations.get(new).ok_or_else(Reply::crash)?;
    Ok(Reply::ok(organization_view(state, new, &organization.namespace)))
}

fn delete_organization(state: &mut State, call: &Call) -> Outcome {
    require(state, call)?;
    let name = call.parameter("name");
    if !state.organizations.contains_key(name) {
        return Err(Reply::not_found());
    }
    state.remove_namespace(name);
    Ok(Reply::gone())
}

/// Makes the caller an owner of an organization; a user becomes one on the way.
fn take_ownership(state: &mut State, call: &Call) -> Outcome {
    require(state, call)?;
    let name = call.parameter("namespace");
    let number = state.number();
    if let Some(user) = state.users.remove(name) {
        state.repositories.values_mut().for_each(|repository| repository.users.retain(|user, _| user != name));
        let organization =
            Organization { disabled: !user.enabled, ..Organization::new(user.namespace, Default::default()) };
        state.organizations.insert(name.to_owned(), organization);
    }
    let organization = state.organizations.get_mut(name).ok_or_else(Reply::not_found)?;
    let owners = organization.teams.entry("owners".to_owned()).or_insert_with(|| Team {
        number,
        role: TeamRole::Admin,
        description: String::new(),
        members: Vec::new(),
        invites: Vec::new(),
        sync: None,
    });
    if !owners.members.iter().any(|member| member == call.caller.name()) {
        owners.members.push(call.caller.name().to_owned());
    }
    Ok(Reply::ok(json!({"namespace": name})))
}
