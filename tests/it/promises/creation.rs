//! Create never adopts.

use container_registries::framework::Diagnostics;
use serde_json::{Value as Json, json};

use super::{edit, held, string};
use crate::bad_input::says;
use crate::core::text;
use crate::world::table::cases;
use crate::world::{Service, Through, World, merged};

/// What may find all that it is to make: nothing of it would be lost or changed unseen. With each a configuration that lacks some of
/// what is there, and is refused.
const EXCEPTIONS: [(&str, &str, &str); 2] = [
    ("quay_team_members", "all members of the team are configured", r#"{ "members": ["alice"] }"#),
    ("quay_repository_permissions", "all permissions are configured, with these roles", r#"{ "robots": {} }"#),
];

fn refused(world: &World, said: &Diagnostics, resource: &str, id: &str) {
    says(world, said, &[&format!("terraform import {resource}.NAME '{id}'")]);
}

#[tokio::test]
async fn what_is_there_already_is_never_taken_over() {
    for case in cases() {
        let (world, name) = (World::new(case.service(), Through::Calls), case.name());
        world.prepare(&case).await;
        let config = world.configuration(&case.config);
        let made = world.command().await.apply(case.resource, None, Some(config.clone())).await.unwrap();
        world.witness.leaks();
        let before = held(&world);
        // The state is forgotten.
        let again = world.command().await.storing(case.stores).apply(case.resource, None, Some(config.clone())).await;
        assert_eq!(held(&world), before, "{name}");
        let exception = EXCEPTIONS.iter().find(|(resource, _, _)| *resource == case.resource);
        let Some((_, why, less)) = exception else {
            assert!(again.instance.is_none(), "{name}");
            refused(&world, &again.diagnostics, case.resource, &string(&made, "id"));
            continue;
        };
        assert!(!again.diagnostics.has_errors(), "{name}: {why}: {}", text(&again.diagnostics));
        let less = merged(config, serde_json::from_str(less).unwrap());
        let again = world.command().await.apply(case.resource, None, Some(less)).await;
        assert!(again.instance.is_none(), "{name}");
        refused(&world, &again.diagnostics, case.resource, &string(&made, "id"));
        assert_eq!(held(&world), before, "{name}");
    }
}

/// A Quay with the repository acme/app.
async fn with_repository() -> World {
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    command.core.run("quay_organization", None, json!({ "name": "acme" })).await.unwrap();
    command.core.run("quay_repository", None, json!({ "namespace": "acme", "name": "app" })).await.unwrap();
    command.end().await;
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
