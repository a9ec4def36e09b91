//! The server itself: messages to everybody, service keys, a registry that is read-only, tokens that are silently nobody's, and what it says of
//! itself.

mod capabilities;

use registry_simulator::{Action as Does, Fault};
use serde_json::json;
use terraform_framework::value::Value;

use super::releases::{missing, of_release};
use super::users::own_account::{own, quay, refused};
use super::{acme, ci, world};
use crate::bad_input::{says, token};
use crate::core::text;
use crate::world::inspect::{edit, held, read, string};
use crate::world::table::cases;
use crate::world::{Service, Through, World};

#[tokio::test]
async fn equal_messages_never_share_one() {
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    let config = json!({ "content": "Maintenance." });
    let make = || command.core.run("quay_global_message", None, config.clone());
    let (first, second, third) = tokio::join!(make(), make(), make());
    let mut ids: Vec<_> = [first, second, third].into_iter().map(|made| string(&made.unwrap(), "uuid")).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

/// What is there afterwards may be somebody else's, so it is named and not taken over.
#[tokio::test]
async fn a_message_that_a_failing_server_made_all_the_same_is_named() {
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    world.simulator.fault(Fault::once("GET", "*/messages", Does::Stale).skip(1));
    command.core.list("quay_global_message", json!({})).await.unwrap();
    let uuid = "5ad7b2a8-1d4c-4f0e-9d57-0c1a9e3f2b10";
    let made = json!([{ "uuid": uuid, "content": "Maintenance.", "media_type": "text/plain", "severity": "info" }]);
    world.simulator.edit(json!({ "quay": { "messages": made } })).unwrap();
    world.simulator.fault(Fault::once("POST", "*/messages", Does::quay_crash()));
    let failed = command.core.run("quay_global_message", None, json!({ "content": "Maintenance." })).await;
    let said = text(&failed.diagnostics);
    assert!(failed.instance.is_none() && said.contains("answered with 500") && said.contains(uuid), "{said}");
}

/// Deleting answers 204 for anything; reading must tell.
#[tokio::test]
async fn a_deleted_message_is_gone() {
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    let made = command.core.run("quay_global_message", None, json!({ "content": "Maintenance." })).await.unwrap();
    world.simulator.edit(json!({ "quay": { "messages": [] } })).unwrap();
    assert!(command.refresh(&made).await.unwrap().is_none());
}

/// Quay answers 201 and drops the notes.
#[tokio::test]
async fn a_key_that_is_approved_keeps_its_approval() {
    let world = world(&[]).await;
    let command = world.command().await;
    let config = json!({ "service": "scanner", "notes": "by Terraform" });
    let made = command.core.run("quay_service_key", None, config).await.unwrap();
    let before = held(&world);
    let again = json!({ "kid": string(&made, "kid"), "notes": "once more" });
    let done = command.core.invoke("quay_approve_service_key", again).await.unwrap();
    assert!(done.concat().contains("was approved already"), "{done:?}");
    assert_eq!(held(&world), before);
}

#[tokio::test]
async fn a_server_that_shows_nothing_to_strangers_is_used_all_the_same() {
    let world = world(&[acme(), ci()]).await;
    edit(&world, json!({ "quay": { "config": { "FEATURE_ANONYMOUS_ACCESS": false } } }));
    let command = world.command().await;
    let robot = command.core.import("quay_robot", "acme+ci", None).await.unwrap();
    assert!(command.refresh(&robot).await.unwrap().is_some());
    let nobody = world.command_with(json!({ "token": token(&world, "admin_expired") })).await;
    for kind in ["quay_organization", "quay_robot"] {
        let id = if kind == "quay_robot" { "acme+ci" } else { "acme" };
        let said = nobody.core.import(kind, id, None).await.unwrap_err();
        says(&world, &said, &["has expired", "`token`"]);
    }
}

#[tokio::test]
async fn a_service_key_that_has_ended_is_told_of() {
    let world = world(&[]).await;
    let config = json!({ "service": "scanner", "expiration": "2090-01-01T00:00:00Z" });
    let made = world.command().await.core.run("quay_service_key", None, config).await.unwrap();
    let kid = crate::world::inspect::string(&made, "kid");
    edit(&world, json!({ "quay": { "service_keys": { kid: { "expiration": 1_600_000_000 } } } }));
    let command = world.command().await;
    assert!(command.refresh(&made).await.unwrap().is_some());
    let said = text(&command.core.says_of(&made).await);
    for words in ["The time of service key", "2020-09-13T12:26:40Z", "later `expiration`"] {
        assert!(said.contains(words), "{words} is not in {said}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_set_up_says_so_and_its_change_log_says_what_it_is() {
    let world = quay(&[]).await;
    let command = world.command_with(own("bob", &world)).await;
    let status = async || {
        let found = read(&command, "quay_registry_status", json!({})).await.unwrap();
        let text = |name: &str| found.attribute(name).and_then(Value::as_str).map(str::to_owned);
        (text("status"), text("configuration_provider"))
    };
    assert_eq!(status().await, (Some("ready".to_owned()), Some("file".to_owned())));
    edit(&world, json!({ "quay": { "config": { "SETUP_COMPLETE": false } } }));
    assert_eq!(status().await, (Some("setup-incomplete".to_owned()), None));
    let said = read(&command, "quay_changelog", json!({})).await.unwrap_err();
    says(&world, &said, &["super:user"]);
    let whole = read(&world.command().await, "quay_changelog", json!({ "include_text": true })).await.unwrap();
    assert_eq!(whole.attribute("version").and_then(Value::as_str), Some("3.18.0"));
    assert!(whole.attribute("text").and_then(Value::as_str).is_some_and(|text| text.contains("## [v3.18.0]")));
    let world = quay(&["FEATURE_SUPER_USERS"]).await;
    for name in ["quay_registry_status", "quay_changelog"] {
        let said = read(&world.command().await, name, json!({})).await.unwrap_err();
        says(&world, &said, &["FEATURE_SUPER_USERS"]);
    }
}

#[tokio::test]
async fn only_the_server_that_is_named_is_shut_down() {
    const ACTION: &str = "quay_shut_down_server";
    let world = quay(&[]).await;
    let host = world.simulator.url().trim_start_matches("http://").to_owned();
    let other = json!({ "host": "quay.example.com" });
    refused(&world, "admin", ACTION, other, &["quay.example.com is another server", &host]).await;
    let this = json!({ "host": host });
    refused(&world, "bob", ACTION, this.clone(), &["Cannot shut down the server", "super:user"]).await;
    world.command().await.core.invoke(ACTION, this.clone()).await.unwrap();
    assert_eq!(world.simulator.dump()["quay"]["shutdowns"], 1);
    // Its last answer may not arrive, which is no reason to end it twice.
    world.simulator.fault(Fault::once("POST", "/api/v1/superuser/shutdown", Does::CutAfter));
    world.command().await.core.invoke(ACTION, this.clone()).await.unwrap();
    assert_eq!(world.simulator.dump()["quay"]["shutdowns"], 2);
    let world = quay(&["FEATURE_SUPER_USERS"]).await;
    let this = json!({ "host": world.simulator.url().trim_start_matches("http://") });
    refused(&world, "admin", ACTION, this, &["This Quay has no shutdown", "FEATURE_SUPER_USERS"]).await;
}

#[tokio::test]
async fn a_server_that_tells_nothing_of_its_features_is_asked_all_the_same() {
    let world = of_release("3.18", &["FEATURE_USER_METADATA"], &[]).await;
    world.simulator.fault(missing("/config"));
    let profile = json!({ "user": "admin", "given_name": "Ada" });
    let said = world.command().await.apply("quay_user_settings", None, Some(profile)).await;
    says(&world, &said.diagnostics, &["`given_name` was not changed", "FEATURE_USER_METADATA"]);
}

/// Quay answers 405, as where a route is missing: nothing is gone, no feature is off.
#[tokio::test]
async fn a_registry_that_is_read_only_says_so_and_loses_nothing() {
    let mut wrong = Vec::new();
    for case in cases().iter().filter(|case| case.service() == Service::Quay) {
        let world = World::new(Service::Quay, Through::Calls);
        world.prepare(case).await;
        let config = world.configuration(&case.config);
        let made =
            world.command().await.storing(case.stores).apply(case.resource, None, Some(config.clone())).await.unwrap();
        edit(&world, json!({ "quay": { "config": { "REGISTRY_STATE": "readonly" } } }));
        let before = held(&world);
        let command = world.command().await.storing(case.stores);
        if let Err(why) = command.is_settled(&made, config).await {
            wrong.push(format!("{}: {why}", case.name()));
        }
        // What a token's own user has set stays there in any case.
        let gone = command.core.destroy(&made).await;
        if case.resource != "quay_user_settings" {
            let said = text(&gone.diagnostics);
            if !said.contains("read-only") || said.contains("FEATURE_") || gone.instance.is_none() {
                wrong.push(format!("{}: the destruction says: {said}", case.name()));
            }
        }
        if held(&world) != before {
            wrong.push(format!("{}: something was changed", case.name()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is public, Quay shows to a bad token as it shows it to everybody: nothing of that is believed.
#[tokio::test]
async fn what_is_shown_to_everybody_is_not_taken_from_a_bad_token() {
    let public = ("quay_repository", json!({ "namespace": "acme", "name": "app", "visibility": "public" }));
    let world = world(&[
        acme(),
        public,
        ("quay_repository", json!({ "namespace": "acme", "name": "other", "visibility": "public" })),
    ])
    .await;
    let found = world.command().await.core.import("quay_repository", "acme/app", None).await.unwrap();
    for bad in ["of-nobody-at-all".to_owned(), token(&world, "admin_expired")] {
        let command = world.command_with(json!({ "token": bad })).await;
        let at_once = futures::future::join_all((0..4).map(|_| command.core.refresh(&found))).await;
        for said in at_once {
            says(&world, &said.expect_err("it is nobody's"), &["the token is wrong, has expired or was revoked"]);
        }
        let reads = [
            ("quay_organization", json!({ "name": "acme" })),
            ("quay_repository", json!({ "namespace": "acme", "name": "app" })),
            ("quay_repositories", json!({ "namespace": "acme" })),
        ];
        for (kind, asked) in reads {
            let said = read(&command, kind, asked).await.expect_err(kind);
            says(&world, &said, &["the token is wrong, has expired or was revoked"]);
        }
        // Gone behind its back, it is not said to be gone either.
        edit(&world, json!({ "quay": { "repositories": { "acme/other": null } } }));
        let others = command.core.list("quay_repository", json!({ "namespace": "acme" })).await;
        says(&world, &others.unwrap_err(), &["the token is wrong"]);
    }
}
