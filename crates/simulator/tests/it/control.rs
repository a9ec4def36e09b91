//! Dump, edits, counts and reset, in process and over HTTP.

use std::time::Duration;

use registry_simulator::{Requests, Simulator};
use serde_json::{Value, json};

use crate::client::{Quay, simulator};

/// Sends a request to a control endpoint.
async fn control(simulator: &Simulator, method: &str, path: &str, body: Value) -> (u16, Value) {
    let url = format!("{}/-/simulator/{path}", simulator.url());
    let request = reqwest::Client::new().request(method.parse().unwrap(), url);
    let request = if body.is_null() { request } else { request.json(&body) };
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

#[tokio::test]
async fn edits_change_what_clients_see() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    quay.ok("PUT", "user/robots/ci", json!({"description": "old"})).await;
    simulator.edit(json!({"quay": {"robots": {"admin+ci": {"description": "new"}}}})).unwrap();
    assert_eq!(quay.get("user/robots/ci").await["description"], "new");
    let patch = json!([{"op": "remove", "path": "/quay/robots/admin+ci"}]);
    assert_eq!(control(&simulator, "PATCH", "state", patch).await.0, 204);
    assert_eq!(quay.status("GET", "user/robots/ci", Value::Null).await, 400);
}

#[tokio::test]
async fn an_edit_that_makes_no_sense_changes_nothing() {
    let simulator = simulator();
    let before = simulator.dump();
    assert!(simulator.edit(json!({"nowhere": {}})).is_err());
    assert!(simulator.edit(json!({"quay": {"robots": 5}})).is_err());
    assert!(simulator.edit(json!({"quay": {"misspelt": 5}})).is_err());
    let error = simulator.edit(json!({"quay": {"users": {"alice": {"e-mail": "x"}}}})).unwrap_err();
    assert_eq!(error, r#"nothing knows "/quay/users/alice/e-mail""#);
    let (status, text) = control(&simulator, "PATCH", "state", json!({"quay": {"users": null}})).await;
    assert_eq!(status, 422, "{text}");
    assert_eq!(simulator.dump(), before);
}

#[tokio::test]
async fn the_dump_is_the_same_over_http() {
    let simulator = simulator();
    assert_eq!(control(&simulator, "GET", "state", Value::Null).await, (200, simulator.dump()));
    let (_, credentials) = control(&simulator, "GET", "credentials", Value::Null).await;
    assert_eq!(credentials["quay_token"], simulator.credentials().quay_token.as_str());
}

#[tokio::test]
async fn requests_are_counted_by_method_and_route() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    for name in ["acme", "other"] {
        quay.ok("POST", "organization/", json!({"name": name})).await;
        quay.get(&format!("organization/{name}/robots?token=false")).await;
    }
    quay.status("GET", "repository/acme/nested/app/permissions/user/", Value::Null).await;
    quay.status("GET", "no/such/route", Value::Null).await;
    let requests = simulator.requests();
    assert_eq!(requests.total, 6);
    assert_eq!(requests.of("GET", "/api/v1/organization/{orgname}/robots"), 2);
    assert_eq!(requests.of("GET", "/api/v1/repository/{repository}/permissions/user/"), 1);
    assert_eq!(requests.of_method("POST"), 2);
    let (_, body) = control(&simulator, "GET", "requests", Value::Null).await;
    assert_eq!(serde_json::from_value::<Requests>(body).unwrap(), requests, "control requests are not counted");
    assert_eq!(control(&simulator, "DELETE", "requests", Value::Null).await.0, 204);
    assert_eq!(simulator.requests(), Requests::default());
}

#[tokio::test]
async fn faults_come_and_go_over_http() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    let fault = json!({"method": "GET", "path": "/api/*", "times": 2, "action": "answer", "status": 418, "body": "{}"});
    assert_eq!(control(&simulator, "POST", "faults", fault).await.0, 204);
    let cut = json!({"path": "*/robots", "skip": 1, "action": "cut_before"});
    assert_eq!(control(&simulator, "POST", "faults", cut).await.0, 204);
    assert_eq!(quay.status("GET", "user/", Value::Null).await, 418);
    let (_, waiting) = control(&simulator, "GET", "faults", Value::Null).await;
    assert_eq!((waiting[0]["times"].clone(), waiting[1]["skip"].clone()), (json!(1), json!(1)));
    assert_eq!(control(&simulator, "DELETE", "faults", Value::Null).await.0, 204);
    assert_eq!(quay.status("GET", "user/", Value::Null).await, 200);
    assert_eq!(control(&simulator, "PUT", "latency", json!({"milliseconds": 1})).await.0, 204);
}

#[tokio::test]
async fn a_reset_brings_back_the_start() {
    let simulator = simulator();
    let start = simulator.dump();
    let quay = Quay::new(&simulator, "admin");
    simulator.set_latency(Duration::from_millis(1));
    quay.ok("POST", "organization/", json!({"name": "acme"})).await;
    assert_eq!(control(&simulator, "POST", "reset", Value::Null).await.0, 204);
    assert_eq!(simulator.dump(), start);
    assert_eq!(simulator.requests().total, 0);
    assert_eq!(quay.status("GET", "user/", Value::Null).await, 200, "tokens stay");
}

#[tokio::test]
async fn all_services_listen_on_one_port() {
    let simulator = simulator();
    let known = simulator.credentials();
    assert_eq!(simulator.dump().as_object().unwrap().keys().collect::<Vec<_>>(), ["quay", "harbor", "saagie"]);
    let client = reqwest::Client::new();
    let harbor = client.get(format!("{}/api/v2.0/projects", known.url));
    let harbor = harbor.basic_auth(&known.harbor_username, Some(&known.harbor_password)).send().await.unwrap();
    assert_eq!(harbor.status(), 200);
    let login = json!({"login": known.saagie_username, "password": known.saagie_password});
    let saagie = client.post(format!("{}/authentication/api/open/authenticate", known.url));
    let saagie = saagie.header("Saagie-Realm", &known.saagie_realm).json(&login).send().await.unwrap();
    assert_eq!(saagie.status(), 200);
    assert_eq!(client.get(format!("{}/elsewhere", known.url)).send().await.unwrap().status(), 404);
    let requests = simulator.requests();
    assert_eq!(requests.of("GET", "/api/v2.0/projects"), 1);
    assert_eq!(requests.of("POST", "/authentication/api/open/authenticate"), 1);
}

#[test]
fn it_serves_callers_without_a_runtime_side_by_side() {
    let (one, two) = (simulator(), simulator());
    assert_ne!(one.address(), two.address());
    one.edit(json!({"quay": {"reserved_names": {"acme": 1}}})).unwrap();
    assert_eq!(one.dump()["quay"]["reserved_names"]["acme"], 1);
    assert_eq!(two.dump()["quay"]["reserved_names"], json!({}));
}
