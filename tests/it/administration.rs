//! What Quay does to superusers in silence, and what its provider makes of it.

use registry_simulator::{Action as Does, Fault};
use serde_json::{Value as Json, json};
use terraform_framework::Path;

use crate::core::{Instance, text};
use crate::world::{Service, Through, World};

fn quay() -> World {
    World::new(Service::Quay, Through::Calls)
}

fn text_of(instance: &Instance, name: &str) -> Option<String> {
    instance.state.attribute(name).and_then(|value| value.as_str()).map(str::to_owned)
}

fn cut_after(method: &str, path: &str) -> Fault {
    Fault { method: method.to_owned(), path: path.to_owned(), skip: 0, times: 1, action: Does::CutAfter }
}

#[tokio::test]
async fn a_tag_expiration_that_the_server_does_not_offer_is_refused_with_the_choices() {
    let world = quay();
    let config = json!({ "name": "acme", "tag_expiration_s": 12_345 });
    let refused = world.command().await.core.run("quay_organization", None, config.clone()).await;
    assert!(refused.instance.is_none());
    let said = text(&refused.diagnostics);
    assert!(said.contains("12345") && said.contains("86400 (1d)") && said.contains("TAG_EXPIRATION_OPTIONS"), "{said}");
    let at = |d: &terraform_framework::Diagnostic| d.path == Some(Path::attribute("tag_expiration_s"));
    assert!(refused.diagnostics.0.iter().any(at), "{said}");
    assert_eq!(world.simulator.dump()["quay"]["organizations"], json!({}), "nothing was sent");
    // The server's own choices count, not a list of ours.
    world.simulator.edit(json!({ "quay": { "config": { "TAG_EXPIRATION_OPTIONS": ["12345s"] } } })).unwrap();
    world.command().await.core.run("quay_organization", None, config).await.unwrap();
}

#[tokio::test]
async fn a_stored_password_is_the_one_that_logs_in_also_when_an_answer_is_lost() {
    let world = quay();
    world.simulator.fault(cut_after("POST", "/api/v1/superuser/users/"));
    let config = json!({ "username": "dave", "email": "dave@example.com", "store_password": true });
    let made = world.command().await.core.run("quay_user", None, config).await.unwrap();
    let held = world.simulator.dump()["quay"]["users"]["dave"]["password"].as_str().map(str::to_owned);
    assert!(held.is_some());
    assert_eq!(text_of(&made, "generated_password"), held);
}

#[tokio::test]
async fn a_password_that_was_not_asked_for_is_not_in_the_state_and_that_is_said() {
    let world = quay();
    let config = json!({ "username": "dave", "email": "dave@example.com" });
    let command = world.command().await;
    let plan = command.plan("quay_user", None, config.clone()).await.unwrap();
    assert!(text(&plan.diagnostics).contains("Nobody will know the user's password"));
    let made = command.core.run("quay_user", None, config).await.unwrap();
    assert_eq!(text_of(&made, "generated_password"), None);
    let held = world.simulator.dump()["quay"]["users"]["dave"]["password"].as_str().unwrap().to_owned();
    assert!(!format!("{:?}", made.state).contains(&held));
}

/// The answer to a change still shows the user as enabled, and as not confirmed.
#[tokio::test]
async fn what_a_stale_answer_shows_is_not_believed() {
    let world = quay();
    let command = world.command().await;
    let config = |email: &str, enabled: bool| json!({ "username": "dave", "email": email, "enabled": enabled, "password": "Chosen-Password-1" });
    let made = command.core.run("quay_user", None, config("d@example.com", true)).await.unwrap();
    let changed = command.core.run("quay_user", Some(&made), config("e@example.com", false)).await.unwrap();
    let flag = |name: &str| changed.state.attribute(name).and_then(|value| value.as_bool());
    assert_eq!((flag("enabled"), flag("verified")), (Some(false), Some(true)));
}

#[tokio::test]
async fn a_user_with_repositories_is_not_destroyed() {
    let world = quay();
    let command = world.command().await;
    let config = json!({ "username": "dave", "email": "d@example.com", "store_password": true });
    let made = command.core.run("quay_user", None, config).await.unwrap();
    let repository = json!({ "dave/app": { "number": 1000, "description": "", "is_public": false, "state": "NORMAL",
        "status_token": "", "users": {}, "teams": {} } });
    world.simulator.edit(json!({ "quay": { "repositories": repository } })).unwrap();
    let refused = command.apply("quay_user", Some(&made), None).await;
    let said = text(&refused.diagnostics);
    assert!(said.contains("repository dave/app") && said.contains("force_destroy"), "{said}");
    assert!(world.simulator.dump()["quay"]["users"]["dave"].is_object());
}

/// Quay refuses it too; the plan before says nothing is wrong.
#[tokio::test]
async fn a_superuser_is_read_and_not_changed() {
    let world = quay();
    let command = world.command().await;
    let admin = command.core.import("quay_user", "admin", None).await.unwrap();
    let config = json!({ "username": "admin", "enabled": false });
    let refused = command.apply("quay_user", Some(&admin), Some(config)).await;
    let said = text(&refused.diagnostics);
    assert!(said.contains("Cannot update a superuser") && said.contains("SUPER_USERS"), "{said}");
    let held = &world.simulator.dump()["quay"]["users"]["admin"]["enabled"];
    assert_eq!(held, &Json::Bool(true));
}

#[tokio::test]
async fn equal_messages_never_share_one() {
    let world = quay();
    let command = world.command().await;
    let config = json!({ "content": "Maintenance." });
    let make = || command.core.run("quay_global_message", None, config.clone());
    let (first, second, third) = tokio::join!(make(), make(), make());
    let mut ids: Vec<_> =
        [first, second, third].into_iter().map(|made| text_of(&made.unwrap(), "uuid").unwrap()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

/// What is there afterwards may be somebody else's, so it is named and not taken over.
#[tokio::test]
async fn a_message_that_a_failing_server_made_all_the_same_is_named() {
    let world = quay();
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
    let world = quay();
    let command = world.command().await;
    let made = command.core.run("quay_global_message", None, json!({ "content": "Maintenance." })).await.unwrap();
    world.simulator.edit(json!({ "quay": { "messages": [] } })).unwrap();
    assert!(command.refresh(&made).await.unwrap().is_none());
}

#[tokio::test]
async fn the_registrys_default_quota_is_not_taken_over() {
    let world = quay();
    let command = world.command().await;
    command.core.run("quay_organization", None, json!({ "name": "acme" })).await.unwrap();
    let made =
        command.core.run("quay_org_quota", None, json!({ "organization": "acme", "limit": "1 GiB" })).await.unwrap();
    let edit = json!([
        { "op": "replace", "path": "/quay/config/DEFAULT_SYSTEM_REJECT_QUOTA_BYTES", "value": 1024 },
        { "op": "replace", "path": "/quay/organizations/acme/quota", "value": null },
    ]);
    world.simulator.edit(edit).unwrap();
    assert!(
        world.command().await.refresh(&made).await.unwrap().is_none(),
        "the default is not the organization's own quota"
    );
}

/// Quay's routes for users' quotas take organizations too, and fail (500) for nobody's name.
#[tokio::test]
async fn a_users_quota_is_a_users() {
    let world = quay();
    let command = world.command().await;
    command.core.run("quay_organization", None, json!({ "name": "acme" })).await.unwrap();
    for name in ["acme", "nobody"] {
        let refused = command.core.run("quay_user_quota", None, json!({ "user": name, "limit": "1 GiB" })).await;
        assert!(refused.instance.is_none());
        assert!(text(&refused.diagnostics).contains(&format!("There is no user {name}")));
    }
    assert_eq!(world.simulator.dump()["quay"]["organizations"]["acme"]["quota"], Json::Null);
}
