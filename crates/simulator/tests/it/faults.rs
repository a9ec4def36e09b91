//! Each fault as a client sees it, down to the bytes, and what it leaves behind in the server.

use std::time::{Duration, Instant};

use registry_simulator::{Action, Fault, Simulator};
use serde_json::{Value, json};

use crate::client::{Quay, raw, simulator};

const PUT: &str = "/api/v1/user/robots/ci";
const GET: &str = "/api/v1/user/";

fn send(simulator: &Simulator, method: &str, path: &str) -> String {
    raw(simulator.address(), method, path, &simulator.credentials().quay_token)
}

fn has_robot(simulator: &Simulator) -> bool {
    simulator.dump()["quay"]["robots"].get("admin+ci").is_some()
}

#[test]
fn a_cut_before_leaves_nothing_and_sends_not_a_byte() {
    let simulator = simulator();
    simulator.fault(Fault::once("PUT", PUT, Action::CutBefore));
    assert_eq!(send(&simulator, "PUT", PUT), "");
    assert!(!has_robot(&simulator));
    assert!(send(&simulator, "PUT", PUT).starts_with("HTTP/1.1 201 "));
}

#[test]
fn a_cut_after_leaves_the_change_and_sends_not_a_byte() {
    let simulator = simulator();
    simulator.fault(Fault::once("PUT", PUT, Action::CutAfter));
    assert_eq!(send(&simulator, "PUT", PUT), "");
    assert!(has_robot(&simulator));
}

#[test]
fn a_truncated_body_is_shorter_than_announced() {
    let simulator = simulator();
    let whole = send(&simulator, "GET", GET);
    simulator.fault(Fault::once("GET", GET, Action::Truncate));
    let part = send(&simulator, "GET", GET);
    let body = |answer: &str| answer.split_once("\r\n\r\n").unwrap().1.len();
    let announced = format!("content-length: {}\r\n", body(&whole));
    assert!(part.contains(&announced), "{part}");
    assert_eq!(body(&part), body(&whole) / 2);
}

#[test]
fn truncating_an_answer_without_a_body_cuts_the_connection() {
    let simulator = simulator();
    send(&simulator, "PUT", PUT);
    simulator.fault(Fault::once("DELETE", PUT, Action::Truncate));
    assert_eq!(send(&simulator, "DELETE", PUT), "");
    assert!(!has_robot(&simulator));
}

#[test]
fn what_is_handled_is_answered_with_something_else() {
    let simulator = simulator();
    simulator.fault(Fault::once("PUT", PUT, Action::page_after(None, "<html>ok</html>")));
    let answer = send(&simulator, "PUT", PUT);
    assert!(answer.starts_with("HTTP/1.1 201 ") && answer.ends_with("\r\n\r\n<html>ok</html>"), "{answer}");
    assert!(answer.contains("content-type: text/html\r\n"), "{answer}");
    assert!(has_robot(&simulator));
    simulator.fault(Fault::once("DELETE", PUT, Action::page_after(Some(200), "")));
    let answer = send(&simulator, "DELETE", PUT);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(!has_robot(&simulator));
}

#[test]
fn half_a_body_is_announced_as_such() {
    let simulator = simulator();
    let body = |answer: &str| answer.split_once("\r\n\r\n").unwrap().1.to_owned();
    let whole = body(&send(&simulator, "GET", GET));
    simulator.fault(Fault::once("GET", GET, Action::HalveAfter { status: Some(202) }));
    let part = send(&simulator, "GET", GET);
    assert_eq!(body(&part), whole[..whole.len() / 2]);
    assert!(part.starts_with("HTTP/1.1 202 "), "{part}");
    assert!(part.contains(&format!("content-length: {}\r\n", whole.len() / 2)), "{part}");
}

#[test]
fn what_is_handled_is_answered_as_if_about_another() {
    let simulator = simulator();
    let members = vec!["name".to_owned()];
    simulator.fault(Fault::once("PUT", PUT, Action::AnotherAfter { status: None, members }));
    let answer = send(&simulator, "PUT", PUT);
    assert!(answer.starts_with("HTTP/1.1 201 ") && answer.contains("\"admin+aa\""), "{answer}");
    assert!(has_robot(&simulator));
}

#[test]
fn exchanges_are_kept_and_something_is_done_at_an_answer() {
    let simulator = simulator();
    send(&simulator, "GET", GET);
    simulator.record();
    let (told, at) = std::sync::mpsc::channel();
    simulator.at_answer(1, move || told.send(()).unwrap());
    simulator.fault(Fault::once("GET", GET, Action::CutAfter));
    send(&simulator, "GET", GET);
    assert!(at.try_recv().is_err());
    send(&simulator, "PUT", PUT);
    assert!(at.try_recv().is_ok());
    let seen = simulator.recorded();
    let short: Vec<_> = seen.iter().map(|one| (one.method.as_str(), one.path.as_str(), one.status)).collect();
    assert_eq!(short, [("GET", GET, None), ("PUT", PUT, Some(201))]);
    assert!(seen[1].body.contains("\"admin+ci\"") && seen[1].content_type == "application/json", "{seen:?}");
}

#[test]
fn an_answer_is_given_so_many_times_instead_of_handling_the_request() {
    let simulator = simulator();
    let headers = vec![("Retry-After".to_owned(), "7".to_owned())];
    let action = Action::Answer { status: 503, content_type: "text/plain".into(), body: "later".into(), headers };
    simulator.fault(Fault::once("*", "/api/v1/user/*", action).times(2));
    for _ in 0..2 {
        let answer = send(&simulator, "PUT", PUT);
        assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
        assert!(answer.contains("retry-after: 7\r\n") && answer.contains("content-type: text/plain\r\n"), "{answer}");
        assert!(answer.ends_with("\r\n\r\nlater"), "{answer}");
    }
    assert!(!has_robot(&simulator));
    assert!(send(&simulator, "PUT", PUT).starts_with("HTTP/1.1 201 "));
}

#[test]
fn a_crash_looks_like_one() {
    let simulator = simulator();
    simulator.fault(Fault::once("PUT", PUT, Action::quay_crash()));
    let answer = send(&simulator, "PUT", PUT);
    assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
    assert!(answer.contains("content-type: text/html\r\n") && answer.contains("Internal Server Error"), "{answer}");
}

#[test]
fn a_delay_and_latency_are_waited_for() {
    let simulator = simulator();
    simulator.fault(Fault::once("GET", GET, Action::Delay { milliseconds: 30 }));
    simulator.set_latency(Duration::from_millis(20));
    let start = Instant::now();
    assert!(send(&simulator, "GET", GET).starts_with("HTTP/1.1 200 "));
    assert!(start.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn a_stale_answer_does_not_know_the_last_write() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    simulator.fault(Fault::once("GET", "/api/v1/user/robots", Action::Stale).skip(1));
    let count = async || quay.get("user/robots").await["robots"].as_array().unwrap().len();
    assert_eq!(count().await, 0);
    quay.ok("PUT", "user/robots/ci", Value::Null).await;
    assert_eq!(count().await, 0, "stale");
    assert_eq!(count().await, 1, "current again");
}

#[tokio::test]
async fn other_requests_on_other_connections_go_on() {
    let simulator = simulator();
    let quay = Quay::new(&simulator, "admin");
    simulator.fault(Fault::once("PUT", "/api/v1/user/robots/b*", Action::CutAfter));
    quay.ok("PUT", "user/robots/aa", Value::Null).await;
    let cut = quay.send("PUT", "user/robots/bb", json!({"description": "x"})).await.unwrap_err();
    assert!(cut.is_request() && cut.status().is_none(), "{cut:?}");
    quay.ok("PUT", "user/robots/cc", Value::Null).await;
    assert_eq!(quay.get("user/robots").await["robots"].as_array().unwrap().len(), 3);
}

#[test]
fn a_dropped_simulator_ends_requests_under_way() {
    let simulator = simulator();
    simulator.fault(Fault::once("GET", GET, Action::Delay { milliseconds: 3_600_000 }));
    let (address, token) = (simulator.address(), simulator.credentials().quay_token.clone());
    let waiting = std::thread::spawn(move || raw(address, "GET", GET, &token));
    while simulator.requests().total == 0 {
        std::thread::yield_now();
    }
    drop(simulator);
    assert_eq!(waiting.join().unwrap(), "");
}
