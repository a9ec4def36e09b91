//! Create never adopts.

use serde_json::{Value as Json, json};
use terraform_framework::Diagnostics;

use crate::bad_input::says;
use crate::core::text;
use crate::world::inspect::{edit, held, string};
use crate::world::table::{Case, cases};
use crate::world::{Service, Through, World, merged};

/// What may find all that it is to make: nothing of it would be lost or changed unseen. With each a configuration that lacks some of
/// what is there, and is refused.
pub(super) const EXCEPTIONS: [(&str, &str, &str); 3] = [
    ("quay_team_members", "all members of the team are configured", r#"{ "members": ["alice"] }"#),
    ("quay_user_settings", "the settings are as configured", r#"{ "given_name": "Grace" }"#),
    ("quay_repository_permissions", "all permissions are configured, with these roles", r#"{ "robots": {} }"#),
];

/// What has no name that only one of its kind may have: an equal one is made beside the first.
pub(super) const ALIKE: &[&str] = &[
    "quay_app_token",
    "quay_default_permission",
    "quay_global_message",
    "quay_oauth_application",
    "quay_oauth_application_token",
    "quay_org_notification",
    "quay_repository_notification",
    "quay_service_key",
    "quay_user_notification",
];

fn import(resource: &str, id: &str) -> String {
    format!("terraform import {resource}.NAME '{id}'")
}

fn refused(world: &World, said: &Diagnostics, resource: &str, id: &str) {
    says(world, said, &[&import(resource, id)]);
}

/// What is wrong with making something a second time, with the state forgotten.
async fn made_again(world: &World, case: &Case, config: &Json, id: &str, may: bool) -> Vec<&'static str> {
    let before = held(world);
    let again = world.command().await.storing(case.stores).apply(case.resource, None, Some(config.clone())).await;
    let mut wrong = Vec::new();
    if held(world) != before {
        wrong.push("something was changed");
    }
    if again.diagnostics.has_errors() == may || again.instance.is_some() != may {
        wrong.push("it was taken over, or refused without need");
    }
    if !may && !text(&again.diagnostics).contains(&import(case.resource, id)) {
        wrong.push("the import command is not given");
    }
    wrong
}

/// What is wrong with making an equal one: it must be another, and the first stays as it is.
async fn made_beside(world: &World, case: &Case, config: &Json, id: &str) -> Vec<&'static str> {
    let before = held(world);
    let again = world.command().await.storing(case.stores).apply(case.resource, None, Some(config.clone())).await;
    let Some(other) = again.instance.filter(|_| !again.diagnostics.has_errors()) else {
        return vec!["an equal one is refused"];
    };
    let mut wrong = Vec::new();
    if string(&other, "id") == id {
        wrong.push("it was taken over");
    }
    world.command().await.apply(case.resource, Some(&other), None).await;
    if held(world) != before {
        wrong.push("the first one is another now");
    }
    wrong
}

#[tokio::test]
async fn what_is_there_already_is_never_taken_over() {
    let mut wrong = Vec::new();
    for case in cases() {
        let world = World::new(case.service(), Through::Calls);
        world.prepare(&case).await;
        let config = world.configuration(&case.config);
        let made = world.command().await.apply(case.resource, None, Some(config.clone())).await.unwrap();
        let id = string(&made, "id");
        if ALIKE.contains(&case.resource) {
            let found = made_beside(&world, &case, &config, &id).await;
            wrong.extend(found.into_iter().map(|what| format!("{}: {what}", case.name())));
            continue;
        }
        let exception = EXCEPTIONS.iter().find(|(resource, _, _)| *resource == case.resource);
        let found = made_again(&world, &case, &config, &id, exception.is_some()).await;
        wrong.extend(found.into_iter().map(|what| format!("{}: {what}", case.name())));
        if let Some((_, why, less)) = exception {
            let less = merged(config, serde_json::from_str(less).unwrap());
            let found = made_again(&world, &case, &less, &id, false).await;
            wrong.extend(found.into_iter().map(|what| format!("{}, but for {why}: {what}", case.name())));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// A Quay with the repository acme/app.
async fn with_repository() -> World {
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    command.core.run("quay_organization", None, json!({ "name": "acme" })).await.unwrap();
    command.core.run("quay_repository", None, json!({ "namespace": "acme", "name": "app" })).await.unwrap();
    command.end();
    world
}

#[tokio::test]
async fn the_owners_team_is_taken_over_and_left_in_place() {
    let world = with_repository().await;
    let command = world.command().await;
    let owners = json!({ "organization": "acme", "name": "owners", "role": "admin", "description": "They own it." });
    let made = command.apply("quay_team", None, Some(owners)).await.unwrap();
    let team = || world.simulator.dump()["quay"]["organizations"]["acme"]["teams"]["owners"].clone();
    assert_eq!((&team()["description"], &team()["members"]), (&json!("They own it."), &json!(["admin"])));
    let gone = command.apply("quay_team", Some(&made), None).await;
    assert!(gone.instance.is_none() && !gone.diagnostics.has_errors());
    assert_eq!(team()["members"], json!(["admin"]));
}

#[tokio::test]
async fn the_creators_own_permission_is_taken_over_and_no_other() {
    let world = with_repository().await;
    let command = world.command().await;
    let of = |user: &str, role: &str| json!({ "namespace": "acme", "repository": "app", "user": user, "role": role });
    let users = || world.simulator.dump()["quay"]["repositories"]["acme/app"]["users"].clone();
    assert_eq!(users(), json!({ "admin": "admin" }));
    command.apply("quay_repository_permission", None, Some(of("admin", "write"))).await.unwrap();
    assert_eq!(users(), json!({ "admin": "write" }));
    // Not what somebody has chosen, and not another user's.
    for (user, role) in [("admin", "write"), ("bob", "admin")] {
        edit(&world, json!({ "quay": { "repositories": { "acme/app": { "users": { user: role } } } } }));
        let before: Json = users();
        let said = world.command().await.apply("quay_repository_permission", None, Some(of(user, "read"))).await;
        assert!(said.instance.is_none());
        refused(&world, &said.diagnostics, "quay_repository_permission", &format!("acme/app/user/{user}"));
        assert_eq!(users(), before);
    }
}
