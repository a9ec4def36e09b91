//! Robots as answers show them.

use super::rules::Grants;
use crate::harbor::access::{ALL_PROJECTS_SCOPE, SYSTEM_SCOPE};
use crate::harbor::project_ref::ProjectRef;
use crate::harbor::records::Robot;
use crate::harbor::state::State;
use crate::harbor::version::Version;
use crate::harbor::wire::sparse;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde_json::{Value, json};

/// Level of a robot by its project.
pub(super) fn level(robot: &Robot) -> &'static str {
    if robot.project_id == 0 { "system" } else { "project" }
}

/// A robot as answers show it: never with its secret. The order of permissions changes with every request.
pub(super) fn shown(state: &State, id: i64, robot: &Robot, request_number: u64) -> Value {
    let names_creator = state.version() >= Version::minor(12);
    sparse(
        json!({
            "id": id,
            "name": state.full_name(robot),
            "description": robot.description,
            "level": level(robot),
            "duration": robot.duration,
            "editable": robot.editable(),
            "disable": robot.disabled,
            "expires_at": robot.expires_at,
            "permissions": blocks(state, id, robot, request_number),
            "creator_type": if names_creator { robot.creator_type.as_str() } else { "" },
            "creator_ref": if names_creator { robot.creator_ref } else { 0 },
            "creation_time": robot.creation_time,
            "update_time": robot.update_time,
        }),
        &["duration", "editable", "disable"],
    )
}

/// Permissions grouped by scope. A real server gives the groups in the random order of a Go map and the entries in no
/// order at all; here both are shuffled by the numbers of the request and the robot, so that tests repeat.
fn blocks(state: &State, id: i64, robot: &Robot, request_number: u64) -> Vec<Value> {
    let mut order = StdRng::seed_from_u64(request_number.rotate_left(32) ^ id.unsigned_abs());
    let mut groups = Vec::new();
    for (scope, kind, namespace) in scopes(state, robot) {
        let rules = robot.permissions.iter().filter(|rule| rule.scope == scope);
        let mut access: Vec<Value> = rules
            .map(|rule| sparse(json!({"resource": rule.resource, "action": rule.action, "effect": rule.effect}), &[]))
            .collect();
        access.shuffle(&mut order);
        groups.push(json!({"kind": kind, "namespace": namespace, "access": access}));
    }
    groups.shuffle(&mut order);
    groups
}

/// The scopes of a robot's permissions as scope, kind and namespace; those of deleted projects are left out.
fn scopes(state: &State, robot: &Robot) -> Vec<(String, &'static str, String)> {
    let mut found: Vec<(String, &'static str, String)> = Vec::new();
    for rule in &robot.permissions {
        if found.iter().any(|(scope, _, _)| *scope == rule.scope) {
            continue;
        }
        let place = match rule.scope.as_str() {
            SYSTEM_SCOPE => Some(("system", "/".to_owned())),
            ALL_PROJECTS_SCOPE => Some(("project", "*".to_owned())),
            scope => {
                let id = scope.strip_prefix("/project/").and_then(|id| id.parse().ok());
                let project = id.and_then(|id| state.find_project(&ProjectRef::Id(id)).ok());
                project.map(|(_, project)| ("project", project.name.clone()))
            }
        };
        found.extend(place.map(|(kind, namespace)| (rule.scope.clone(), kind, namespace)));
    }
    found
}

/// What a robot may do, as the check on robots made by robots compares it.
pub(super) fn grants(state: &State, robot: &Robot) -> Grants {
    let of_scope = |scope: &str| {
        let rules = robot.permissions.iter().filter(|rule| rule.scope == scope);
        rules.map(|rule| format!("{}:{}:{}", rule.resource, rule.action, rule.effect)).collect()
    };
    scopes(state, robot).into_iter().map(|(scope, kind, name)| ((kind.to_owned(), name), of_scope(&scope))).collect()
}
