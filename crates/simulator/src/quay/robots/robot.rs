//! Robot accounts of organizations and of the caller: `organization/{orgname}/robots`, `user/robots`.

use serde_json::{Map, Value, json};

use crate::quay::access::Access;
use crate::quay::builds::build;
use crate::quay::call::Call;
use crate::quay::mirrors::{organization_mirror, repository_mirror};
use crate::quay::names::{self, Like};
use crate::quay::permissions::repository_permissions;
use crate::quay::random::capitals;
use crate::quay::records::Robot;
use crate::quay::reply::{Outcome, Reply};
use crate::quay::router::Route;
use crate::quay::state::State;
use crate::quay::teams::team::by_creation;
use crate::quay::time::now;
use crate::quay::views::{shuffled, team_avatar};

pub(super) const ROUTES: &[Route] = &[
    Route::new("organization/{orgname}/robots", &[("GET", list)]),
    Route::new("organization/{orgname}/robots/{robot_shortname}", &[("GET", get), ("PUT", create), ("DELETE", delete)]),
    Route::new("organization/{orgname}/robots/{robot_shortname}/permissions", &[("GET", list_permissions)]),
    Route::new("organization/{orgname}/robots/{robot_shortname}/regenerate", &[("POST", regenerate)]),
    Route::new("user/robots", &[("GET", list)]),
    Route::new("user/robots/{robot_shortname}", &[("GET", get), ("PUT", create), ("DELETE", delete)]),
    Route::new("user/robots/{robot_shortname}/permissions", &[("GET", list_permissions)]),
    Route::new("user/robots/{robot_shortname}/regenerate", &[("POST", regenerate)]),
];

/// Characters of a token.
const TOKEN: usize = 64;

/// The namespace of a route: its organization, or the caller.
fn namespace(call: &Call) -> &str {
    match call.parameter("orgname") {
        "" => call.caller.name(),
        organization => organization,
    }
}

/// Lets only those go on who administer the namespace.
pub(super) fn require_admin(state: &State, call: &Call) -> Result<(), Reply> {
    let access = Access::new(state, &call.caller);
    match call.parameter("orgname") {
        "" => call.require(access.user_admin()),
        organization => call.require(access.org_admin(organization)),
    }
}

/// The robot's full name.
pub(super) fn full_name(call: &Call) -> String {
    format!("{}+{}", namespace(call), call.parameter("robot_shortname"))
}

/// An unknown organization has no robots to create or to read; other requests only miss the robot.
fn require_organization(state: &State, call: &Call) -> Result<(), Reply> {
    let organization = call.parameter("orgname");
    if organization.is_empty() || state.organizations.contains_key(organization) {
        return Ok(());
    }
    Err(Reply::message(format!("Organization does not exist: {organization}")))
}

/// The answer about a robot that is not there.
pub(super) fn unknown() -> Reply {
    Reply::message("Could not find robot with specified username")
}

fn view(name: &str, robot: &Robot) -> Map<String, Value> {
    let view = json!({
        "name": name,
        "created": robot.created,
        "last_accessed": robot.last_accessed,
        "description": robot.description,
        "token": robot.token,
    });
    view.as_object().cloned().unwrap_or_default()
}

fn with_metadata(name: &str, robot: &Robot, metadata: Value) -> Value {
    let mut view = view(name, robot);
    view.insert("unstructured_metadata".into(), metadata);
    Value::Object(view)
}

/// The list matches by pattern: an underscore in the namespace's name stands for any character, so that robots of other
/// namespaces come along.
fn list(state: &mut State, call: &Call) -> Outcome {
    let help = "If specified, the number of robots to return.";
    let limit = match call.query("limit").map(str::parse::<i64>) {
        None => 0,
        Some(Ok(limit)) => limit,
        Some(Err(_)) => return Err(Reply::bad_query("limit", help)),
    };
    let access = Access::new(state, &call.caller);
    let organization = call.parameter("orgname");
    let (visible, administered) = match organization {
        "" => (access.user_admin(), access.user_admin()),
        _ => (access.org_member(organization), access.org_admin(organization)),
    };
    call.require(visible)?;
    let limit = usize::try_from(limit).map_err(|_| Reply::crash())?;
    let pattern = Like::new(&format!("{}+%", namespace(call)));
    let mut robots: Vec<_> = state.robots.iter().filter(|(name, _)| pattern.matches(name)).collect();
    robots.sort_by_key(|(_, robot)| std::cmp::Reverse(robot.touched));
    if limit > 0 {
        robots.truncate(limit);
    }
    let (tokens, rights) = (administered && call.flag("token", true), administered && call.flag("permissions", false));
    let views = robots.into_iter().map(|(name, robot)| {
        let mut view = view(name, robot);
        if !tokens {
            view.shift_remove("token");
        }
        if rights {
            add_rights(state, name, &mut view);
        }
        Value::Object(view)
    });
    Ok(Reply::ok(json!({"robots": shuffled(views.collect())})))
}

/// Adds the teams that a robot is in and the repositories that it has a role in.
fn add_rights(state: &State, name: &str, view: &mut Map<String, Value>) {
    let namespace = name.split('+').next().unwrap_or_default();
    let teams = state.organizations.get(namespace).map(by_creation).unwrap_or_default();
    let teams = teams.iter().filter(|(_, team)| team.members.iter().any(|member| member == name));
    view.insert("teams".into(), teams.map(|(team, _)| json!({"name": team, "avatar": team_avatar(team)})).collect());
    let repositories = state.repositories_of(namespace).into_iter();
    let repositories = repositories.filter(|(_, repository)| repository.users.contains_key(name));
    view.insert("repositories".into(), repositories.map(|(repository, _)| json!(repository)).collect());
}

fn get(state: &mut State, call: &Call) -> Outcome {
    require_admin(state, call)?;
    require_organization(state, call)?;
    let name = full_name(call);
    let robot = state.robots.get(&name).ok_or_else(unknown)?;
    Ok(Reply::ok(with_metadata(&name, robot, robot.unstructured_metadata.clone())))
}

/// Creates only: what is there cannot be changed. The answer shows metadata that were left out as null, `GET` as `{}`.
fn create(state: &mut State, call: &Call) -> Outcome {
    let body = call.optional_body(&json!({
        "type": "object",
        "description": "Optional data for creating a robot",
        "properties": {
            "description": {
                "type": "string",
                "description": "Optional text description for the robot",
                "maxLength": 255
            },
            "unstructured_metadata": {
                "type": "object",
                "description": "Optional unstructured metadata for the robot"
            }
        }
    }))?;
    require_admin(state, call)?;
    require_organization(state, call)?;
    let name = full_name(call);
    refuse(state, call.parameter("robot_shortname"), &name)?;
    let metadata = body.get("unstructured_metadata").cloned().unwrap_or_default();
    let robot = Robot {
        touched: state.number(),
        created: now(),
        last_accessed: None,
        description: body["description"].as_str().unwrap_or_default().to_owned(),
        token: capitals(TOKEN),
        unstructured_metadata: if metadata.is_null() { json!({}) } else { metadata.clone() },
        federation: Vec::new(),
    };
    let answer = with_metadata(&name, &robot, metadata);
    state.robots.insert(name, robot);
    Ok(Reply::json(201, answer))
}

fn refuse(state: &State, short: &str, name: &str) -> Result<(), Reply> {
    if state.setting("ROBOTS_DISALLOW") == true {
        return Err(Reply::invalid("Robot accounts have been disabled. Please contact your administrator."));
    }
    if let Some(objection) = names::objection(short, "Namespace") {
        return Err(Reply::invalid(format!("The name for the robot '{short}' is invalid: {objection}")));
    }
    if name.chars().count() > 255 {
        return Err(Reply::message("value too long for type character varying(255)\n"));
    }
    if state.robots.contains_key(name) {
        return Err(Reply::invalid(format!("Existing robot with name: {name}")));
    }
    Ok(())
}

fn delete(state: &mut State, call: &Call) -> Outcome {
    require_admin(state, call)?;
    let name = full_name(call);
    if !state.robots.contains_key(&name) {
        return Err(unknown());
    }
    if repository_mirror::uses(state, &name) {
        return Err(Reply::invalid("Robot is being used by a mirror"));
    }
    state.robots.remove(&name);
    state.forget(|member| member == name);
    organization_mirror::forget_robot(state, &name);
    build::forget_robot(state, &name);
    Ok(Reply::gone())
}

fn regenerate(state: &mut State, call: &Call) -> Outcome {
    require_admin(state, call)?;
    let name = full_name(call);
    let touched = state.number();
    let robot = state.robots.get_mut(&name).ok_or_else(unknown)?;
    robot.token = capitals(TOKEN);
    robot.touched = touched;
    Ok(Reply::ok(Value::Object(view(&name, robot))))
}

fn list_permissions(state: &mut State, call: &Call) -> Outcome {
    require_admin(state, call)?;
    let name = full_name(call);
    if !state.robots.contains_key(&name) {
        return Err(unknown());
    }
    Ok(repository_permissions::of_holder(state, namespace(call), |repository| repository.users.get(&name).copied()))
}
