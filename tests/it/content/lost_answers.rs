//! Answers that are lost while the server is still at work: nothing is done twice.

use registry_simulator::{Action as Does, Fault};
use serde_json::{Value as Json, json};

use super::builds::{of_app, world};
use super::{held, with_images};
use crate::core::text;
use crate::world::table::builds::{FIRST, begun};

/// Quay asks the source's service for minutes before it notes that a trigger is set up, and would make keys and webhooks once more.
#[tokio::test]
async fn a_trigger_is_never_activated_twice() {
    let config = of_app(json!({ "trigger_id": FIRST, "build_source": "git@git.example.com:team/app.git" }));
    let kind = "quay_build_trigger";
    for status in [502, 503, 504] {
        let world = world(begun()).await;
        let command = world.command().await;
        world.simulator.reset_requests();
        world.simulator.fault(Fault::once("POST", "*/activate", Does::Late { status, after: 3 }));
        let made = command.apply(kind, None, Some(config.clone())).await.unwrap();
        assert_eq!(world.simulator.requests().of_method("POST"), 1, "after {status}");
        command.is_settled(&made, config.clone()).await.unwrap();
        command.end();
    }
    let world = world(begun()).await;
    let command = world.command().await;
    world.simulator.reset_requests();
    world.simulator.fault(Fault::once("POST", "*/activate", Does::Late { status: 504, after: 6 }));
    let applied = command.apply(kind, None, Some(config.clone())).await;
    let said = text(&applied.diagnostics);
    assert!(said.contains("was not sent again") && said.contains("import the object"), "{said}");
    assert!(applied.instance.is_none());
    assert_eq!(world.simulator.requests().of_method("POST"), 1);
    // The next apply finds it.
    let said = text(&command.apply(kind, None, Some(config)).await.diagnostics);
    assert!(said.contains(&format!("terraform import quay_build_trigger.NAME 'acme/app/{FIRST}'")), "{said}");
    assert_eq!(world.simulator.requests().of_method("POST"), 1);
    command.end();
}

/// Quay adds an equal label beside the first.
#[tokio::test]
async fn a_label_is_never_added_twice() {
    let labels = |text: &Json| text.to_string().matches("\"key\":\"team\"").count();
    for (status, after) in [(502, 2), (503, 2), (504, 2), (502, 9)] {
        let world = with_images().await;
        let command = world.command().await;
        let label = of_app(json!({ "manifest_digest": "${image:first}", "key": "team", "value": "infra" }));
        let label = world.configuration(&label);
        assert_eq!(labels(&held(&world, "")), 0);
        world.simulator.fault(Fault::once("POST", "*/labels", Does::Late { status, after }));
        world.simulator.reset_requests();
        let applied = command.apply("quay_manifest_label", None, Some(label.clone())).await;
        let said = text(&applied.diagnostics);
        assert_eq!(world.simulator.requests().of_method("POST"), 1, "after {status}");
        assert_eq!(applied.instance.is_some(), after == 2, "{said}");
        assert!(after == 2 || said.contains("was not sent again"), "{said}");
        command.end();
        assert!(labels(&held(&world, "")) <= 1, "{}", held(&world, ""));
    }
}

/// Quay has no unique key for it, and looks only before it makes it.
#[tokio::test]
async fn an_organization_is_never_made_a_cache_twice() {
    let world = world(json!({})).await;
    let command = world.command().await;
    let config = json!({ "organization": "acme", "upstream_registry": "docker.io" });
    world.simulator.fault(Fault::once("POST", "*/organization/acme/proxycache", Does::Late { status: 502, after: 3 }));
    world.simulator.reset_requests();
    let made = command.apply("quay_org_proxy_cache", None, Some(config.clone())).await.unwrap();
    let counted = world.simulator.requests();
    assert_eq!(counted.of_method("POST"), 1, "{counted:?}");
    command.is_settled(&made, config).await.unwrap();
    command.end();
}
