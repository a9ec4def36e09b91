//! Nobody's own last right is taken away, and who lowers the own role does it last.

use serde_json::{Value as Json, json};

use crate::bad_input::{says, token};
use crate::core::text;
use crate::world::inspect::edit;
use crate::world::{Command, Service, Through, World};

/// Alice's own organization.
async fn of_alice() -> World {
    let world = World::new(Service::Quay, Through::Calls);
    let command = as_alice(&world).await;
    command.core.run("quay_organization", None, json!({ "name": "acme" })).await.unwrap();
    command.end();
    world
}

async fn as_alice(world: &World) -> Command<'_> {
    world.command_with(json!({ "token": token(world, "alice") })).await
}

fn owners(world: &World) -> Json {
    world.simulator.dump()["quay"]["organizations"]["acme"]["teams"]["owners"].clone()
}

#[tokio::test]
async fn the_last_membership_that_administers_stays_when_it_is_destroyed() {
    let world = of_alice().await;
    let command = as_alice(&world).await;
    let own = command.core.import("quay_team_member", "acme/owners/alice", None).await.unwrap();
    let left = command.apply("quay_team_member", Some(&own), None).await;
    let all = text(&left.diagnostics);
    assert!(left.instance.is_none() && !left.diagnostics.has_errors(), "{all}");
    for words in ["Warning", "alice stays in team acme/owners", "the token's own user"] {
        assert!(all.contains(words), "{words} is not in {all}");
    }
    assert_eq!(owners(&world)["members"], json!(["alice"]));
}

#[tokio::test]
async fn a_list_of_members_keeps_the_own_last_right() {
    let world = of_alice().await;
    let (command, kind) = (as_alice(&world).await, "quay_team_members");
    let config = |members: &[&str]| json!({ "organization": "acme", "team": "owners", "members": members });
    edit(
        &world,
        json!({ "quay": { "organizations": { "acme": { "teams": { "owners": { "members": ["alice", "bob"] } } } } } }),
    );
    let made = command.apply(kind, None, Some(config(&["alice", "bob", "carol"]))).await.unwrap();
    // The others go first: alice comes before bob, and after her nobody could be removed any more.
    let refused = command.apply(kind, Some(&made), Some(config(&["carol"]))).await;
    says(&world, &refused.diagnostics, &["alice cannot be removed from team acme/owners", "Add it to `members`"]);
    assert_eq!(owners(&world)["members"], json!(["alice"]));
    let left = refused.instance.expect("it stays in the state");
    let members = format!("{:?}", left.state.attribute("members"));
    assert!(members.contains("alice") && members.contains("carol") && !members.contains("bob"), "{members}");
    // Destroying leaves it, with a warning.
    let gone = command.apply(kind, Some(&left), None).await;
    let all = text(&gone.diagnostics);
    assert!(gone.instance.is_none() && !gone.diagnostics.has_errors(), "{all}");
    assert!(all.contains("alice stays in team acme/owners"), "{all}");
    assert_eq!((&owners(&world)["members"], &owners(&world)["invites"]), (&json!(["alice"]), &json!([])));
}

#[tokio::test]
async fn who_lowers_the_own_role_in_a_repository_does_it_last() {
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    command.core.run("quay_organization", None, json!({ "name": "acme" })).await.unwrap();
    command.core.run("quay_repository", None, json!({ "namespace": "acme", "name": "app" })).await.unwrap();
    let users = || world.simulator.dump()["quay"]["repositories"]["acme/app"]["users"].clone();
    let before = json!({ "admin": "admin", "alice": "admin", "carol": "read" });
    edit(&world, json!({ "quay": { "repositories": { "acme/app": { "users": before.clone() } } } }));
    // Alice's only right is her role in the repository.
    let command = as_alice(&world).await;
    let config = |users: Json| json!({ "namespace": "acme", "repository": "app", "users": users });
    let made = command.apply("quay_repository_permissions", None, Some(config(before))).await.unwrap();
    let after = json!({ "admin": "admin", "alice": "read", "bob": "write" });
    command.apply("quay_repository_permissions", Some(&made), Some(config(after.clone()))).await.unwrap();
    assert_eq!(users(), after);
}
