//! What a stop and a time limit end, and what they leave behind.

use std::time::Duration;

use serde_json::json;
use terraform_framework::Value;
use tokio::time::Instant;

use super::{at, start};
use crate::core::{Core, text};

#[tokio::test(start_paused = true)]
async fn stop_ends_what_waits_at_once_and_the_next_call_works() {
    let (core, server) = start("stop").await;
    server.hold(Some("create"));
    let begun = Instant::now();
    let (stopped, ()) = tokio::join!(core.run("office_note", None, json!({ "name": "a" })), async {
        server.holding().await;
        core.serve().stop();
    });
    assert!(text(&stopped.diagnostics).contains("create a was stopped."), "{}", text(&stopped.diagnostics));
    assert_eq!(begun.elapsed(), Duration::ZERO, "nothing was waited for");
    server.hold(None);
    core.run("office_note", None, json!({ "name": "a" })).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_change_that_is_stopped_leaves_what_is_really_there() {
    let (core, server) = start("stopped_change").await;
    let made = core.run("office_note", None, json!({ "name": "a", "text": "old" })).await.unwrap();
    // The note is written, and then the provider is told to stop.
    server.hold(Some("finish"));
    let (stopped, ()) =
        tokio::join!(core.run("office_note", Some(&made), json!({ "name": "a", "text": "new" })), async {
            server.holding().await;
            core.serve().stop();
        });
    assert!(text(&stopped.diagnostics).contains("finish a was stopped."), "{}", text(&stopped.diagnostics));
    assert_eq!(at(&stopped.instance.unwrap().state, "text"), &Value::from("new"));
}

#[tokio::test(start_paused = true)]
async fn a_change_whose_time_is_over_leaves_what_is_really_there() {
    let (core, server) = start("late_change").await;
    let made = core.run("office_note", None, json!({ "name": "a", "text": "old" })).await.unwrap();
    server.hold(Some("finish"));
    let begun = Instant::now();
    let limited = json!({ "name": "a", "text": "new", "timeouts": { "update": "30s" } });
    let late = core.run("office_note", Some(&made), limited).await;
    assert!(text(&late.diagnostics).contains("finish a took too long."), "{}", text(&late.diagnostics));
    assert_eq!(at(&late.instance.unwrap().state, "text"), &Value::from("new"));
    assert_eq!(begun.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn a_look_at_what_is_there_does_not_hold_up_a_stop_for_long() {
    let (core, server) = start("unseen_change").await;
    let made = core.run("office_note", None, json!({ "name": "a", "text": "old" })).await.unwrap();
    let begun = Instant::now();
    server.hold(Some("finish"));
    let (stopped, ()) =
        tokio::join!(core.run("office_note", Some(&made), json!({ "name": "a", "text": "new" })), async {
            server.holding().await;
            server.hold(Some("read"));
            core.serve().stop();
        });
    assert_eq!(begun.elapsed().as_secs(), 5);
    let errors = text(&stopped.diagnostics);
    assert!(errors.contains("finish a was stopped.") && !errors.contains("read a"), "{errors}");
    assert_eq!(at(&stopped.instance.unwrap().state, "text"), &Value::from("old"), "what is not seen is as it was");
}

#[tokio::test(start_paused = true)]
async fn feature_12_every_operation_has_its_limit_and_ends_by_it() {
    let (core, server) = start("limits").await;
    let configured = json!({ "create": "11s", "read": "12s", "update": "13s", "delete": "14s" });
    let json = |text: &str| json!({ "name": "a", "text": text, "timeouts": configured });
    let made = core.run("office_note", None, json("old")).await.unwrap();
    core.refresh(&made).await.unwrap().unwrap();
    let changed = core.run("office_note", Some(&made), json("new")).await.unwrap();
    let heard: Vec<_> =
        server.heard.lock().unwrap().iter().map(|(what, left)| (what.clone(), left.as_secs())).collect();
    let pair = |what: &str, seconds| (what.to_owned(), seconds);
    let expected =
        [pair("create a", 11), pair("finish a", 11), pair("read a", 12), pair("update a", 13), pair("finish a", 13)];
    assert_eq!(heard, expected);
    let ends = async |what: &'static str, seconds: u64, said: String, begun: Instant| {
        assert!(said.contains(&format!("{what} a took too long.")), "{what}: {said}");
        assert_eq!(begun.elapsed().as_secs(), seconds, "{what}");
    };
    for (what, seconds) in [("create", 11), ("read", 12), ("update", 13), ("delete", 14)] {
        server.hold(Some(what));
        let begun = Instant::now();
        let said = match what {
            "create" => text(&core.run("office_note", None, json("old")).await.diagnostics),
            "read" => text(&core.refresh(&changed).await.unwrap_err()),
            "update" => text(&core.run("office_note", Some(&changed), json("newer")).await.diagnostics),
            _ => text(&core.destroy(&changed).await.diagnostics),
        };
        ends(what, seconds, said, begun).await;
    }
}

/// The same with a real provider, whose server takes requests and never answers.
#[tokio::test(start_paused = true)]
async fn feature_12_a_limit_ends_the_requests_of_a_provider() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", server.local_addr().unwrap());
    let block = json!({ "url": url, "token": "t", "connect_timeout": "1h", "request_timeout": "1h" });
    let core = Core::start(registry_quay::provider(), block).await;
    let begun = Instant::now();
    let robot = json!({ "namespace": "acme", "name": "ci", "timeouts": { "create": "45s" } });
    let late = text(&core.run("quay_robot", None, robot).await.diagnostics);
    assert!(late.contains("the time that was given for it is over"), "{late}");
    assert_eq!(begun.elapsed().as_secs(), 45);
}
