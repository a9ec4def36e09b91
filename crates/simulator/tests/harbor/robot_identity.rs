//! What a robot may do when it is the one that calls.

use super::support::{Answer, Server, block, puller, start};
use serde_json::{Value, json};

/// A robot that can log in.
struct Identity {
    name: String,
    secret: String,
}

impl Identity {
    async fn new(server: &Server, body: Value) -> Self {
        let made = server.robot(body).await;
        Self { name: made["name"].as_str().unwrap().into(), secret: made["secret"].as_str().unwrap().into() }
    }

    async fn send(&self, server: &Server, method: &str, path: &str, body: Value) -> Answer {
        server.json(method, path, Some((&self.name, &self.secret)), body).await
    }

    async fn get(&self, server: &Server, path: &str) -> Answer {
        self.send(server, "GET", path, Value::Null).await
    }
}

fn system(name: &str, blocks: Value) -> Value {
    json!({"name": name, "level": "system", "duration": -1, "permissions": blocks})
}

#[tokio::test]
async fn a_robot_is_no_user() {
    let server = start().await;
    let robot = Identity::new(&server, puller("ci")).await;
    assert_eq!(robot.get(&server, "/users/current").await.error().0, "PRECONDITION");
    assert_eq!(robot.get(&server, "/users/current").await.status, 412);
    assert_eq!(robot.get(&server, "/permissions").await.status, 403);
    assert!(robot.get(&server, "/systeminfo").await.ok(200).get("harbor_version").is_some());
    for (method, path) in [("GET", "/configurations"), ("PUT", "/configurations"), ("PUT", "/system/CVEAllowlist")] {
        let body = if method == "PUT" { json!({}) } else { Value::Null };
        robot.send(&server, method, path, body).await.fails(403, "FORBIDDEN", "robot$ci");
    }
    robot.get(&server, "/system/CVEAllowlist").await.ok(200);
}

#[tokio::test]
async fn wrong_disabled_and_expired_robots_are_nobody() {
    let server = start().await;
    server.set_clock("2026-01-01T00:00:00Z");
    let mut body = system("ci", json!([block("/", &[("project", "list")]), block("*", &[("project", "read")])]));
    body["duration"] = json!(1);
    let robot = Identity::new(&server, body).await;
    robot.get(&server, "/projects/library").await.ok(200);
    server.project("secret").await;
    robot.get(&server, "/projects/secret").await.ok(200);
    let wrong = Some((robot.name.as_str(), "wrong"));
    assert_eq!(server.json("GET", "/projects/secret", wrong, Value::Null).await.status, 401);
    let short = Some(("ci", robot.secret.as_str()));
    assert_eq!(server.json("GET", "/projects/secret", short, Value::Null).await.status, 401);
    server.edit(|state| state["robots"]["rows"]["1"]["disabled"] = json!(true));
    assert_eq!(robot.get(&server, "/projects/secret").await.status, 401);
    server.edit(|state| state["robots"]["rows"]["1"]["disabled"] = json!(false));
    server.set_clock("2026-01-01T23:59:59Z");
    robot.get(&server, "/projects/secret").await.ok(200);
    server.set_clock("2026-01-02T00:00:00Z");
    assert_eq!(robot.get(&server, "/projects/secret").await.status, 401);
    server.edit(|state| {
        state["robots"]["rows"]["1"]["expires_at"] = json!(-1);
        state["robots"]["rows"]["1"]["secret"] = json!("Changed12345");
    });
    assert_eq!(robot.get(&server, "/projects/secret").await.status, 401);
}

#[tokio::test]
async fn the_running_clock_can_be_moved() {
    let server = start().await;
    let mut body = system("ci", json!([block("*", &[("project", "read")])]));
    body["duration"] = json!(1);
    let robot = Identity::new(&server, body).await;
    server.project("secret").await;
    robot.get(&server, "/projects/secret").await.ok(200);
    server.edit(|state| state["clock"]["offset_seconds"] = json!(90_000));
    assert_eq!(robot.get(&server, "/projects/secret").await.status, 401);
}

#[tokio::test]
async fn a_robot_reaches_only_what_it_was_granted() {
    let server = start().await;
    for name in ["one", "two"] {
        server.project(name).await;
    }
    let robot =
        Identity::new(&server, system("ci", json!([block("one", &[("project", "read"), ("metadata", "list")])]))).await;
    let cases = [
        ("/projects/one", 200),
        ("/projects/one/metadatas", 200),
        ("/projects/one/members", 403),
        ("/projects/two", 403),
        ("/projects/library", 200),
        ("/projects/missing", 403),
        ("/robots", 403),
        ("/quotas", 403),
    ];
    for (path, status) in cases {
        assert_eq!(robot.get(&server, path).await.status, status, "{path}");
    }
    let seen = robot.get(&server, "/projects").await.ok(200);
    let names: Vec<&str> = seen.as_array().unwrap().iter().map(|project| project["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["library", "one"]);
    let everywhere = Identity::new(&server, system("all", json!([block("*", &[("project", "read")])]))).await;
    assert_eq!(everywhere.get(&server, "/projects").await.ok(200).as_array().unwrap().len(), 3);
    everywhere.get(&server, "/projects/two").await.ok(200);
}

#[tokio::test]
async fn what_is_denied_beats_what_is_allowed() {
    let server = start().await;
    server.project("one").await;
    let access = |effect: &str| json!({"resource": "project", "action": "read", "effect": effect});
    let blocks = json!([{"kind": "project", "namespace": "*", "access": [access("allow")]},
        {"kind": "project", "namespace": "one", "access": [access("deny")]}]);
    let robot = Identity::new(&server, system("ci", blocks)).await;
    assert_eq!(robot.get(&server, "/projects/one").await.status, 403);
}

#[tokio::test]
async fn robots_make_projects_when_they_are_of_the_system() {
    let server = start().await;
    let maker = Identity::new(&server, system("maker", json!([block("/", &[("project", "create")])]))).await;
    maker.send(&server, "POST", "/projects", json!({"project_name": "made", "storage_limit": 7})).await.ok(201);
    assert_eq!(server.get("/projects/made").await.ok(200)["owner_name"], "admin");
    let quota = server.get("/quotas?reference=project&reference_id=2").await.ok(200);
    assert_eq!(quota[0]["hard"]["storage"], 7);
    let bound = json!({"name": "bound", "level": "project", "duration": -1, "permissions": [block("library", &[("project", "read")])]});
    let bound = Identity::new(&server, bound).await;
    let refused = bound.send(&server, "POST", "/projects", json!({"project_name": "other"})).await;
    refused.fails(403, "FORBIDDEN", "Only system level robot can create project");
}

#[tokio::test]
async fn a_robot_grants_no_more_than_it_has() {
    let server = start().await;
    let blocks = json!([
        block("/", &[("robot", "create"), ("robot", "read"), ("robot", "list"), ("robot", "delete")]),
        block("*", &[("repository", "pull")]),
    ]);
    let maker = Identity::new(&server, system("maker", blocks)).await;
    let make = |name: &'static str, blocks: Value| maker.send(&server, "POST", "/robots", system(name, blocks));
    make("same", json!([block("*", &[("repository", "pull")])])).await.ok(201);
    let made = make("less", json!([block("library", &[("repository", "pull")])])).await.ok(201);
    let robot = maker.get(&server, &format!("/robots/{}", made["id"])).await.ok(200);
    assert_eq!((&robot["creator_type"], &robot["creator_ref"]), (&json!("robot"), &json!(1)));
    let refused = make("more", json!([block("*", &[("repository", "push")])])).await;
    let problem = "permission scope is invalid. It must be equal to or more restrictive than the creator robot's permissions: robot$maker";
    refused.fails(403, "DENIED", problem);
    let explicit = json!([{"kind": "project", "namespace": "*", "access": [{"resource": "repository", "action": "pull", "effect": "allow"}]}]);
    make("effect", explicit).await.fails(403, "DENIED", problem);
    maker.send(&server, "DELETE", &format!("/robots/{}", made["id"]), Value::Null).await.ok(200);
}

/// Observed on Harbor 2.15.2: no permission is for changing robots, but on all projects `project` stands for everything
/// below, robots included.
#[tokio::test]
async fn robots_change_robots_of_projects_only_and_only_from_all_projects() {
    let server = start().await;
    let everything = server.get("/permissions").await.ok(200);
    let blocks = |namespace: &str| {
        json!([
            {"kind": "system", "namespace": "/", "access": everything["system"]},
            {"kind": "project", "namespace": namespace, "access": everything["project"]},
        ])
    };
    let strong = Identity::new(&server, system("strong", blocks("*"))).await;
    let named = Identity::new(&server, system("named", blocks("library"))).await;
    let other = server.robot(puller("other")).await["id"].clone();
    let project_robot =
        json!({"name": "p", "level": "project", "duration": 1, "permissions": [block("library", &[("tag", "list")])]});
    let in_project = server.robot(project_robot).await["id"].clone();
    let (other, in_project) = (format!("/robots/{other}"), format!("/robots/{in_project}"));
    for (robot, path, words) in
        [(&strong, &other, "robot$strong"), (&named, &other, "robot$named"), (&named, &in_project, "forbidden")]
    {
        let whole = robot.get(&server, path).await.ok(200);
        robot.send(&server, "PUT", path, whole).await.fails(403, "FORBIDDEN", words);
        robot.send(&server, "PATCH", path, json!({"secret": ""})).await.fails(403, "FORBIDDEN", words);
    }
    let whole = strong.get(&server, &in_project).await.ok(200);
    strong.send(&server, "PUT", &in_project, whole).await.ok(200);
    strong.send(&server, "PATCH", &in_project, json!({"secret": ""})).await.ok(200);
    for path in [&other, &in_project] {
        strong.send(&server, "DELETE", path, Value::Null).await.ok(200);
    }
}

#[tokio::test]
async fn project_on_all_projects_reaches_below_action_by_action() {
    let server = start().await;
    let id = server.project("team").await;
    server.add_user("alice", Some((id, 3)));
    let members = server.get("/projects/team/members?entityname=alice").await.ok(200);
    let member = format!("/projects/team/members/{}", members[0]["id"]);
    let role = || json!({"role_id": 2});
    for (action, read, update, delete) in
        [("read", 200, 403, 403), ("update", 403, 200, 403), ("delete", 403, 403, 200)]
    {
        let access = [("project", action)];
        let star = Identity::new(&server, system(&format!("star-{action}"), json!([block("*", &access)]))).await;
        let named = Identity::new(&server, system(&format!("named-{action}"), json!([block("team", &access)]))).await;
        assert_eq!(star.get(&server, &member).await.status, read, "{action}");
        assert_eq!(star.get(&server, "/projects/team/members").await.status, 403, "to list is no action of projects");
        assert_eq!(star.send(&server, "PUT", &member, role()).await.status, update, "{action}");
        for (method, body) in [("GET", Value::Null), ("PUT", role()), ("DELETE", Value::Null)] {
            assert_eq!(named.send(&server, method, &member, body).await.status, 403, "{method} {action}");
        }
        assert_eq!(star.send(&server, "DELETE", &member, Value::Null).await.status, delete, "{action}");
    }
    assert_eq!(server.get(&member).await.status, 404);
}
