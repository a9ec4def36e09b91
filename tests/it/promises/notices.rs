//! What the server tells its users, and whoever asks, of itself.

use serde_json::{Value as Json, json};
use terraform_framework::value::Value;

use super::own_account::{own, quay, refused};
use super::{edit, read};
use crate::bad_input::says;

#[tokio::test]
async fn all_notices_are_read_and_one_is_put_away_and_taken_back() {
    const ACTION: &str = "quay_dismiss_user_notice";
    let world = quay(&[]).await;
    let notice = |n: usize| {
        json!({ "id": format!("n{n}"), "created": "Fri, 20 Nov 2026 14:32:21 -0000", "code": format!("c{n}"),
            "inviter": "alice", "organization": "acme", "team": format!("t{n}") })
    };
    let notices: Vec<Json> = (0..250).map(notice).collect();
    edit(&world, json!({ "quay": { "users": { "bob": { "notifications": notices } } } }));
    let bob = world.command_with(own("bob", &world)).await;
    let found = async |asked: Json| {
        let all = read(&bob, "quay_user_notices", asked).await.unwrap();
        let text = |notice: &Value, name: &str| notice.attribute(name).and_then(Value::as_str).map(str::to_owned);
        let notices = all.attribute("notices").and_then(|all| all.as_list()).expect("a list");
        notices
            .iter()
            .map(|notice| (text(notice, "uuid").unwrap(), text(notice, "metadata").unwrap()))
            .collect::<Vec<_>>()
    };
    let all = found(json!({})).await;
    assert_eq!((all.len(), all[0].0.as_str(), all[249].0.as_str()), (250, "n249", "n0"));
    let metadata: Json = serde_json::from_str(&all[249].1).unwrap();
    assert_eq!(metadata, json!({ "code": "c0", "inviter": "alice", "org": "acme", "team": "t0" }));
    bob.core.invoke(ACTION, json!({ "uuid": "n0" })).await.unwrap();
    assert_eq!(found(json!({})).await.len(), 249);
    assert_eq!(found(json!({ "uuid": "n0" })).await.len(), 1);
    bob.core.invoke(ACTION, json!({ "uuid": "n0", "dismissed": false })).await.unwrap();
    assert_eq!(found(json!({})).await.len(), 250);
    // Another user's are not there.
    refused(&world, "alice", ACTION, json!({ "uuid": "n0" }), &["There is no notice n0", "quay_user_notices"]).await;
    let said = read(&bob, "quay_user_notices", json!({ "uuid": "nosuch" })).await.unwrap_err();
    says(&world, &said, &["There is no notice nosuch"]);
}

#[tokio::test]
async fn an_invitation_is_found_behind_newer_notices() {
    let world = quay(&[]).await;
    let command = world.command().await;
    command
        .core
        .run("quay_team", None, json!({ "organization": "acme", "name": "devs", "role": "member" }))
        .await
        .unwrap();
    let notice = |n: usize| {
        json!({ "id": format!("n{n}"), "created": "Fri, 20 Nov 2026 14:32:21 -0000", "code": format!("c{n}"),
            "inviter": "alice", "organization": "acme", "team": if n == 0 { "devs".to_owned() } else { format!("t{n}") } })
    };
    let notices: Vec<Json> = (0..7).map(notice).collect();
    edit(
        &world,
        json!({ "quay": {
        "organizations": { "acme": { "teams": { "devs": { "invites": [{ "code": "c0", "user": "bob", "email": null }] } } } },
        "users": { "bob": { "notifications": notices } },
    } }),
    );
    let bob = world.command_with(own("bob", &world)).await;
    bob.core.invoke("quay_accept_team_invitation", json!({ "organization": "acme", "team": "devs" })).await.unwrap();
    assert_eq!(world.simulator.dump()["quay"]["organizations"]["acme"]["teams"]["devs"]["members"], json!(["bob"]));
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
