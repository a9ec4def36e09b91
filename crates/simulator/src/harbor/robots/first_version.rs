//! The first version of the robot endpoints, below a project. Release 2.13 removed it.

use super::robot;
use super::view::shown;
use crate::harbor::call::Call;
use crate::harbor::failure::Failure;
use crate::harbor::gojson::Shape;
use crate::harbor::query::{Condition, Listing};
use crate::harbor::records::{Robot, Rule};
use crate::harbor::router::{Route, route};
use crate::harbor::secrets::generate_secret;
use crate::harbor::version::Version;
use crate::harbor::wire::Reply;
use regex::Regex;
use serde::Deserialize;
use std::sync::LazyLock;

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/projects/{project_name_or_id}/robots", list).before(Version::minor(13)),
    route("POST", "/projects/{project_name_or_id}/robots", create).before(Version::minor(13)),
    route("GET", "/projects/{project_name_or_id}/robots/{robot_id}", show).before(Version::minor(13)),
    route("PUT", "/projects/{project_name_or_id}/robots/{robot_id}", update).before(Version::minor(13)),
    route("DELETE", "/projects/{project_name_or_id}/robots/{robot_id}", delete).before(Version::minor(13)),
];

static RESOURCE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("^/project/[0-9]+/([a-z-]+)$").ok());

const NEW_ROBOT: Shape = Shape::Struct(
    "RobotCreateV1",
    &[("name", Shape::Text), ("description", Shape::Text), ("access", Shape::List(&ACCESS))],
);
const ACCESS: Shape =
    Shape::Struct("Access", &[("resource", Shape::Text), ("action", Shape::Text), ("effect", Shape::Text)]);
const SWITCH: Shape = Shape::Struct("Robot", &[("disable", Shape::Flag)]);

#[derive(Default, Deserialize)]
#[serde(default)]
struct NewRobot {
    name: String,
    description: String,
    access: Vec<super::rules::Access>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Switch {
    disable: bool,
}

/// The project of the path, for a caller who may do this to its robots.
fn project_id(call: &Call<'_>, action: &str) -> Result<i64, Failure> {
    let reference = call.project();
    call.require_project(&reference, "robot", action)?;
    call.state.find_project(&reference).map(|(id, _)| id)
}

fn robot_of_path(call: &Call<'_>, action: &str) -> Result<(i64, Robot), Failure> {
    let id = call.id("robot_id")?;
    let project_id = project_id(call, action)?;
    let robot = call.state.robots.get(id).filter(|robot| robot.project_id == project_id).cloned();
    let problem = || format!("resource not found: cannot find robot with project id: {project_id} and id: {id}");
    robot.map(|robot| (id, robot)).ok_or_else(|| Failure::not_found(problem()))
}

/// `GET /projects/{x}/robots`.
fn list(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let listing = Listing::bind(call.request)?;
    let project_id = project_id(call, "list")?;
    let mut filters = listing.filters()?;
    filters.and("ProjectID", Condition::Exact(project_id.to_string()));
    Ok(robot::page(call, &listing, &filters))
}

/// `POST /projects/{x}/robots`: resources are paths such as `/project/1/repository`. An `expires_at` is ignored: the robot
/// gets a duration of 0, which is the server's setting before 2.11 and the end of its life at once since.
fn create(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let new: NewRobot = call.request.body("robot", &NEW_ROBOT)?;
    let project_id = project_id(call, "create")?;
    if new.access.is_empty() {
        return Err(Failure::bad_request("bad request no access"));
    }
    let mut permissions = Vec::new();
    for access in new.access {
        let parts = RESOURCE.as_ref().and_then(|form| form.captures(&access.resource));
        let resource = parts.and_then(|parts| parts.get(1)).map(|resource| resource.as_str().to_owned());
        let resource = resource.ok_or_else(|| Failure::bad_request(format!("bad resource {}", access.resource)))?;
        permissions.push(Rule {
            scope: format!("/project/{project_id}"),
            resource,
            action: access.action,
            effect: access.effect,
        });
    }
    let now = call.state.now();
    let duration = robot::days(call.state, 0);
    let name =
        call.state.projects.get(project_id).map(|project| format!("{}+{}", project.name, new.name)).unwrap_or_default();
    let robot = Robot {
        name,
        description: new.description,
        secret: generate_secret(),
        duration,
        project_id,
        expires_at: robot::expiry(now, duration),
        permissions,
        creation_time: now,
        update_time: now,
        ..Robot::default()
    };
    robot::add(call, robot, false)
}

/// `GET /projects/{x}/robots/{id}`.
fn show(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let (id, robot) = robot_of_path(call, "read")?;
    Ok(Reply::json(shown(call.state, id, &robot, call.request_number)))
}

/// `PUT /projects/{x}/robots/{id}`: changes only whether the robot is disabled.
fn update(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let new: Switch = call.request.body("robot", &SWITCH)?;
    let (id, mut robot) = robot_of_path(call, "update")?;
    robot.disabled = new.disable;
    robot::store(call, id, robot)
}

/// `DELETE /projects/{x}/robots/{id}`.
fn delete(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let (id, _) = robot_of_path(call, "delete")?;
    call.state.robots.rows.remove(&id);
    Ok(Reply::empty())
}
