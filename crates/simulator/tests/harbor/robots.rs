//! Robots as an administrator manages them.

use super::support::{Server, block, puller, start, start_version};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const NAME_PROBLEM: &str = "robot name is not in lower case or contains illegal characters";

fn project_robot(name: &str, namespace: &str) -> Value {
    json!({"name": name, "level": "project", "duration": 30, "permissions": [block(namespace, &[("repository", "pull")])]})
}

/// The whole robot as it is read.
async fn read(server: &Server, id: &Value) -> Value {
    server.get(&format!("/robots/{id}")).await.ok(200)
}

#[tokio::test]
async fn creating_tells_the_secret_once() {
    let server = start().await;
    server.set_clock("2026-11-20T14:00:00Z");
    let mut body = puller("ci");
    body["duration"] = json!(30);
    let answer = server.post("/robots", body).await;
    assert_eq!(answer.header("location"), Some("/api/v2.0/robots/1"));
    let made = answer.ok(201);
    let fields: Vec<&String> = made.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["id", "name", "secret", "creation_time", "expires_at"]);
    assert_eq!((&made["name"], &made["expires_at"]), (&json!("robot$ci"), &json!(1_797_775_200)));
    let secret = made["secret"].as_str().unwrap();
    assert_eq!(secret.len(), 32);
    for kind in [char::is_lowercase as fn(char) -> bool, char::is_uppercase, char::is_numeric] {
        assert!(secret.contains(kind));
    }
    assert_eq!(server.harbor.dump()["robots"]["rows"]["1"]["secret"], secret);
    assert_eq!(read(&server, &made["id"]).await.get("secret"), None);
}

#[tokio::test]
async fn creating_ignores_a_secret_and_the_switch() {
    for version in ["2.8.6", "2.15.2", "2.16.0"] {
        let server = start_version(version).await;
        let mut body = puller("ci");
        body["secret"] = json!("Chosen12345");
        body["disable"] = json!(true);
        let made = server.robot(body).await;
        assert_ne!(made["secret"], "Chosen12345");
        assert_eq!(read(&server, &made["id"]).await["disable"], false);
    }
}

#[tokio::test]
async fn names_of_both_levels() {
    let server = start().await;
    let id = server.project("proj").await;
    assert_eq!(server.robot(project_robot("ci", "proj")).await["name"], "robot$proj+ci");
    assert_eq!(server.robot(project_robot("ci", "library")).await["name"], "robot$library+ci");
    assert_eq!(server.robot(puller("ci")).await["name"], "robot$ci");
    let again = server.post("/robots", project_robot("ci", "proj")).await;
    again.fails(409, "CONFLICT", &format!("robot account {id}:proj+ci already exists"));
    server.post("/robots", puller("ci")).await.fails(409, "CONFLICT", "robot account 0:ci already exists");
    let robot = read(&server, &json!(1)).await;
    assert_eq!(
        (&robot["level"], &robot["creator_type"], &robot["creator_ref"]),
        (&json!("project"), &json!("local"), &json!(1))
    );
}

#[tokio::test]
async fn creators_came_with_2_12() {
    let server = start_version("2.11.2").await;
    let id = server.robot(puller("ci")).await["id"].clone();
    let robot = read(&server, &id).await;
    assert_eq!((robot.get("creator_type"), robot.get("creator_ref")), (None, None));
}

#[tokio::test]
async fn robots_that_cannot_be_made() {
    let server = start().await;
    let with = |change: Value| {
        let mut body = puller("ci");
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        body
    };
    let duration = |number: i64| {
        format!("bad request error duration input: {number}, duration must be either -1(Never) or a positive integer")
    };
    let blocks = |blocks: Value| with(json!({"permissions": blocks}));
    let project_level = |blocks: Value| with(json!({"level": "project", "permissions": blocks}));
    let pull = [("repository", "pull")];
    let cases = [
        (with(json!({"name": "robot$ci"})), 400, NAME_PROBLEM.to_owned()),
        (with(json!({"name": "a+b"})), 400, NAME_PROBLEM.to_owned()),
        (with(json!({"name": ""})), 400, NAME_PROBLEM.to_owned()),
        (with(json!({"duration": 0})), 400, duration(0)),
        (with(json!({"duration": -2})), 400, duration(-2)),
        (with(json!({"duration": 2_147_483_647})), 400, duration(2_147_483_647)),
        (with(json!({"level": "all"})), 400, "bad request error level input: all".into()),
        (blocks(json!([])), 400, "bad request empty permission".into()),
        (blocks(json!([{"kind": "project", "namespace": "*"}])), 400, "bad request empty access".into()),
        (blocks(json!([block("*", &[("repository", "*")])])), 400, "bad request permission: repository:*".into()),
        (blocks(json!([block("*", &[("robot", "update")])])), 400, "bad request permission: robot:update".into()),
        (blocks(json!([block("/", &[("label", "list")])])), 400, "bad request permission: label:list".into()),
        (
            blocks(json!([{"kind": "odd", "namespace": "*", "access": [{"resource": "a", "action": "b"}]}])),
            400,
            "bad request permission level: odd".into(),
        ),
        (
            blocks(
                json!([{"kind": "system", "namespace": "*", "access": [{"resource": "project", "action": "list"}]}]),
            ),
            400,
            "unknown namespace".into(),
        ),
        (blocks(json!([block("missing", &pull)])), 404, "project missing not found".into()),
        (
            project_level(json!([block("library", &pull), block("library", &pull)])),
            400,
            "bad request permission".into(),
        ),
        (project_level(json!([block("missing", &pull)])), 404, "project missing not found".into()),
    ];
    for (body, status, message) in cases {
        let answer = server.post("/robots", body.clone()).await;
        assert_eq!((answer.status, answer.error().1), (status, message.as_str()), "{body}");
    }
    let mut without = puller("ci");
    without.as_object_mut().unwrap().remove("duration");
    assert_eq!(server.post("/robots", without).await.status, 400);
}

#[tokio::test]
async fn what_is_wrong_is_told_before_access_is_checked() {
    let server = start().await;
    let anonymous = server.json("POST", "/robots", None, json!({"name": "UPPER"})).await;
    anonymous.fails(400, "BAD_REQUEST", NAME_PROBLEM);
    assert_eq!(server.json("POST", "/robots", None, puller("ci")).await.status, 401);
}

#[tokio::test]
async fn what_may_be_granted_depends_on_the_release() {
    let system = |resource: &str, action: &str| json!({"name": "ci", "level": "system", "duration": 1, "permissions": [block("/", &[(resource, action)])]});
    let cases = [
        ("2.9.5", "anything", "*", 201),
        ("2.10.0", "anything", "*", 400),
        ("2.10.0", "quota", "read", 400),
        ("2.10.3", "quota", "read", 201),
        ("2.11.2", "robot", "create", 400),
        ("2.12.0", "robot", "create", 201),
        ("2.12.0", "export-cve", "create", 201),
        ("2.12.4", "export-cve", "create", 400),
        ("2.16.0", "configuration", "update", 400),
    ];
    for (version, resource, action, status) in cases {
        let server = start_version(version).await;
        let answer = server.post("/robots", system(resource, action)).await;
        assert_eq!(answer.status, status, "{version} {resource}:{action}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_duration_of_zero_stood_for_the_setting_before_2_11() {
    let old = start_version("2.10.3").await;
    old.put("/configurations", json!({"robot_token_duration": 7})).await.ok(200);
    old.set_clock("2026-01-01T00:00:00Z");
    let mut body = puller("ci");
    body.as_object_mut().unwrap().remove("duration");
    let made = old.robot(body).await;
    let robot = read(&old, &made["id"]).await;
    assert_eq!((&robot["duration"], &robot["expires_at"]), (&json!(7), &json!(1_767_225_600 + 7 * 86_400)));
}

#[tokio::test]
async fn permissions_come_in_another_order_each_time() {
    let server = start().await;
    server.project("a").await;
    let pairs = [("repository", "pull"), ("repository", "push"), ("tag", "list")];
    let body = json!({"name": "ci", "level": "system", "duration": -1,
        "permissions": [block("/", &[("project", "list")]), block("*", &pairs), block("a", &pairs)]});
    let id = server.robot(body).await["id"].clone();
    let first = read(&server, &id).await;
    let mut orders = BTreeSet::from([first["permissions"].to_string()]);
    for _ in 0..20 {
        orders.insert(read(&server, &id).await["permissions"].to_string());
    }
    assert!(orders.len() > 10, "{orders:#?}");
    let second = read(&server, &id).await;
    let entries = |robot: &Value| {
        let block = |block: &Value| {
            let access = block["access"].as_array().unwrap().iter();
            access.map(|pair| format!("{} {} {pair}", block["kind"], block["namespace"])).collect::<Vec<_>>()
        };
        let mut entries: Vec<String> = robot["permissions"].as_array().unwrap().iter().flat_map(block).collect();
        entries.sort();
        entries
    };
    assert_eq!(entries(&first), entries(&second));
    assert_eq!(entries(&first).len(), 7);
    let listed = server.get("/robots").await.ok(200)[0].clone();
    assert_eq!(entries(&listed), entries(&first));
}

#[tokio::test]
async fn blocks_of_one_scope_are_merged_and_duplicates_collapse() {
    let server = start().await;
    let pull = [("repository", "pull")];
    let body = json!({"name": "ci", "level": "system", "duration": -1, "permissions": [
        block("library", &pull),
        block("library", &[("repository", "pull"), ("tag", "list")]),
    ]});
    let id = server.robot(body).await["id"].clone();
    let permissions = read(&server, &id).await["permissions"].clone();
    assert_eq!(permissions.as_array().unwrap().len(), 1);
    assert_eq!(permissions[0]["access"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_effect_is_shown_as_it_was_given() {
    let server = start().await;
    for (effect, shown) in
        [(json!("allow"), Some("allow")), (json!("deny"), Some("deny")), (json!(""), None), (Value::Null, None)]
    {
        let access = json!([{"resource": "repository", "action": "pull", "effect": effect}]);
        let body = json!({"name": "ci", "level": "system", "duration": -1,
            "permissions": [{"kind": "project", "namespace": "*", "access": access}]});
        let id = server.robot(body).await["id"].clone();
        assert_eq!(
            read(&server, &id).await["permissions"][0]["access"][0].get("effect").and_then(Value::as_str),
            shown
        );
        server.delete(&format!("/robots/{id}")).await.ok(200);
    }
}

#[tokio::test]
async fn lists_are_of_the_system_or_of_one_project() {
    let server = start().await;
    let id = server.project("proj").await;
    for name in ["b", "a"] {
        server.robot(puller(name)).await;
        server.robot(project_robot(name, "proj")).await;
    }
    server.edit(|state| state["robots"]["rows"]["9"] = json!({"name": "hidden", "secret": "x", "visible": false}));
    let names = |query: String| {
        let server = &server;
        async move {
            let list = server.get(&format!("/robots{query}")).await.ok(200);
            list.as_array().unwrap().iter().map(|robot| robot["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        }
    };
    assert_eq!(names(String::new()).await, ["robot$a", "robot$b"]);
    assert_eq!(names("?q=Level%3Dsystem".into()).await, ["robot$a", "robot$b"]);
    assert_eq!(names(format!("?q=Level%3Dproject%2CProjectID%3D{id}")).await, ["robot$proj+a", "robot$proj+b"]);
    assert_eq!(names(format!("?q=level%3Dproject%2CProjectID%3D{id}")).await, ["robot$a", "robot$b"]);
    assert_eq!(names("?q=name%3Da".into()).await, ["robot$a"]);
    assert_eq!(names("?q=name%3Drobot%24a".into()).await, Vec::<String>::new());
    for (query, message) in [
        ("Level%3Dproject", "must with project ID when to query project robots"),
        ("Level%3Dproject%2CProjectID%3Dx", "ProjectID must be a positive integer"),
        ("Level%3DSystem", "bad request error level input"),
    ] {
        server.get(&format!("/robots?q={query}")).await.fails(400, "BAD_REQUEST", message);
    }
}

#[tokio::test]
async fn an_update_replaces_the_whole_robot() {
    let server = start().await;
    let mut body = puller("ci");
    body["description"] = json!("first");
    let made = server.robot(body).await;
    let path = format!("/robots/{}", made["id"]);
    let mut robot = read(&server, &made["id"]).await;
    robot["disable"] = json!(true);
    robot["secret"] = json!("Ignored12345");
    robot["permissions"] = json!([block("library", &[("tag", "list")])]);
    let answer = server.put(&path, robot.clone()).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    let changed = read(&server, &made["id"]).await;
    assert_eq!((&changed["disable"], &changed["description"]), (&json!(true), &json!("first")));
    assert_eq!(changed["permissions"], robot["permissions"]);
    assert_eq!(server.harbor.dump()["robots"]["rows"]["1"]["secret"], made["secret"]);
    let least = json!({"name": "robot$ci", "level": "system", "permissions": [block("*", &[("tag", "list")])]});
    server.put(&path, least).await.ok(200);
    let reset = read(&server, &made["id"]).await;
    assert_eq!((&reset["disable"], reset.get("description"), &reset["duration"]), (&json!(false), None, &json!(-1)));
}

#[tokio::test]
async fn updates_that_are_refused() {
    let server = start().await;
    server.project("proj").await;
    let id = server.robot(puller("ci")).await["id"].clone();
    let project_id = server.robot(project_robot("ci", "proj")).await["id"].clone();
    let whole = read(&server, &id).await;
    let project_whole = read(&server, &project_id).await;
    let with = |robot: &Value, change: Value| {
        let mut body = robot.clone();
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        body
    };
    let name_problem = "cannot update the level or name of robot";
    let cases = [
        (&id, with(&whole, json!({"name": "ci"})), 400, name_problem),
        (&id, with(&whole, json!({"level": "project"})), 400, name_problem),
        (&id, with(&whole, json!({"permissions": []})), 400, "bad request empty permission"),
        (
            &project_id,
            with(&project_whole, json!({"permissions": [block("library", &[("tag", "list")])]})),
            400,
            "cannot update the project id of robot",
        ),
        (
            &project_id,
            with(&project_whole, json!({"permissions": [block("gone", &[("tag", "list")])]})),
            404,
            "project gone not found",
        ),
        (&json!(99), whole.clone(), 404, "robot 99 not found"),
    ];
    for (id, body, status, message) in cases {
        let answer = server.put(&format!("/robots/{id}"), body.clone()).await;
        assert_eq!((answer.status, answer.error().1), (status, message), "{body}");
    }
    server.put(&format!("/robots/{project_id}"), project_whole).await.ok(200);
}

#[tokio::test]
async fn a_changed_duration_counts_from_the_creation() {
    let server = start().await;
    server.set_clock("2026-01-01T00:00:00Z");
    let created = 1_767_225_600;
    let mut body = puller("ci");
    body["duration"] = json!(10);
    let id = server.robot(body).await["id"].clone();
    server.set_clock("2026-02-01T00:00:00Z");
    let mut robot = read(&server, &id).await;
    for (duration, expires_at) in
        [(10, created + 864_000), (5, created + 432_000), (-1, -1), (60, created + 60 * 86_400)]
    {
        robot["duration"] = json!(duration);
        server.put(&format!("/robots/{id}"), robot.clone()).await.ok(200);
        let changed = read(&server, &id).await;
        assert_eq!((&changed["duration"], &changed["expires_at"]), (&json!(duration), &json!(expires_at)));
    }
    robot.as_object_mut().unwrap().remove("duration");
    server.put(&format!("/robots/{id}"), robot).await.ok(200);
    assert_eq!(read(&server, &id).await["duration"], 60);
}

#[tokio::test]
async fn a_refresh_tells_a_generated_secret_and_not_a_chosen_one() {
    let server = start().await;
    let made = server.robot(puller("ci")).await;
    let path = format!("/robots/{}", made["id"]);
    let patch = |body: Value| server.json("PATCH", &path, server.admin(), body);
    let new = patch(json!({"secret": ""})).await.ok(200);
    assert!(new["secret"] != made["secret"] && new["secret"].as_str().unwrap().len() == 32);
    assert_eq!(patch(json!({"secret": "Chosen12345"})).await.ok(200), json!({}));
    assert_eq!(server.harbor.dump()["robots"]["rows"]["1"]["secret"], "Chosen12345");
    let longest = format!("aA1{}", "x".repeat(125));
    for (secret, status) in [
        ("aA1aA1a", 400),
        ("alllower1", 400),
        ("ALLUPPER1", 400),
        ("NoDigitsHere", 400),
        (longest.as_str(), 200),
        (&format!("{longest}x"), 400),
    ] {
        assert_eq!(patch(json!({"secret": secret})).await.status, status, "{secret}");
    }
    assert_eq!(server.json("PATCH", "/robots/99", server.admin(), json!({})).await.status, 404);
    let old = start_version("2.8.6").await;
    old.robot(puller("ci")).await;
    let long = json!({"secret": format!("{longest}x")});
    assert_eq!(old.json("PATCH", "/robots/1", old.admin(), long).await.status, 200);
}

#[tokio::test]
async fn deleting_and_looking_for_what_is_gone() {
    let server = start().await;
    let id = server.robot(puller("ci")).await["id"].clone();
    let answer = server.delete(&format!("/robots/{id}")).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    for answer in [server.delete("/robots/1").await, server.get("/robots/1").await] {
        answer.fails(404, "NOT_FOUND", "robot 1 not found");
    }
    assert_eq!(server.robot(puller("ci")).await["id"], 2);
}

#[tokio::test]
async fn legacy_robots_can_only_be_deleted_or_given_a_secret() {
    let server = start().await;
    server.edit(|state| {
        for id in ["4", "5"] {
            state["robots"]["rows"][id] = json!({"name": format!("robot$old{id}"), "project_id": 1});
        }
    });
    let robot = read(&server, &json!(4)).await;
    assert_eq!(
        (&robot["editable"], &robot["name"], &robot["permissions"]),
        (&json!(false), &json!("robot$old4"), &json!([]))
    );
    let body = project_robot("old", "library");
    server.put("/robots/4", body).await.fails(403, "DENIED", "editing of legacy robot is not allowed");
    server.json("PATCH", "/robots/4", server.admin(), json!({})).await.ok(200);
    assert_eq!(read(&server, &json!(4)).await["editable"], true);
    server.delete("/robots/5").await.ok(200);
}
