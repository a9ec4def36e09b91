//! Users, as superusers manage them: what Quay does in silence, and what its provider makes of it.

mod notices;
pub(crate) mod own_account;

use registry_simulator::{Action as Does, Fault};
use serde_json::{Value as Json, json};

use super::releases::{of_release, refused_by_plan, switch};
use crate::bad_input::says;
use crate::core::{Instance, text};
use crate::world::{Service, Through, World};

fn text_of(instance: &Instance, name: &str) -> Option<String> {
    instance.state.attribute(name).and_then(|value| value.as_str()).map(str::to_owned)
}

fn cut_after(method: &str, path: &str) -> Fault {
    Fault { method: method.to_owned(), path: path.to_owned(), skip: 0, times: 1, action: Does::CutAfter }
}

#[tokio::test]
async fn a_stored_password_is_the_one_that_logs_in_also_when_an_answer_is_lost() {
    let world = World::new(Service::Quay, Through::Calls);
    world.simulator.fault(cut_after("POST", "/api/v1/superuser/users/"));
    let config = json!({ "username": "dave", "email": "dave@example.com", "store_password": true });
    let made = world.command().await.core.run("quay_user", None, config).await.unwrap();
    let held = world.simulator.dump()["quay"]["users"]["dave"]["password"].as_str().map(str::to_owned);
    assert!(held.is_some());
    assert_eq!(text_of(&made, "generated_password"), held);
}

#[tokio::test]
async fn a_password_that_was_not_asked_for_is_not_in_the_state_and_that_is_said() {
    let world = World::new(Service::Quay, Through::Calls);
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
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    let config = |email: &str, enabled: bool| json!({ "username": "dave", "email": email, "enabled": enabled, "password": "Chosen-Password-1" });
    let made = command.core.run("quay_user", None, config("d@example.com", true)).await.unwrap();
    let changed = command.core.run("quay_user", Some(&made), config("e@example.com", false)).await.unwrap();
    let flag = |name: &str| changed.state.attribute(name).and_then(|value| value.as_bool());
    assert_eq!((flag("enabled"), flag("verified")), (Some(false), Some(true)));
}

#[tokio::test]
async fn a_user_with_repositories_is_not_destroyed() {
    let world = World::new(Service::Quay, Through::Calls);
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
    let world = World::new(Service::Quay, Through::Calls);
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
async fn what_a_server_ignores_of_a_users_settings_is_said_by_the_plan_and_else_by_the_apply() {
    let kind = "quay_user_settings";
    let profile = json!({ "user": "admin", "given_name": "Ada", "company": "Example" });
    let expiring = json!({ "user": "admin", "tag_expiration_s": 86_400 });
    let world = of_release("3.18", &[], &[]).await;
    let command = world.command().await;
    let plans = [
        command.plan(kind, None, profile.clone()).await.unwrap(),
        command.plan(kind, None, expiring.clone()).await.unwrap(),
    ];
    switch(&world, "FEATURE_USER_METADATA", false);
    switch(&world, "FEATURE_CHANGE_TAG_EXPIRATION", false);
    let words = [
        ["`given_name` was not changed", "FEATURE_USER_METADATA"],
        ["The tag expiration was not changed", "FEATURE_CHANGE_TAG_EXPIRATION"],
    ];
    for (plan, words) in plans.into_iter().zip(words) {
        says(&world, &command.core.apply(plan).await.diagnostics, &words);
    }
    refused_by_plan(&world, kind, None, profile, &["given_name", "company", "FEATURE_USER_METADATA"]).await;
    refused_by_plan(&world, kind, None, expiring, &["tag_expiration_s", "FEATURE_CHANGE_TAG_EXPIRATION"]).await;
    // Nor can be taken away what is there from another time.
    world.simulator.edit(json!({ "quay": { "users": { "admin": { "profile": { "company": "Example" } } } } })).unwrap();
    let read = world.command().await.core.import(kind, "admin", None).await.unwrap();
    let bare = json!({ "user": "admin" });
    refused_by_plan(
        &world,
        kind,
        Some(&read),
        bare,
        &["company", "FEATURE_USER_METADATA", "Set `company` to what it is"],
    )
    .await;
    world.simulator.edit(json!({ "quay": { "users": { "admin": { "profile": { "company": null } } } } })).unwrap();
    // What is there already, and what is of no feature, may be in the configuration.
    let same = json!({ "user": "admin", "tag_expiration_s": 1_209_600, "invoice_email": true });
    world.command().await.apply(kind, None, Some(same)).await.unwrap();
}
