//! Harbor, by area. What it answers otherwise than one would expect, and what must not come of it.

mod logins;
mod projects;
mod robots;

use registry_simulator::{Action as Does, Fault, Options};
use serde_json::{Value as Json, json};
use terraform_framework::Diagnostics;
use terraform_framework::value::Value;

use crate::core::Instance;
use crate::world::inspect::{edit, read, string};
use crate::world::{Command, Service, Through, World};

pub(crate) const CURRENT: &str = "/api/v2.0/users/current";

/// A Harbor with these resources, by type and configuration.
pub(crate) async fn harbor(resources: &[(&str, Json)]) -> (World, Vec<Instance>) {
    let world = World::new(Service::Harbor, Through::Calls);
    let command = world.command().await;
    let mut made = Vec::new();
    for (kind, config) in resources {
        made.push(command.core.run(kind, None, config.clone()).await.unwrap());
    }
    command.end();
    (world, made)
}

pub(crate) fn project(name: &str, public: bool) -> (&'static str, Json) {
    ("harbor_project", json!({ "name": name, "public": public }))
}

/// A robot that may do these things in one place: `/` for the system.
pub(crate) fn may(place: &str, pairs: &[(&str, &str)]) -> Json {
    let kind = if place == "/" { "system" } else { "project" };
    let access: Vec<Json> = pairs.iter().map(|(r, a)| json!({ "resource": r, "action": a })).collect();
    json!({ "kind": kind, "namespace": place, "access": access })
}

pub(crate) fn robot_of(project: &str, name: &str) -> (&'static str, Json) {
    let permissions = json!([may(project, &[("repository", "pull")])]);
    ("harbor_robot", json!({ "name": name, "level": "project", "project": project, "permissions": permissions }))
}

pub(crate) fn robot_of_system(name: &str, permissions: Json) -> (&'static str, Json) {
    ("harbor_robot", json!({ "name": name, "level": "system", "store_secret": true, "permissions": permissions }))
}

pub(crate) fn id_of(project: &Instance) -> i64 {
    project.state.attribute("project_id").and_then(Value::as_i64).expect("a number")
}

/// The settings with which a robot logs in.
pub(crate) fn login_of(world: &World, robot: &Instance) -> Json {
    world.witness.learn(&world.simulator.dump());
    json!({ "username": string(robot, "full_name"), "password": string(robot, "generated_secret") })
}

/// A user who is no administrator, and the settings with which she logs in.
pub(crate) fn alice(world: &World) -> Json {
    let alice = json!({ "username": "alice", "password": "Passw0rd-of-alice" });
    edit(world, json!({ "harbor": { "users": { "rows": { "50": alice.clone() } } } }));
    alice
}

/// Makes her an administrator of a project.
pub(crate) fn administers(world: &World, project: i64) {
    let member = json!({ "project_id": project, "user_id": 50, "role_id": 1 });
    edit(world, json!({ "harbor": { "members": { "rows": { "50": member } } } }));
}

pub(crate) fn wrong(world: &World) -> Json {
    world.witness.learn_secret("Wrong-Passw0rd");
    json!({ "password": "Wrong-Passw0rd" })
}

pub(crate) fn fails(world: &World, method: &str, path: &str, status: u16, code: &str, message: &str) {
    let body = json!({ "errors": [{ "code": code, "message": message }] }).to_string();
    world.simulator.fault(Fault::once(method, path, Does::answer(status, &body)).times(u32::MAX));
}

/// All that is read by open routes, one after the other; what was said, where something was.
pub(crate) async fn open_reads(command: &Command<'_>) -> Vec<(&'static str, Option<Diagnostics>)> {
    vec![
        ("the list of projects", command.core.list("harbor_project", json!({})).await.err()),
        (
            "the list of public projects",
            command.core.list("harbor_project", json!({ "name_contains": "pub", "public": true })).await.err(),
        ),
        ("the data of projects", read(command, "harbor_projects", json!({})).await.err()),
        ("the data of a project", read(command, "harbor_project", json!({ "name": "public" })).await.err()),
        ("the data of a project by number", read(command, "harbor_project", json!({ "project_id": 1 })).await.err()),
    ]
}

/// A retention policy with this trigger, in a project.
pub(crate) fn policy(world: &World, project: i64, trigger: Json) {
    let policy =
        json!({ "algorithm": "or", "rules": [], "trigger": trigger, "scope": { "level": "project", "ref": project } });
    let row = json!({ "project_id": project, "policy": policy });
    let metadata = json!({ "metadata": { "retention_id": "58" } });
    edit(
        world,
        json!({ "harbor": { "retentions": { "rows": { "58": row } },
            "projects": { "rows": { project.to_string(): metadata } } } }),
    );
}

pub(crate) fn pushed(project: i64) -> Json {
    json!({ "harbor": { "repositories": { "rows": { "1": { "project_id": project, "name": "acme/app" } } } } })
}

/// From now on a list is what it is without its filter.
pub(crate) fn lists(world: &World, path: &str, items: &Json) {
    world.simulator.fault(Fault::once("GET", path, Does::answer(200, &items.to_string())).times(u32::MAX));
}

pub(crate) fn id_of_robot(robot: &Instance) -> i64 {
    robot.state.attribute("robot_id").and_then(Value::as_i64).expect("a number")
}

/// A robot as lists show it.
pub(crate) fn robot_shown(robot: &Instance, level: &str, namespace: &str) -> Json {
    let block = may(namespace, &[("repository", "pull")]);
    json!({ "id": id_of_robot(robot), "name": string(robot, "full_name"), "level": level, "duration": -1, "editable": true,
        "disable": false, "expires_at": -1, "permissions": [block], "creation_time": string(robot, "creation_time") })
}

pub(crate) fn pull() -> Json {
    json!([may("*", &[("repository", "pull")])])
}

pub(crate) fn release(version: &str) -> World {
    let mut options = Options::default();
    options.harbor.version = version.parse().unwrap();
    World::with(Service::Harbor, Through::Calls, options)
}
