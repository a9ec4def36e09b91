//! Destroy is never a surprise, and what is authoritative removes only what its state lists.

use serde_json::{Value as Json, json};

use crate::bad_input::says;
use crate::core::{Action, Instance, text};
use crate::world::inspect::{edit, held, number};
use crate::world::{Service, Through, World, merged};

/// Makes it, fills it, and destroys it: without and with `force_destroy`.
async fn destroy_full(world: &World, kind: &str, config: Json, fill: impl Fn(&Instance) -> Json, named: &[&str]) {
    let made = world.command().await.apply(kind, None, Some(config.clone())).await.unwrap();
    edit(world, fill(&made));
    let before = held(world);
    let refused = world.command().await.apply(kind, Some(&made), None).await;
    assert!(refused.instance.is_some(), "it stays in the state");
    says(world, &refused.diagnostics, &[&["`force_destroy = true`", "not empty"], named].concat());
    assert_eq!(held(world), before, "nothing is lost");
    let forced = merged(config, json!({ "force_destroy": true }));
    let made = world.command().await.apply(kind, Some(&made), Some(forced)).await.unwrap();
    assert_eq!(held(world), before, "only the provider knows it");
    let gone = world.command().await.apply(kind, Some(&made), None).await;
    assert!(gone.instance.is_none() && !gone.diagnostics.has_errors(), "{}", text(&gone.diagnostics));
}

fn repository(tags: Json) -> Json {
    json!({ "number": 99, "description": "", "is_public": false, "state": "NORMAL", "status_token": "Opens-a-badge",
        "users": {}, "teams": {}, "tags": tags })
}

#[tokio::test]
async fn an_organization_that_holds_something_is_destroyed_only_by_force() {
    let world = World::new(Service::Quay, Through::Calls);
    let fill = |_: &Instance| {
        let robot = json!({ "touched": 98, "created": "Fri, 20 Nov 2026 14:09:25 -0000", "description": "",
            "token": "A-token-of-the-robot", "unstructured_metadata": {} });
        json!({ "quay": { "repositories": { "acme/team/app": repository(json!({})) }, "robots": { "acme+ci": robot } } })
    };
    let named = ["repository acme/team/app", "robot acme+ci"];
    destroy_full(&world, "quay_organization", json!({ "name": "acme" }), fill, &named).await;
    let quay = world.simulator.dump()["quay"].clone();
    assert_eq!((&quay["organizations"], &quay["repositories"], &quay["robots"]), (&json!({}), &json!({}), &json!({})));
}

#[tokio::test]
async fn a_repository_with_tags_is_destroyed_only_by_force() {
    let world = World::new(Service::Quay, Through::Calls);
    world.command().await.core.run("quay_organization", None, json!({ "name": "acme" })).await.unwrap();
    let fill = |_: &Instance| {
        let tags = json!({ "v1": { "name": "v1", "size": 1 }, "v2": { "name": "v2", "size": 2 } });
        json!({ "quay": { "repositories": { "acme/app": { "tags": tags } } } })
    };
    let config = json!({ "namespace": "acme", "name": "app" });
    destroy_full(&world, "quay_repository", config, fill, &["acme/app", "2 tags: v1, v2"]).await;
    assert_eq!(world.simulator.dump()["quay"]["repositories"], json!({}));
}

/// Two repositories in a project of Harbor, one of them nested.
fn pushed(project: i64, immutable: bool) -> Json {
    let one = |name: &str| json!({ "project_id": project, "name": name });
    let rows = json!({ "1": one("acme/app"), "2": merged(one("acme/team/app"), json!({ "immutable": immutable })) });
    json!({ "harbor": { "repositories": { "rows": rows } } })
}

#[tokio::test]
async fn a_project_with_repositories_is_destroyed_only_by_force() {
    let world = World::new(Service::Harbor, Through::Calls);
    let fill = |made: &Instance| pushed(number(made, "project_id"), false);
    destroy_full(&world, "harbor_project", json!({ "name": "acme" }), fill, &["acme/app, acme/team/app"]).await;
    let harbor = world.simulator.dump()["harbor"].clone();
    assert_eq!(harbor["repositories"]["rows"], json!({}));
    assert_eq!(harbor["projects"]["rows"]["2"]["deleted"], json!(true));
}

#[tokio::test]
async fn an_immutable_tag_keeps_a_project_and_is_said_to() {
    let world = World::new(Service::Harbor, Through::Calls);
    let config = json!({ "name": "acme", "force_destroy": true });
    let made = world.command().await.apply("harbor_project", None, Some(config)).await.unwrap();
    edit(&world, pushed(number(&made, "project_id"), true));
    let refused = world.command().await.apply("harbor_project", Some(&made), None).await;
    says(
        &world,
        &refused.diagnostics,
        &["delete repository acme/team/app", "immutable tag", "rules for immutable tags"],
    );
    let made = refused.instance.expect("it stays in the state");
    assert_eq!(world.simulator.dump()["harbor"]["projects"]["rows"]["2"]["deleted"], json!(false));
    edit(&world, pushed(number(&made, "project_id"), false));
    let gone = world.command().await.apply("harbor_project", Some(&made), None).await;
    assert!(gone.instance.is_none() && !gone.diagnostics.has_errors(), "{}", text(&gone.diagnostics));
}

#[tokio::test]
async fn whoever_joins_a_team_after_the_refresh_stays_until_a_plan_shows_it() {
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    command.core.run("quay_organization", None, json!({ "name": "acme" })).await.unwrap();
    command
        .core
        .run("quay_team", None, json!({ "organization": "acme", "name": "devs", "role": "member" }))
        .await
        .unwrap();
    for name in ["ci", "cd"] {
        command.core.run("quay_robot", None, json!({ "namespace": "acme", "name": name })).await.unwrap();
    }
    let kind = "quay_team_members";
    let config = |members: &[&str]| json!({ "organization": "acme", "team": "devs", "members": members });
    let team = || world.simulator.dump()["quay"]["organizations"]["acme"]["teams"]["devs"]["members"].clone();
    let made = command.core.run(kind, None, config(&["acme+cd", "acme+ci"])).await.unwrap();
    let plan = command.core.plan(kind, Some(&made), config(&["acme+ci"])).await.unwrap();
    let joined = json!(["acme+cd", "acme+ci", "bob"]);
    edit(&world, json!({ "quay": { "organizations": { "acme": { "teams": { "devs": { "members": joined } } } } } }));
    let applied = command.core.apply(plan).await.unwrap();
    assert_eq!(team(), json!(["acme+ci", "bob"]));
    // Now a plan shows it, and the apply does it.
    let command = world.command().await;
    let seen = command.refresh(&applied).await.unwrap().unwrap();
    let plan = command.core.plan(kind, Some(&seen), config(&["acme+ci"])).await.unwrap();
    assert_eq!(plan.action, Action::Update);
    command.core.apply(plan).await.unwrap();
    assert_eq!(team(), json!(["acme+ci"]));
}

#[tokio::test]
async fn who_gets_a_permission_after_the_refresh_keeps_it_until_a_plan_shows_it() {
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    command.core.run("quay_organization", None, json!({ "name": "acme" })).await.unwrap();
    command.core.run("quay_repository", None, json!({ "namespace": "acme", "name": "app" })).await.unwrap();
    let kind = "quay_repository_permissions";
    let config = |users: Json| json!({ "namespace": "acme", "repository": "app", "users": users });
    let users = || world.simulator.dump()["quay"]["repositories"]["acme/app"]["users"].clone();
    let made = command.core.run(kind, None, config(json!({ "alice": "read", "bob": "read" }))).await.unwrap();
    let plan = command.core.plan(kind, Some(&made), config(json!({ "alice": "read" }))).await.unwrap();
    edit(&world, json!({ "quay": { "repositories": { "acme/app": { "users": { "carol": "read" } } } } }));
    let applied = command.core.apply(plan).await.unwrap();
    assert_eq!(users(), json!({ "admin": "admin", "alice": "read", "carol": "read" }));
    let command = world.command().await;
    command.apply(kind, Some(&applied), Some(config(json!({ "alice": "read" })))).await.unwrap();
    assert_eq!(users(), json!({ "admin": "admin", "alice": "read" }));
}
