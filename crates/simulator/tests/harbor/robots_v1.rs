//! The first version of the robot endpoints, which release 2.13 removed.

use super::support::{start, start_version};
use serde_json::json;

fn body() -> serde_json::Value {
    json!({"name": "ci", "access": [{"resource": "/project/1/repository", "action": "pull"}]})
}

#[tokio::test]
async fn they_exist_up_to_2_12() {
    let path = "/projects/library/robots";
    for (version, status) in [("2.12.4", 200), ("2.13.0", 404)] {
        assert_eq!(start_version(version).await.get(path).await.status, status, "{version}");
    }
    assert_eq!(start().await.post(path, body()).await.status, 404);
}

#[tokio::test]
async fn the_life_of_a_robot() {
    let server = start_version("2.10.3").await;
    let made = server.post("/projects/library/robots", body()).await;
    assert_eq!(made.header("location"), Some("/api/v2.0/projects/library/robots/1"));
    let made = made.ok(201);
    assert_eq!((&made["name"], made.get("expires_at")), (&json!("robot$library+ci"), None));
    let list = server.get("/projects/library/robots").await.ok(200);
    assert_eq!(list[0]["permissions"][0]["access"], json!([{"resource": "repository", "action": "pull"}]));
    assert_eq!(list[0]["duration"], 30);
    let path = "/projects/1/robots/1";
    server.put(path, json!({"disable": true, "description": "ignored"})).await.ok(200);
    let robot = server.get(path).await.ok(200);
    assert_eq!((&robot["disable"], robot.get("description")), (&json!(true), None));
    server.delete(path).await.ok(200);
    assert_eq!(server.get(path).await.status, 404);
}

#[tokio::test]
async fn what_is_refused() {
    let server = start_version("2.12.4").await;
    let none = server.post("/projects/library/robots", json!({"name": "ci"})).await;
    none.fails(400, "BAD_REQUEST", "bad request no access");
    let odd = json!({"name": "ci", "access": [{"resource": "repository", "action": "pull"}]});
    server.post("/projects/library/robots", odd).await.fails(400, "BAD_REQUEST", "bad resource repository");
    assert_eq!(server.json("GET", "/projects/library/robots", None, json!(null)).await.status, 401);
}
