//! Usage logs, their counts and exports.

mod places;

use serde_json::{Value as Json, json};
use terraform_framework::value::Value;

use super::users::own_account::own;
use super::{acme, world};
use crate::bad_input::says;
use crate::world::inspect::{edit, read};
use crate::world::{Command, World, merged};

const LOGS: &str = "quay_usage_logs";
const COUNTS: &str = "quay_usage_log_counts";

/// So many pushes on each of three days, by two people.
async fn pushed(count: usize) -> World {
    let app = ("quay_repository", json!({ "namespace": "acme", "name": "app" }));
    let world = world(&[acme(), app]).await;
    let entry = |n: usize| {
        let performer = if n.is_multiple_of(2) { "alice" } else { "bob" };
        json!({ "kind": "push_repo", "time": format!("2026-11-{:02}T10:00:{:02}Z", 18 + n * 3 / count, n % 60), "namespace": "acme",
            "repository": "app", "performer": performer, "metadata": { "repo": "app", "tag": format!("v{n}") } })
    };
    let logs: Vec<Json> = (0..count).map(entry).collect();
    edit(&world, json!({ "quay": { "logs": logs, "clock": "2026-11-20T12:00:00Z" } }));
    world
}

async fn found(command: &Command<'_>, asked: Json) -> (usize, bool) {
    let found = read(command, LOGS, asked).await.unwrap();
    let entries = found.attribute("entries").and_then(Value::as_list).expect("a list");
    (entries.len(), found.attribute("truncated") == Some(&Value::Bool(true)))
}

#[tokio::test]
async fn logs_are_read_to_their_end_or_to_their_limit() {
    let world = pushed(60).await;
    let command = world.command().await;
    let all = json!({ "namespace": "acme", "start": "2026-11-18" });
    let with = |more: Json| {
        let mut asked = all.clone();
        asked.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        asked
    };
    assert_eq!(found(&command, all.clone()).await, (60, false));
    assert_eq!(found(&command, with(json!({ "limit": 60 }))).await, (60, false));
    assert_eq!(found(&command, with(json!({ "limit": 59 }))).await, (59, true));
    assert_eq!(found(&command, with(json!({ "end": "2026-11-18" }))).await, (20, false));
    assert_eq!(found(&command, with(json!({ "end": "2026-11-18T10:00:09Z" }))).await, (10, false));
    assert_eq!(found(&command, with(json!({ "performer": "bob" }))).await, (30, false));
    // The server does not ask by whom, here.
    assert_eq!(found(&command, with(json!({ "repository": "app", "performer": "bob" }))).await, (30, false));
    assert_eq!(found(&command, json!({ "whole_registry": true, "start": "2026-11-19" })).await, (40, false));
    // Of the last 24 hours.
    assert_eq!(found(&command, json!({ "namespace": "acme" })).await, (20, false));
    assert_eq!(found(&command, json!({})).await, (0, false));
    let newest = read(&command, LOGS, with(json!({ "limit": 1 }))).await.unwrap();
    let newest = newest.attribute("entries").and_then(Value::as_list).unwrap()[0].clone();
    let text = |name: &str| newest.attribute(name).and_then(Value::as_str).map(str::to_owned);
    assert_eq!(text("time").as_deref(), Some("2026-11-20T10:00:59Z"));
    assert_eq!((text("namespace").as_deref(), text("repository").as_deref()), (Some("acme"), Some("app")));
    let metadata: Json = serde_json::from_str(&text("metadata").unwrap()).unwrap();
    assert_eq!(metadata["tag"], "v59");
}

#[tokio::test]
async fn logs_of_what_is_not_there_are_refused() {
    let world = pushed(3).await;
    let (admin, alice) = (world.command().await, world.command_with(own("alice", &world)).await);
    for command in [&admin, &alice] {
        for name in [LOGS, COUNTS] {
            let said = read(command, name, json!({ "namespace": "nosuch" })).await.unwrap_err();
            says(&world, &said, &["Unknown namespace"]);
        }
    }
    let said = read(&admin, LOGS, json!({ "namespace": "acme", "repository": "nosuch" })).await.unwrap_err();
    says(&world, &said, &["There is no repository acme/nosuch"]);
    let said = read(&admin, LOGS, json!({ "namespace": "acme", "performer": "nosuch" })).await.unwrap_err();
    says(&world, &said, &["no user or robot account nosuch"]);
    let said = read(&alice, LOGS, json!({ "namespace": "acme" })).await.unwrap_err();
    says(&world, &said, &["org:admin"]);
}

#[tokio::test]
async fn times_that_quay_would_not_understand_are_refused_before_it_is_asked() {
    let world = pushed(3).await;
    let command = world.command().await;
    world.simulator.reset_requests();
    for (name, asked, words) in [
        (LOGS, json!({ "start": "11/20/2026" }), "neither a date"),
        (LOGS, json!({ "end": "2026-11-20" }), "beginning is missing"),
        (LOGS, json!({ "start": "2026-11-20", "end": "2026-11-19" }), "before the beginning"),
        (LOGS, json!({ "repository": "app" }), "namespace is missing"),
        (LOGS, json!({ "namespace": "acme", "whole_registry": true }), "exclude each other"),
        (COUNTS, json!({ "start": "2026-11-20T10:00:00Z" }), "knows days only"),
        (COUNTS, json!({ "start": "2016-10-01", "end": "2026-11-01" }), "ten years"),
        (COUNTS, json!({ "start": "0001-01-01" }), "ten years"),
        (COUNTS, json!({ "whole_registry": true, "performer": "bob" }), "cannot be chosen"),
    ] {
        let said = command.core.read_data(name, asked).await.expect_err("it is refused");
        says(&world, &said, &[words]);
    }
    for (asked, words) in [
        (json!({}), "where the link is to go"),
        (json!({ "callback_url": "nope" }), "no address"),
        (json!({ "callback_email": "nobody" }), "no e-mail address"),
    ] {
        let said = command.core.invoke("quay_export_logs", asked).await.unwrap_err();
        says(&world, &said, &[words]);
    }
}

#[tokio::test]
async fn a_beginning_in_the_future_is_named() {
    let world = pushed(3).await;
    let command = world.command().await;
    let words = ["`start` is 2126-11-25", "later than tomorrow"];
    for place in [json!({}), json!({ "namespace": "acme" }), json!({ "namespace": "acme", "repository": "app" })] {
        let asked = merged(place, json!({ "start": "2126-11-25" }));
        for name in [LOGS, COUNTS] {
            says(&world, &read(&command, name, asked.clone()).await.unwrap_err(), &words);
        }
        let export = merged(asked, json!({ "callback_email": "a@example.com" }));
        says(&world, &command.core.invoke("quay_export_logs", export).await.unwrap_err(), &words);
    }
    // That there is nothing yet is no mistake.
    assert_eq!(found(&command, json!({ "start": "2026-11-21" })).await, (0, false));
    assert_eq!(found(&command, json!({ "start": "2026-12-01", "end": "2026-12-02" })).await, (0, false));
}

#[tokio::test]
async fn an_export_does_not_go_to_a_private_network_unless_that_is_allowed() {
    let world = pushed(3).await;
    let command = world.command().await;
    let export = async |url: &str| {
        let asked = json!({ "namespace": "acme", "callback_url": url, "start": "2026-11-20" });
        command.core.invoke("quay_export_logs", asked).await
    };
    let private = "https://10.0.0.7/logs";
    for (url, words) in
        [(private, "Invalid callback URL"), ("https://me:pass@audit.example.com/", "embedded credentials")]
    {
        says(&world, &export(url).await.unwrap_err(), &[words, "SSRF_ALLOWED_HOSTS", "callback_url"]);
    }
    edit(&world, json!({ "quay": { "config": { "SSRF_ALLOWED_HOSTS": ["10.0.0.7"] } } }));
    export(private).await.unwrap();
    edit(&world, json!({ "quay": { "config": { "SSRF_ALLOWED_HOSTS": [] }, "release": "3.17" } }));
    export(private).await.unwrap();
}

#[tokio::test]
async fn counts_are_by_day_and_kind() {
    let world = pushed(60).await;
    let command = world.command().await;
    let counted = async |asked: Json| {
        let found = read(&command, COUNTS, asked).await.unwrap();
        let counts = found.attribute("counts").and_then(Value::as_list).expect("a list").to_vec();
        let day = |count: &Value| count.attribute("date").and_then(Value::as_str).unwrap().to_owned();
        (counts.iter().map(day).collect::<Vec<_>>(), found.attribute("total").and_then(Value::as_i64))
    };
    let days = ["2026-11-18", "2026-11-19", "2026-11-20"].map(str::to_owned);
    let all = json!({ "namespace": "acme", "start": "2026-11-18", "end": "2026-11-20" });
    assert_eq!(counted(all).await, (days.to_vec(), Some(60)));
    let by_bob = json!({ "namespace": "acme", "start": "2026-11-20", "end": "2026-11-20", "performer": "bob" });
    assert_eq!(counted(by_bob).await, (days[2..].to_vec(), Some(10)));
    assert_eq!(counted(json!({})).await, (Vec::new(), Some(0)));
    assert_eq!(counted(json!({ "start": "2026-10-20", "end": "2026-11-19" })).await, (Vec::new(), Some(0)));
}

#[tokio::test]
async fn an_export_is_taken_on_under_an_id() {
    let world = pushed(3).await;
    let command = world.command().await;
    let asked = json!({ "namespace": "acme", "repository": "app", "callback_url": "https://audit.example.com/logs" });
    command.core.invoke("quay_export_logs", asked).await.unwrap();
    let noted = world.simulator.dump()["quay"]["logs"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((noted["kind"].as_str(), noted["namespace"].as_str()), (Some("export_logs_success"), Some("acme")));
    let nowhere = json!({ "namespace": "nosuch", "callback_email": "a@example.com" });
    says(&world, &command.core.invoke("quay_export_logs", nowhere).await.unwrap_err(), &["Unknown namespace"]);
    edit(&world, json!({ "quay": { "config": { "FEATURE_LOG_EXPORT": false } } }));
    let asked = json!({ "namespace": "acme", "callback_email": "a@example.com" });
    says(&world, &command.core.invoke("quay_export_logs", asked).await.unwrap_err(), &["FEATURE_LOG_EXPORT"]);
}
