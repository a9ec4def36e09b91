//! OAuth applications, their tokens, application tokens: tokens for the time of a run, what earlier runs left behind, and what is no drift.

use registry_simulator::{Action as Does, Fault};
use serde_json::{Value as Json, json};
use terraform_framework::value::Value;

use super::{acme, world};
use crate::bad_input::says;
use crate::core::text;
use crate::world::World;
use crate::world::inspect::{edit, ephemeral_result, listed, open};

const APPLICATION: &str = "/quay/organizations/acme/applications/0";

/// Members of the items of an array in the simulator's dump.
fn members(world: &World, pointer: &str, member: &str) -> Vec<String> {
    let dump = world.simulator.dump();
    let items = dump.pointer(pointer).and_then(Json::as_array).cloned().unwrap_or_default();
    items.iter().map(|item| item[member].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn app_tokens_that_earlier_runs_left_behind_are_revoked_and_no_others() {
    let world = world(&[]).await;
    let old = |title: &str, uuid: &str, created: &str| {
        json!({ "uuid": uuid, "user": "admin", "title": title, "created": created, "expiration": null,
            "last_accessed": null, "token_code": "x" })
    };
    let long_ago = "Sat, 07 Mar 2020 10:11:12 -0000";
    let in_future = "Sat, 07 Mar 2099 10:11:12 -0000";
    let tokens = json!([
        old("terraform-0123456789abcdef", "u1", long_ago),
        old("terraform-fedcba9876543210", "u2", in_future),
        old("terraform-cloud", "u3", long_ago),
        old("laptop", "u4", long_ago),
    ]);
    world.simulator.edit(json!({ "quay": { "app_tokens": tokens } })).unwrap();
    let command = world.command().await;
    let opened = open(&command, "quay_app_token", json!({})).await;
    let token = ephemeral_result(&command, "quay_app_token", &opened, "token");
    assert_eq!(members(&world, "/quay/app_tokens", "token_code").last(), Some(&token));
    assert_eq!(members(&world, "/quay/app_tokens", "uuid")[..3], ["u2", "u3", "u4"].map(str::to_owned));
    let private = opened.private.unwrap();
    assert!(!String::from_utf8_lossy(&private).contains(&token));
    let closed = command.core.serve().close("quay_app_token", private).await;
    assert!(closed.0.is_empty(), "{}", text(&closed));
    assert_eq!(members(&world, "/quay/app_tokens", "uuid"), ["u2", "u3", "u4"]);
}

fn board() -> (&'static str, Json) {
    ("quay_oauth_application", json!({ "organization": "acme", "name": "Board" }))
}

#[tokio::test]
async fn an_api_token_for_a_run_works_and_is_revoked() {
    let world = world(&[acme(), board()]).await;
    let asked = world.configuration(&json!({ "organization": "acme", "client_id": "${client}",
        "scopes": ["user:read", "org:admin", "user:admin"] }));
    let command = world.command().await;
    let kind = "quay_oauth_application_token";
    let opened = open(&command, kind, asked.clone()).await;
    let token = ephemeral_result(&command, kind, &opened, "token");
    let private = opened.private.unwrap();
    // A provider works with it.
    let other = world.command_with(json!({ "token": token })).await;
    other.core.run("quay_robot", None, json!({ "namespace": "acme", "name": "ci" })).await.unwrap();

    // Killed before it was closed, and long ago: the next one deletes it.
    let ended = json!([{ "op": "replace", "path": format!("{APPLICATION}/api_tokens/0/expires_at"),
        "value": "2020-01-01T00:00:00.000000Z" }]);
    world.simulator.edit(ended).unwrap();
    let second = open(&command, kind, asked).await;
    let uuid = ephemeral_result(&command, kind, &second, "uuid");
    assert_eq!(members(&world, &format!("{APPLICATION}/api_tokens"), "uuid"), [uuid]);
    for private in [second.private.unwrap(), private] {
        let closed = command.core.serve().close(kind, private).await;
        assert!(closed.0.is_empty(), "also of what is gone: {}", text(&closed));
    }
    assert_eq!(members(&world, &format!("{APPLICATION}/api_tokens"), "uuid"), Vec::<String>::new());
}

#[tokio::test]
async fn nobody_gives_more_than_the_own_token_may_do() {
    let world = world(&[acme(), board()]).await;
    let dump = world.simulator.dump();
    let tokens = dump["quay"]["tokens"].as_object().unwrap();
    let weak = tokens.iter().find(|(_, token)| token["label"] == "admin_nosuper").unwrap().0.clone();
    let command = world.command_with(json!({ "token": weak })).await;
    let config = world.configuration(&json!({ "organization": "acme", "client_id": "${client}", "name": "t",
        "scopes": ["super:user"] }));
    let made = command.core.run("quay_oauth_application_token", None, config).await;
    let said = text(&made.diagnostics);
    assert!(said.contains("no token give more than it may do itself") && said.contains("super:user"), "{said}");
    assert!(made.instance.is_none());
}

#[tokio::test]
async fn a_token_whose_answer_was_lost_is_revoked_and_made_again() {
    let world = world(&[acme(), board()]).await;
    world.simulator.fault(Fault::once("POST", "*", Does::CutAfter));
    let config = world.configuration(&json!({ "organization": "acme", "client_id": "${client}", "name": "t",
        "scopes": ["repo:read"], "store_token": true }));
    let made = world.command().await.core.run("quay_oauth_application_token", None, config).await.unwrap();
    let tokens = members(&world, &format!("{APPLICATION}/api_tokens"), "token");
    assert_eq!(made.state.attribute("token"), Some(&Value::from(tokens[0].clone())));
    assert_eq!(tokens.len(), 1, "nothing is left of the first one");
}

#[tokio::test]
async fn an_app_token_of_another_user_is_an_error_and_never_gone() {
    let world = world(&[]).await;
    let own = world.command().await.core.run("quay_app_token", None, json!({ "title": "laptop" })).await.unwrap();
    let dump = world.simulator.dump();
    let tokens = dump["quay"]["tokens"].as_object().unwrap();
    let carol = tokens.iter().find(|(_, token)| token["label"] == "carol").unwrap().0.clone();
    let said = world.command_with(json!({ "token": carol })).await.core.refresh(&own).await;
    let said = text(&said.expect_err("it is not carol's"));
    assert!(said.contains("belongs to user admin") && said.contains("Nothing was removed from the state"), "{said}");
}

#[tokio::test]
async fn an_app_token_that_has_ended_is_made_anew() {
    let world = world(&[]).await;
    edit(&world, json!({ "quay": { "config": { "APP_SPECIFIC_TOKEN_EXPIRATION": "1d" } } }));
    let command = world.command().await;
    let made = command.core.run("quay_app_token", None, json!({ "title": "laptop" })).await.unwrap();
    assert!(command.refresh(&made).await.unwrap().is_some());
    let mut tokens = world.simulator.dump()["quay"]["app_tokens"].clone();
    tokens[0]["expiration"] = json!("Sat, 07 Mar 2020 10:11:12 -0000");
    edit(&world, json!({ "quay": { "app_tokens": tokens } }));
    let command = world.command().await;
    assert!(command.refresh(&made).await.unwrap().is_none(), "an ended token is gone");
    assert!(text(&command.core.says_of(&made).await).contains("The time of app token \"laptop\" is over"));
    assert_eq!(listed(&command, "quay_app_token", json!({})).await, 0);
}

#[tokio::test]
async fn what_is_not_there_is_not_revoked_or_encrypted() {
    let world = world(&[]).await;
    let command = world.command().await;
    for (action, list) in [
        ("quay_revoke_user_authorization", "quay_user_authorizations shows all"),
        ("quay_decline_assigned_authorization", "quay_assigned_authorizations shows all"),
    ] {
        let said = command.core.invoke(action, json!({ "uuid": "nosuch" })).await.unwrap_err();
        says(&world, &said, &["There is no authorization nosuch", list]);
    }
    let said = command.core.open_and_close("quay_encrypted_password", json!({ "password": "a-wrong-one" })).await;
    says(&world, &said.unwrap_err(), &["Invalid Username or Password", "logs in to Quay's web pages"]);
}
