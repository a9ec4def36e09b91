//! Builds that are waited for: what is told of them, and when and how the waiting ends.

use registry_simulator::{Action as Does, Fault};
use serde_json::{Value as Json, json};
use terraform_framework::server::{ClientCapabilities, Encoded};

use super::{archive, builder, builds, edit, invoked, world};
use crate::core::{config, text};
use crate::world::World;

#[tokio::test]
async fn a_build_is_followed_through_its_phases() {
    let world = world(builder(&["build-scheduled", "building", "pushing", "complete"])).await;
    let config = archive(json!({ "tags": ["v1"], "dockerfile_path": "/web/Dockerfile" }));
    let told = invoked(&world, "quay_start_build", config).await.unwrap();
    for phase in ["waiting", "build-scheduled", "building (step 1 of 1)", "complete"] {
        assert!(told.iter().any(|line| line.ends_with(phase)), "{phase} is not told in {told:?}");
    }
    let made = &builds(&world)[0];
    assert_eq!(made["tags"], json!(["v1"]));
    // As Quay has it: the context is the folder of the Dockerfile.
    assert_eq!((&made["subdirectory"], &made["context"]), (&json!("/web/Dockerfile"), &json!("/web")));
}

#[tokio::test]
async fn a_build_that_fails_says_the_end_of_its_log_if_it_may() {
    let world = world(builder(&["building", "error"])).await;
    const END: &str = "The Dockerfile has no step FROM";
    let said = invoked(&world, "quay_start_build", archive(json!({ "show_log": true }))).await.unwrap_err();
    assert!(said.contains("of repository acme/app failed") && said.contains(END), "{said}");
    // A log may hold secrets.
    let said = invoked(&world, "quay_start_build", archive(json!({}))).await.unwrap_err();
    assert!(said.contains("of repository acme/app failed") && said.contains("`include_logs`"), "{said}");
    assert!(!said.contains(END), "{said}");
    edit(&world, builder(&["cancelled"]));
    let said = invoked(&world, "quay_start_build", archive(json!({}))).await.unwrap_err();
    assert!(said.contains("was cancelled"), "{said}");
    edit(&world, builder(&["expired"]));
    let said = invoked(&world, "quay_start_build", archive(json!({}))).await.unwrap_err();
    assert!(said.contains("was given up"), "{said}");
}

#[tokio::test]
async fn a_build_is_waited_for_as_long_as_is_said() {
    let world = world(builder(&[])).await;
    let told = invoked(&world, "quay_start_build", archive(json!({ "wait": false }))).await.unwrap();
    assert_eq!(told.len(), 1, "{told:?}");
    let said = invoked(&world, "quay_start_build", archive(json!({ "timeout": "5ms" }))).await.unwrap_err();
    assert!(said.contains("is not over") && said.contains("goes on at the server"), "{said}");
    assert!(builds(&world).iter().all(|build| build["phase"] == "waiting"));
}

/// Starts a build, and does something else as soon as its status was asked for so many times. Gives what was said.
async fn meanwhile(world: &World, settings: Json, times: u64, then: impl FnOnce()) -> String {
    let command = world.command_with(settings).await;
    let mut invoked = std::pin::pin!(command.core.invoke("quay_start_build", archive(json!({}))));
    let asked = async {
        let seen = || {
            let requests = world.simulator.requests();
            (requests.of_method("POST"), requests.of("GET", STATUS))
        };
        while seen().0 == 0 || seen().1 < times {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        early = &mut invoked => panic!("it ended too early: {early:?}"),
        () = asked => then(),
    }
    text(&invoked.await.unwrap_err())
}

const STATUS: &str = "/api/v1/repository/{repository}/build/{build_uuid}/status";

/// A patch to the build that there is.
fn patched(world: &World, patch: Json) {
    let dump = world.simulator.dump();
    let uuid = dump["quay"]["repositories"]["acme/app"]["builds"].as_object().unwrap().keys().next().unwrap().clone();
    edit(world, json!({ "quay": { "repositories": { "acme/app": { "builds": { uuid: patch } } } } }));
}

#[tokio::test]
async fn a_build_that_is_cancelled_or_deleted_meanwhile_is_told() {
    let world = world(builder(&[])).await;
    world.simulator.reset_requests();
    let said = meanwhile(&world, json!({}), 2, || patched(&world, json!({ "phase": "cancelled" }))).await;
    assert!(said.contains("was cancelled"), "{said}");
    edit(&world, json!({ "quay": { "repositories": { "acme/app": { "builds": null } } } }));
    world.simulator.reset_requests();
    let said = meanwhile(&world, json!({}), 1, || patched(&world, Json::Null)).await;
    assert!(said.contains("is gone") && said.contains("deleted while it was waited for"), "{said}");
}

#[tokio::test]
async fn stopping_ends_the_waiting_for_a_build() {
    let world = world(builder(&[])).await;
    world.simulator.reset_requests();
    let command = world.command_with(json!({ "poll_interval": "1h" })).await;
    let mut invoked = std::pin::pin!(command.core.invoke("quay_start_build", archive(json!({}))));
    let started = async {
        while world.simulator.requests().of_method("POST") == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        early = &mut invoked => panic!("it ended too early: {early:?}"),
        () = started => command.core.serve().stop(),
    }
    let said = text(&invoked.await.unwrap_err());
    for words in ["is not over", "The wait was stopped", "It is waiting and goes on at the server", "quay_cancel_build"]
    {
        assert!(said.contains(words), "{said}");
    }
    assert_eq!(builds(&world)[0]["phase"], "waiting");
}

#[tokio::test]
async fn a_server_that_goes_away_ends_the_waiting_for_a_build() {
    let world = world(builder(&["pulling"])).await;
    let gone = Fault::once("GET", "*/status", Does::CutBefore).skip(1).times(u32::MAX);
    world.simulator.fault(gone);
    let said = invoked(&world, "quay_start_build", archive(json!({}))).await.unwrap_err();
    for words in ["Cannot read the status of build", "was pulling when it was seen last", "goes on at the server"] {
        assert!(said.contains(words), "{said}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_not_waited_for_beyond_the_time() {
    let world = world(builder(&[])).await;
    world.simulator.fault(Fault::once("GET", "*/status", Does::Delay { milliseconds: 3_600_000 }).times(u32::MAX));
    let config = archive(json!({ "timeout": "5ms" }));
    let said = invoked(&world, "quay_start_build", config).await.unwrap_err();
    assert!(said.contains("is not over") && said.contains("as long as `timeout` allows"), "{said}");
}

/// Between two looks an hour passes, and the last one is at the end of the time.
#[tokio::test]
async fn a_build_is_looked_at_when_the_time_is_over() {
    let world = world(builder(&["complete"])).await;
    let command = world.command_with(json!({ "poll_interval": "1h" })).await;
    let told = command.core.invoke("quay_start_build", archive(json!({ "timeout": "5ms" }))).await.unwrap();
    assert!(told.iter().any(|line| line.ends_with("complete")), "{told:?}");
    command.end();
}

/// A server that lost its memory says so, and is asked again.
#[tokio::test]
async fn a_server_that_does_not_know_for_a_while_is_asked_again() {
    let world = world(builder(&["cannot_load", "internalerror", "building", "complete"])).await;
    let told = invoked(&world, "quay_start_build", archive(json!({}))).await.unwrap();
    for phase in ["cannot_load", "internalerror", "complete"] {
        assert!(told.iter().any(|line| line.contains(&format!(": {phase}"))), "{phase} is not told in {told:?}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_build_is_named_in_the_plan() {
    let world = world(json!({})).await;
    for (builds, words) in [(false, "FEATURE_BUILD_SUPPORT is off"), (true, "")] {
        edit(&world, json!({ "quay": { "config": { "FEATURE_BUILD_SUPPORT": builds } } }));
        let command = world.command().await;
        let schema = &command.core.schemas().actions["quay_start_build"];
        let asked = Encoded::of(&config(schema, archive(json!({}))), &schema.ty()).unwrap();
        let (said, _) =
            command.core.serve().plan_action("quay_start_build", asked, ClientCapabilities::default()).await;
        assert!(text(&said).contains(words) && said.0.is_empty() == builds, "{}", text(&said));
        command.end();
    }
}
