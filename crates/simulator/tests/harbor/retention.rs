//! Retention policies, and the one that ends the server's process.

use super::support::{Server, block, start};
use registry_simulator::{Options, Simulator};
use serde_json::{Value, json};

fn policy(project: i64, trigger: Value) -> Value {
    json!({
        "algorithm": "or",
        "rules": [],
        "trigger": trigger,
        "scope": {"level": "project", "ref": project},
    })
}

fn scheduled(cron: &str) -> Value {
    json!({"kind": "Schedule", "settings": {"cron": cron}})
}

async fn make(server: &Server, project: i64, trigger: Value) -> String {
    let answer = server.post("/retentions", policy(project, trigger)).await;
    let location = answer.header("location").unwrap().strip_prefix("/api/v2.0").unwrap().to_owned();
    answer.ok(201);
    location
}

#[tokio::test]
async fn a_project_names_its_policy_and_takes_it_along() {
    let server = start().await;
    let id = server.project("team").await;
    let path = make(&server, id, scheduled("0 0 3 * * *")).await;
    let named = server.get("/projects/team").await.ok(200)["metadata"]["retention_id"].clone();
    assert_eq!(format!("/retentions/{}", named.as_str().unwrap()), path);
    let shown = server.get(&path).await.ok(200);
    assert_eq!((&shown["scope"]["ref"], &shown["trigger"]["settings"]["cron"]), (&json!(id), &json!("0 0 3 * * *")));
    let again = server.post("/retentions", policy(id, scheduled(""))).await;
    let number = named.as_str().unwrap();
    again.fails(400, "BAD_REQUEST", &format!("bad request: project {id} already has retention policy {number}"));
    server.delete("/projects/team").await.ok(200);
    server.get(&path).await.fails(500, "UNKNOWN", "internal server error");
    let gone = format!("bad request: no such Retention policy with id {number}");
    server.delete(&path).await.fails(400, "BAD_REQUEST", &gone);
}

#[tokio::test]
async fn a_deleted_policy_leaves_the_project_without_one() {
    let server = start().await;
    let id = server.project("team").await;
    let path = make(&server, id, scheduled("")).await;
    server.delete(&path).await.ok(200);
    assert_eq!(server.get("/projects/team").await.ok(200)["metadata"], json!({"public": "false"}));
    make(&server, id, scheduled("")).await;
}

#[tokio::test]
async fn without_a_cron_the_server_panics_wherever_it_wants_to_know_it() {
    let server = start().await;
    let id = server.project("team").await;
    let bare = json!({"kind": "Schedule"});
    let path = make(&server, id, bare.clone()).await;
    assert_eq!(server.get(&path).await.ok(200)["trigger"], bare);
    for answer in [server.delete(&path).await, server.put(&path, policy(id, scheduled(""))).await] {
        assert_eq!((answer.status, answer.text.as_str(), answer.header("content-type")), (500, "", None));
    }
    // What does not change the cron does not look at it.
    server.put(&path, policy(id, bare)).await.ok(200);
    let answer = server.post("/retentions", json!({})).await;
    assert_eq!((answer.status, answer.text.as_str()), (500, ""));
}

/// Sends a request as the administrator; none where the connection was cut.
async fn send(simulator: &Simulator, method: &str, path: &str, body: Option<Value>) -> Option<(u16, Value)> {
    let credentials = simulator.credentials();
    let client = reqwest::Client::new();
    let request = client.request(method.parse().unwrap(), format!("{}{path}", simulator.url()));
    let request = request.basic_auth(&credentials.harbor_username, Some(&credentials.harbor_password));
    let request = match body {
        Some(body) => request.json(&body),
        None => request,
    };
    let response = request.send().await.ok()?;
    let status = response.status().as_u16();
    let text = response.text().await.ok()?;
    Some((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
}

/// A simulator with a project whose policy has no cron, and a clock that stands.
async fn doomed() -> Simulator {
    let simulator = Simulator::start(Options::default()).unwrap();
    simulator.edit(json!({"harbor": {"clock": {"fixed": "2026-01-01T00:00:00Z"}}})).unwrap();
    let made = send(&simulator, "POST", "/api/v2.0/projects", Some(json!({"project_name": "team"}))).await;
    assert_eq!(made.unwrap().0, 201);
    let body = policy(2, json!({"kind": "Schedule", "settings": {}}));
    assert_eq!(send(&simulator, "POST", "/api/v2.0/retentions", Some(body)).await.unwrap().0, 201);
    simulator
}

/// Observed on Harbor 2.15.2: the answer still comes, the project is deleted, the policy is not.
#[tokio::test]
async fn deleting_the_project_of_a_policy_without_a_cron_ends_the_process() {
    let simulator = doomed().await;
    assert_eq!(send(&simulator, "DELETE", "/api/v2.0/projects/team", None).await.unwrap().0, 200);
    for (method, path) in [("GET", "/api/v2.0/ping"), ("GET", "//api/v2.0/projects"), ("POST", "/c/login")] {
        assert_eq!(send(&simulator, method, path, None).await, None, "{method} {path}");
    }
    assert!(send(&simulator, "GET", "/api/v1/user/", None).await.is_some(), "another server answers");
    let restarted = send(&simulator, "POST", "/-/simulator/harbor/restart", None).await;
    assert_eq!(restarted.unwrap().0, 204);
    assert_eq!(send(&simulator, "GET", "/api/v2.0/projects/team", None).await.unwrap().0, 404);
    assert_eq!(send(&simulator, "GET", "/api/v2.0/retentions/1", None).await.unwrap().0, 200);
}

#[tokio::test]
async fn its_keeper_starts_the_process_again_and_so_does_a_reset() {
    let simulator = doomed().await;
    let before = simulator.dump();
    send(&simulator, "DELETE", "/api/v2.0/projects/team", None).await.unwrap();
    assert_eq!(send(&simulator, "GET", "/api/v2.0/ping", None).await, None);
    let later = json!({"harbor": {"clock": {"fixed": "2026-01-01T00:00:06Z"}}});
    simulator.edit(later).unwrap();
    assert_eq!(send(&simulator, "GET", "/api/v2.0/ping", None).await.unwrap().0, 200);
    simulator.edit(json!({"harbor": before["harbor"]})).unwrap();
    send(&simulator, "DELETE", "/api/v2.0/projects/team", None).await.unwrap();
    assert_eq!(send(&simulator, "GET", "/api/v2.0/ping", None).await, None);
    simulator.reset();
    assert_eq!(send(&simulator, "GET", "/api/v2.0/ping", None).await.unwrap().0, 200);
}

#[tokio::test]
async fn a_policy_that_is_not_scheduled_needs_no_cron() {
    let server = start().await;
    let id = server.project("team").await;
    let path = make(&server, id, json!({"kind": "Event"})).await;
    server.put(&path, policy(id, scheduled("0 0 0 * * *"))).await.ok(200);
    server.put(&path, policy(id, json!({"kind": "Event"}))).await.ok(200);
    server.delete("/projects/team").await.ok(200);
    assert!(!server.harbor.is_down());
}

/// Observed on Harbor 2.15.2: a project made again under the name does not bring the permissions back.
#[tokio::test]
async fn what_robots_of_the_system_could_do_goes_with_the_project() {
    let server = start().await;
    server.project("team").await;
    let both = json!({"name": "wide", "level": "system", "duration": -1,
        "permissions": [block("team", &[("tag", "list")]), block("library", &[("tag", "list")])]});
    let id = server.robot(both).await["id"].clone();
    server.delete("/projects/team").await.ok(200);
    server.project("team").await;
    let rules = server.harbor.dump()["robots"]["rows"][id.to_string()]["permissions"].clone();
    let scopes: Vec<&str> = rules.as_array().unwrap().iter().map(|rule| rule["scope"].as_str().unwrap()).collect();
    assert_eq!(scopes, ["/project/1"]);
}
