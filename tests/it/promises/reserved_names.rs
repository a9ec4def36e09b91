//! A name still reserved by a deletion under way is waited for, up to the timeout.

use registry_simulator::Options;
use serde_json::{Value as Json, json};

use crate::bad_input::says;
use crate::core::{Applied, text};
use crate::world::{Command, Service, Through, World};

/// A Quay on which the name acme stays reserved until garbage is collected.
async fn reserved() -> World {
    let mut options = Options::default();
    options.quay.collect_garbage_after = None;
    let world = World::with(Service::Quay, Through::Calls, options);
    let command = world.command().await;
    let made = command.core.run("quay_organization", None, json!({ "name": "acme" })).await.unwrap();
    let gone = command.core.destroy(&made).await;
    assert!(!gone.diagnostics.has_errors(), "{}", text(&gone.diagnostics));
    command.end();
    world.simulator.reset_requests();
    world
}

async fn create(command: &Command<'_>, timeout: Json) -> Applied {
    command.apply("quay_organization", None, Some(json!({ "name": "acme", "timeouts": { "create": timeout } }))).await
}

/// Creates, and does something else as soon as the name was asked for so many times.
async fn create_and(command: &Command<'_>, world: &World, times: u64, then: impl FnOnce()) -> Applied {
    let mut created = std::pin::pin!(create(command, json!("10h")));
    let asked = async {
        while world.simulator.requests().of_method("POST") < times {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        early = &mut created => return early,
        () = asked => then(),
    }
    created.await
}

#[tokio::test]
async fn it_is_asked_for_until_it_is_free() {
    let world = reserved().await;
    let command = world.command().await;
    create_and(&command, &world, 3, || world.simulator.collect_garbage()).await.unwrap();
    assert!(world.simulator.requests().of_method("POST") > 3);
}

#[tokio::test]
async fn there_is_an_end_to_waiting() {
    let world = reserved().await;
    // The next look would be after the end: nothing is waited for.
    let command = world.command_with(json!({ "poll_interval": "1h" })).await;
    let said = create(&command, json!("10m")).await;
    assert!(said.instance.is_none());
    let words = ["Username is not available", "free again when Quay has cleaned up", "`timeouts.create`"];
    says(&world, &said.diagnostics, &words);
    assert_eq!(world.simulator.requests().of_method("POST"), 1);
    // The end comes between two looks, or in the middle of one.
    let said = create(&world.command().await, json!("100ms")).await;
    assert!(said.instance.is_none());
    says(&world, &said.diagnostics, &words[1..]);
}

#[tokio::test]
async fn stopping_ends_the_waiting() {
    let world = reserved().await;
    let command = world.command_with(json!({ "poll_interval": "1h" })).await;
    let said = create_and(&command, &world, 1, || command.core.serve().stop()).await;
    assert!(said.instance.is_none());
    says(&world, &said.diagnostics, &["Username is not available", "until that was stopped"]);
}
