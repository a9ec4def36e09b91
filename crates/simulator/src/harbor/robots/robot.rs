//! Robot accounts: `/robots`.

use super::rules::{self, Block};
use super::view::{grants, level, shown};
use crate::harbor::call::Call;
use crate::harbor::caller::Caller;
use crate::harbor::clock::Time;
use crate::harbor::failure::Failure;
use crate::harbor::gojson::Shape;
use crate::harbor::project_ref::ProjectRef;
use crate::harbor::query::{Column, Condition, Filters, Listing};
use crate::harbor::records::Robot;
use crate::harbor::router::{Route, route};
use crate::harbor::secrets::generate_secret;
use crate::harbor::state::State;
use crate::harbor::version::Version;
use crate::harbor::wire::{Reply, sparse};
use serde::Deserialize;
use serde_json::json;

pub(super) const ROUTES: &[Route] = &[
    route("GET", "/robots", list),
    route("POST", "/robots", create),
    route("GET", "/robots/{robot_id}", show),
    route("PUT", "/robots/{robot_id}", update),
    route("PATCH", "/robots/{robot_id}", refresh_secret),
    route("DELETE", "/robots/{robot_id}", delete),
];

const PERMISSIONS: Shape = Shape::List(&Shape::Struct(
    "RobotPermission",
    &[
        ("kind", Shape::Text),
        ("namespace", Shape::Text),
        (
            "access",
            Shape::List(&Shape::Struct(
                "Access",
                &[("resource", Shape::Text), ("action", Shape::Text), ("effect", Shape::Text)],
            )),
        ),
    ],
));
const NEW_ROBOT: Shape = Shape::Struct(
    "RobotCreate",
    &[
        ("name", Shape::Text),
        ("description", Shape::Text),
        ("secret", Shape::Text),
        ("level", Shape::Text),
        ("disable", Shape::Flag),
        ("duration", Shape::Whole),
        ("permissions", PERMISSIONS),
    ],
);
const WHOLE_ROBOT: Shape = Shape::Struct(
    "Robot",
    &[
        ("id", Shape::Whole),
        ("name", Shape::Text),
        ("description", Shape::Text),
        ("secret", Shape::Text),
        ("level", Shape::Text),
        ("duration", Shape::Whole),
        ("editable", Shape::Flag),
        ("disable", Shape::Flag),
        ("expires_at", Shape::Whole),
        ("permissions", PERMISSIONS),
    ],
);
const SECRET: Shape = Shape::Struct("RobotSec", &[("secret", Shape::Text)]);

#[derive(Default, Deserialize)]
#[serde(default)]
struct NewRobot {
    name: String,
    description: String,
    level: String,
    duration: i64,
    permissions: Vec<Block>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WholeRobot {
    name: String,
    description: String,
    level: String,
    duration: Option<i64>,
    disable: bool,
    permissions: Vec<Block>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NewSecret {
    secret: String,
}

impl Call<'_> {
    /// Checks access to a robot of the system or of a project.
    fn require_robot(&self, robot: &Robot, action: &str) -> Result<(), Failure> {
        match robot.project_id {
            0 => self.require_system("robot", action),
            id => self.require_project(&ProjectRef::Id(id), "robot", action),
        }
    }

    /// The robot of the path, for a caller who is known.
    fn robot_of_path(&self) -> Result<(i64, Robot), Failure> {
        let id = self.id("robot_id")?;
        self.require_known()?;
        let robot = self.state.robots.get(id).cloned();
        robot.map(|robot| (id, robot)).ok_or_else(|| Failure::not_found(format!("robot {id} not found")))
    }
}

/// `GET /robots`: of the system, or with `q=Level=project,ProjectID=N` of one project.
fn list(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let listing = Listing::bind(call.request)?;
    call.require_known()?;
    let mut filters = listing.filters()?;
    let project_id = match filters.get("Level") {
        None => 0,
        Some(Condition::Exact(level)) if level == "system" => 0,
        Some(Condition::Exact(level)) if level == "project" => match filters.get("ProjectID") {
            None => return Err(Failure::bad_request("must with project ID when to query project robots")),
            Some(Condition::Exact(id)) if id.parse::<i64>().is_ok_and(|id| id > 0) => id.parse().unwrap_or(0),
            Some(_) => return Err(Failure::bad_request("ProjectID must be a positive integer")),
        },
        Some(_) => return Err(Failure::bad_request("bad request error level input")),
    };
    call.require_robot(&Robot { project_id, ..Robot::default() }, "list")?;
    filters.0.retain(|(key, _)| key != "Level" && key != "ProjectID");
    filters.and("ProjectID", Condition::Exact(project_id.to_string()));
    Ok(page(call, &listing, &filters))
}

/// One page of the visible robots, by stored name.
pub(super) fn page(call: &Call<'_>, listing: &Listing, filters: &Filters) -> Reply {
    let mut robots: Vec<(i64, &Robot)> = call.state.robots.iter().filter(|(_, robot)| robot.visible).collect();
    robots.sort_by(|left, right| left.1.name.cmp(&right.1.name));
    let page = listing.select(robots, filters, |(id, robot), key| column(*id, robot, key));
    let rows = page.rows.iter().map(|(id, robot)| shown(call.state, *id, robot, call.request_number)).collect();
    Reply::page(rows, page.total, page.link)
}

fn column(id: i64, robot: &Robot, key: &str) -> Option<Column> {
    Some(match key {
        "id" => Column::Number(id),
        "name" => Column::Text(robot.name.clone()),
        "description" => Column::Text(robot.description.clone()),
        "duration" => Column::Number(robot.duration),
        "projectid" => Column::Number(robot.project_id),
        "expiresat" => Column::Number(robot.expires_at),
        "disabled" => Column::Text(robot.disabled.to_string()),
        "creatorref" => Column::Number(robot.creator_ref),
        "creatortype" => Column::Text(robot.creator_type.clone()),
        "creationtime" => Column::Text(robot.creation_time.sortable()),
        _ => return None,
    })
}

/// `POST /robots`. The secret is generated whatever the request says, and the robot is enabled.
fn create(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let new: NewRobot = call.request.body("robot", &NEW_ROBOT)?;
    let version = call.state.version();
    rules::check_name(&new.name)?;
    rules::check(version, new.duration, &new.level, &new.permissions)?;
    let namespace = ProjectRef::Name(new.permissions.first().map(|block| block.namespace.clone()).unwrap_or_default());
    if new.level == "project" {
        call.require_project(&namespace, "robot", "create")?;
    } else {
        call.require_system("robot", "create")?;
    }
    let (creator_type, creator_ref) = creator(call, &new.permissions)?;
    let (project_id, name) = if new.level == "project" {
        let (id, project) = call.state.find_project(&namespace)?;
        (id, format!("{}+{}", project.name, new.name))
    } else {
        (0, new.name)
    };
    let now = call.state.now();
    let duration = days(call.state, new.duration);
    let robot = Robot {
        name,
        description: new.description,
        secret: generate_secret(),
        duration,
        project_id,
        expires_at: expiry(now, duration),
        creator_type,
        creator_ref,
        permissions: rules::rules_of(call.state, &new.permissions)?,
        creation_time: now,
        update_time: now,
        ..Robot::default()
    };
    add(call, robot, true)
}

/// Who makes a robot, as type and id.
///
/// # Errors
/// 401 for nobody; 403 for a robot that would grant more than it has.
fn creator(call: &Call<'_>, blocks: &[Block]) -> Result<(String, i64), Failure> {
    match call.caller {
        Caller::Anonymous => Err(Failure::unauthorized()),
        Caller::User(id) => Ok(("local".into(), id)),
        Caller::Robot(id) => {
            let (_, robot) = call.robot().ok_or_else(Failure::unauthorized)?;
            if !rules::is_subset(blocks, &grants(call.state, robot)) {
                let problem = "permission scope is invalid. It must be equal to or more restrictive than the creator robot's permissions";
                return Err(Failure::denied(format!("{problem}: {}", call.caller_name())));
            }
            Ok(("robot".into(), id))
        }
    }
}

/// Stores a new robot and tells its secret, the only time but for a refresh.
///
/// # Errors
/// 409 when its name is taken in its project, 500 when it is too long.
pub(super) fn add(call: &mut Call<'_>, robot: Robot, tells_expiry: bool) -> Result<Reply, Failure> {
    let taken = |(_, other): (i64, &Robot)| other.project_id == robot.project_id && other.name == robot.name;
    if robot.name.chars().count() > 255 {
        // Wider than the column.
        call.state.robots.take_id();
        return Err(Failure::internal());
    }
    if call.state.robots.iter().any(taken) {
        call.state.robots.take_id();
        return Err(Failure::conflict(format!("robot account {}:{} already exists", robot.project_id, robot.name)));
    }
    let id = call.state.robots.insert(robot.clone());
    let body = sparse(
        json!({
            "id": id,
            "name": call.state.full_name(&robot),
            "secret": robot.secret,
            "creation_time": robot.creation_time,
            "expires_at": if tells_expiry { robot.expires_at } else { 0 },
        }),
        &[],
    );
    Ok(Reply::created(call.location(id), Some(body)))
}

/// A duration in days, where 0 (before 2.11) stands for the server's setting.
pub(super) fn days(state: &State, duration: i64) -> i64 {
    if duration == 0 && state.version() < Version::minor(11) {
        state.number_setting("robot_token_duration")
    } else {
        duration
    }
}

/// When a robot expires that lives for some days from a moment on.
pub(super) fn expiry(from: Time, days: i64) -> i64 {
    if days == -1 { -1 } else { from.plus_days(days).seconds() }
}

/// `GET /robots/{id}`.
fn show(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let (id, robot) = call.robot_of_path()?;
    call.require_robot(&robot, "read")?;
    Ok(Reply::json(shown(call.state, id, &robot, call.request_number)))
}

/// `PUT /robots/{id}`: replaces description, switch and permissions; a changed duration counts from the creation.
fn update(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let new: WholeRobot = call.request.body("robot", &WHOLE_ROBOT)?;
    let (id, mut robot) = call.robot_of_path()?;
    if !robot.editable() {
        return Err(Failure::denied("editing of legacy robot is not allowed"));
    }
    let version = call.state.version();
    let kept = if version < Version::minor(11) { 0 } else { robot.duration };
    let duration = new.duration.unwrap_or(kept);
    rules::check(version, duration, &new.level, &new.permissions)?;
    let namespace = new.permissions.first().map(|block| block.namespace.as_str()).unwrap_or_default();
    if robot.project_id != 0 && call.state.project_named(namespace)?.0 != robot.project_id {
        return Err(Failure::bad_request("cannot update the project id of robot"));
    }
    call.require_robot(&robot, "update")?;
    if new.level != level(&robot) || new.name != call.state.full_name(&robot) {
        return Err(Failure::bad_request("cannot update the level or name of robot"));
    }
    if robot.duration != duration {
        robot.duration = days(call.state, duration);
        robot.expires_at = expiry(robot.creation_time, robot.duration);
    }
    robot.permissions = rules::rules_of(call.state, &new.permissions)?;
    robot.description = new.description;
    robot.disabled = new.disable;
    store(call, id, robot)
}

/// Puts a changed robot back.
pub(super) fn store(call: &mut Call<'_>, id: i64, mut robot: Robot) -> Result<Reply, Failure> {
    robot.update_time = call.state.now();
    if let Some(row) = call.state.robots.get_mut(id) {
        *row = robot;
    }
    Ok(Reply::empty())
}

/// `PATCH /robots/{id}`: a chosen secret is answered with `{}`, a generated one is told.
fn refresh_secret(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let new: NewSecret = call.request.body("robotSec", &SECRET)?;
    let (id, mut robot) = call.robot_of_path()?;
    call.require_robot(&robot, "update")?;
    let body = if new.secret.is_empty() {
        robot.secret = generate_secret();
        json!({"secret": robot.secret})
    } else {
        rules::check_secret(call.state.version(), &new.secret)?;
        robot.secret = new.secret;
        json!({})
    };
    store(call, id, robot)?;
    Ok(Reply::json(body))
}

/// `DELETE /robots/{id}`.
fn delete(call: &mut Call<'_>) -> Result<Reply, Failure> {
    let (id, robot) = call.robot_of_path()?;
    call.require_robot(&robot, "delete")?;
    call.state.robots.rows.remove(&id);
    Ok(Reply::empty())
}
