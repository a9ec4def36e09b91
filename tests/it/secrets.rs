//! No secret where nobody asked for one: in events and logs at all levels, in diagnostics, plans, states, identities, private data.
//!
//! Every scenario of the faults looks for secrets too; here the log is watched beside it, and what is read on demand.

use serde_json::json;
use terraform_framework::server::{ClientCapabilities, Encoded};
use terraform_framework::value::Value;

use crate::core::{config, text};
use crate::faults::{examine, hardest};
use crate::world::table::cases;
use crate::world::{Service, Through, World, events};

#[tokio::test]
async fn no_secret_in_events_at_any_level() {
    let _guard = events::capture();
    for case in cases() {
        let (_, wrong) = examine(case, Through::Calls, hardest()).await;
        assert_eq!(wrong, Vec::<String>::new());
    }
}

#[tokio::test]
async fn events_are_seen_at_all() {
    let _guard = events::capture();
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    command.core.run("quay_organization", None, json!({ "name": "acme" })).await.unwrap();
    command.end();
    assert!(world.witness.saw("an event", "/api/v1/organization/"), "requests are told at debug level");
    world.witness.see("an event", format!("token={}", world.simulator.credentials().quay_token));
    assert_eq!(world.witness.leaks().len(), 1, "and a secret in them is found");
}

#[tokio::test]
async fn no_secret_in_the_log_of_an_executable_at_trace() {
    for service in Service::ALL {
        let mut world = World::new(service, Through::Grpc);
        for case in cases().into_iter().filter(|case| case.service() == service) {
            let empty = world.simulator.dump();
            world.prepare(&case).await;
            let command = world.command().await.storing(case.stores);
            let made = command.apply(case.resource, None, Some(world.configuration(&case.config))).await.unwrap();
            let gone = command.apply(case.resource, Some(&made), None).await;
            assert!(!gone.diagnostics.has_errors(), "{}", text(&gone.diagnostics));
            command.end();
            world.end_process().await;
            assert!(world.witness.saw("the log at TRACE", "\"@level\":\"debug\""), "nothing was logged");
            assert_eq!(world.witness.leaks(), Vec::<String>::new(), "{}", case.name());
            world.restore(&empty);
        }
    }
}

/// A Quay with a robot, and what knows its token.
async fn with_robot() -> World {
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    command.core.run("quay_organization", None, json!({ "name": "acme" })).await.unwrap();
    command.core.run("quay_robot", None, json!({ "namespace": "acme", "name": "ci" })).await.unwrap();
    command.end();
    world.witness.learn(&world.simulator.dump());
    world
}

fn token(world: &World) -> String {
    world.simulator.dump()["quay"]["robots"]["acme+ci"]["token"].as_str().expect("a token").to_owned()
}

#[tokio::test]
async fn an_ephemeral_token_is_in_its_result_alone() {
    let world = with_robot().await;
    let command = world.command().await;
    let schema = command.core.schemas().ephemeral_resources["quay_robot_token"].clone();
    let asked = config(&schema, json!({ "username": "acme+ci" }));
    let opened = command.core.serve().open("quay_robot_token", Encoded::of(&asked, &schema.ty()).unwrap()).await;
    assert!(!opened.diagnostics.has_errors(), "{}", text(&opened.diagnostics));
    let result = opened.result.decode(&schema.ty()).unwrap();
    assert_eq!(result.attribute("token"), Some(&Value::from(token(&world))));
    world.witness.see("private data", String::from_utf8_lossy(&opened.private.unwrap_or_default()));
    world.witness.see("a diagnostic", text(&opened.diagnostics));
    assert_eq!(world.witness.leaks(), Vec::<String>::new());
}

#[tokio::test]
async fn a_data_source_shows_a_token_only_when_asked() {
    let world = with_robot().await;
    let command = world.command().await;
    let schema = command.core.schemas().data_sources["quay_robot"].clone();
    let read = async |json| {
        let asked = Encoded::of(&config(&schema, json), &schema.ty()).unwrap();
        let read = command.core.serve().read_data("quay_robot", asked, ClientCapabilities::default()).await;
        assert!(!read.diagnostics.has_errors(), "{}", text(&read.diagnostics));
        format!("{:?}", read.state.decode(&schema.ty()).unwrap())
    };
    world.witness.see("a state", read(json!({ "namespace": "acme", "name": "ci" })).await);
    assert_eq!(world.witness.leaks(), Vec::<String>::new());
    let asked = read(json!({ "namespace": "acme", "name": "ci", "include_token": true })).await;
    assert!(asked.contains(&token(&world)));
}

#[tokio::test]
async fn usage_logs_show_nothing_that_opens_something() {
    let world = with_robot().await;
    let command = world.command().await;
    let url = "https://audit.example.com/hooks/SECRET-PATH?token=SECRET-TOKEN";
    let export = json!({ "namespace": "acme", "callback_url": url });
    command.core.invoke("quay_export_logs", export).await.unwrap_or_else(|said| panic!("{}", text(&said)));
    let noted = world.simulator.dump()["quay"]["logs"].to_string();
    assert!(noted.contains("SECRET-TOKEN"), "Quay notes all of it");
    let read = command.core.read_data("quay_usage_logs", json!({ "namespace": "acme" })).await;
    let shown = format!("{:?}", read.unwrap_or_else(|said| panic!("{}", text(&said))));
    assert!(shown.contains("https://audit.example.com") && !shown.contains("SECRET"), "{shown}");
}
