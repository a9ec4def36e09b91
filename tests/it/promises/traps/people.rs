//! Traps of teams, memberships and permissions: invitations, names that Quay takes for others, and refusals in words that need another.

use registry_simulator::{Action as Does, Fault};
use serde_json::{Value as Json, json};

use super::{acme, app, ci, refused};
use crate::bad_input::says;
use crate::core::{Action, text};
use crate::promises::{edit, held, world};
use crate::world::{World, merged};

fn devs() -> (&'static str, Json) {
    ("quay_team", json!({ "organization": "acme", "name": "devs", "role": "member" }))
}

fn member(name: &str) -> Json {
    json!({ "organization": "acme", "team": "devs", "member": name })
}

fn team(world: &World) -> Json {
    world.simulator.dump()["quay"]["organizations"]["acme"]["teams"]["devs"].clone()
}

fn edit_team(world: &World, changes: Json) {
    edit(world, json!({ "quay": { "organizations": { "acme": { "teams": { "devs": changes } } } } }));
}

fn invited(instance: &crate::core::Instance) -> Option<bool> {
    instance.state.attribute("invited").and_then(|invited| invited.as_bool())
}

/// Whoever is only invited is in no list, unless it is asked for with invitations; and Quay invites again, as often as it is asked.
#[tokio::test]
async fn an_invited_user_is_a_member_who_accepts_without_a_change() {
    let world = world(&[acme(), devs()]).await;
    let command = world.command().await;
    let made = command.core.run("quay_team_member", None, member("bob")).await.unwrap();
    assert_eq!((invited(&made), &team(&world)["members"]), (Some(true), &json!([])));
    command.is_settled(&made, member("bob")).await.unwrap();
    refused(&world, "quay_team_member", member("bob"), &["exists already", "'acme/devs/bob'"]).await;
    edit_team(&world, json!({ "members": ["bob"], "invites": [] }));
    let command = world.command().await;
    let seen = command.refresh(&made).await.unwrap().expect("it is there");
    assert_eq!(invited(&seen), Some(false));
    assert_eq!(command.plan("quay_team_member", Some(&seen), member("bob")).await.unwrap().action, Action::Nothing);
}

/// Somebody else may take a member out between the look at the team and the request: Quay refuses that with 400, and nothing is left to do.
#[tokio::test]
async fn who_was_taken_out_at_the_same_moment_is_no_member_any_more() {
    let world = world(&[acme(), ci(), devs()]).await;
    let command = world.command().await;
    let made = command.core.run("quay_team_member", None, member("acme+ci")).await.unwrap();
    let refusal = json!({ "message": "User acme+ci does not belong to team devs" }).to_string();
    world.simulator.fault(Fault::once("DELETE", "*/members/*", Does::answer(400, &refusal)));
    let said = command.core.destroy(&made).await.diagnostics;
    assert!(!said.has_errors(), "{}", text(&said));
}

/// One request takes back one invitation of several.
#[tokio::test]
async fn who_was_invited_twice_is_one_member_and_all_of_it_is_taken_back() {
    let twice = json!({ "invites": [
        { "code": "urn:teaminvite:1", "user": "bob", "email": null }, { "code": "urn:teaminvite:2", "user": "bob", "email": null } ] });
    for kind in ["quay_team_member", "quay_team_members"] {
        let world = world(&[acme(), devs()]).await;
        edit_team(&world, twice.clone());
        let command = world.command().await;
        let asked = json!({ "organization": "acme", "team": "devs" });
        assert_eq!(command.core.list(kind, asked).await.unwrap().len(), 1, "{kind}");
        let id = if kind == "quay_team_member" { "acme/devs/bob" } else { "acme/devs" };
        let found = command.core.import(kind, id, None).await.unwrap();
        let gone = command.core.destroy(&found).await;
        assert!(!gone.diagnostics.has_errors(), "{}", text(&gone.diagnostics));
        assert_eq!(team(&world)["invites"], json!([]), "{kind}");
    }
    // An address may have been written to twice, too.
    let world = world(&[acme(), devs()]).await;
    let invitation = json!({ "organization": "acme", "team": "devs", "email": "x@example.com" });
    let made = world.command().await.core.run("quay_team_invitation", None, invitation).await.unwrap();
    let again = json!([{ "code": "urn:teaminvite:1", "user": null, "email": "x@example.com" },
        { "code": "urn:teaminvite:2", "user": null, "email": "x@example.com" }]);
    edit_team(&world, json!({ "invites": again }));
    world.command().await.apply("quay_team_invitation", Some(&made), None).await;
    assert_eq!(team(&world)["invites"], json!([]));
    edit_team(&world, twice);
    let command = world.command().await;
    let found = command.core.import("quay_team_members", "acme/devs", None).await.unwrap();
    let only = json!({ "organization": "acme", "team": "devs", "members": ["carol"] });
    let changed = command.core.run("quay_team_members", Some(&found), only.clone()).await.unwrap();
    command.is_settled(&changed, only).await.unwrap();
}

#[tokio::test]
async fn where_nobody_has_to_be_invited_a_user_is_added_at_once() {
    let world = world(&[acme(), devs()]).await;
    edit(&world, json!({ "quay": { "config": { "FEATURE_REQUIRE_TEAM_INVITE": false } } }));
    let command = world.command().await;
    let made = command.core.run("quay_team_member", None, member("bob")).await.unwrap();
    assert_eq!((invited(&made), &team(&world)["members"]), (Some(false), &json!(["bob"])));
    command.is_settled(&made, member("bob")).await.unwrap();
}

/// Quay says "Unknown user" of names in another letter case, of organizations, and of robots that are not there.
#[tokio::test]
async fn who_cannot_be_a_member_is_named() {
    let beta = [
        ("quay_organization", json!({ "name": "beta" })),
        ("quay_robot", json!({ "namespace": "beta", "name": "ci" })),
    ];
    let world = world(&[vec![acme(), devs()], beta.to_vec()].concat()).await;
    let cases = [
        ("nosuch", "There is no user or robot nosuch"),
        ("beta", "There is no user or robot beta"),
        ("acme+nosuch", "There is no user or robot acme+nosuch"),
        ("beta+ci", "A team takes only robots of its own organization"),
        ("Bob", "is neither the name of a user"),
    ];
    for (name, words) in cases {
        refused(&world, "quay_team_member", member(name), &[words]).await;
        let all = json!({ "organization": "acme", "team": "devs", "members": [name] });
        refused(&world, "quay_team_members", all, &[words]).await;
    }
    let lost = merged(member("bob"), json!({ "team": "nosuch" }));
    refused(&world, "quay_team_member", lost, &["There is no team acme/nosuch"]).await;
    let lost = json!({ "organization": "nosuch", "name": "devs", "role": "member" });
    refused(&world, "quay_team", lost, &["There is no organization nosuch"]).await;
}

/// An organization may not lose its last administrators: Quay's refusals arrive in its own words, and nothing is said to be done.
#[tokio::test]
async fn the_owners_team_stays_one_of_administrators() {
    let world = world(&[acme()]).await;
    let owners = json!({ "organization": "acme", "name": "owners", "role": "member" });
    edit(&world, json!({ "quay": { "config": { "FEATURE_SUPERUSERS_FULL_ACCESS": false } } }));
    let before = held(&world);
    let said = world.command().await.core.run("quay_team", None, owners).await.diagnostics;
    says(&world, &said, &["write team acme/owners", "400"]);
    assert_eq!(held(&world), before);
}

/// Quay takes an organization for a user, and keeps a permission that nobody has.
#[tokio::test]
async fn who_cannot_have_a_permission_is_named() {
    let beta = [
        ("quay_organization", json!({ "name": "beta" })),
        ("quay_robot", json!({ "namespace": "beta", "name": "ci" })),
    ];
    let world = world(&[vec![acme(), app(), ci()], beta.to_vec()].concat()).await;
    let in_app = |more: Json| merged(json!({ "namespace": "acme", "repository": "app" }), more);
    let cases = [
        ("user", "beta", "There is no user named \"beta\""),
        ("user", "nosuch", "nosuch"),
        ("team", "nosuch", "nosuch"),
        ("robot", "acme+nosuch", "acme+nosuch"),
        ("robot", "beta+ci", "belongs to \"beta\""),
    ];
    for (holder, name, words) in cases {
        refused(&world, "quay_repository_permission", in_app(json!({ holder: name, "role": "read" })), &[words]).await;
        let all = in_app(json!({ "users": { "admin": "admin" }, format!("{holder}s"): { name: "read" } }));
        refused(&world, "quay_repository_permissions", all, &[words]).await;
    }
    // Nobody has a permission in the own namespace.
    let own = json!({ "namespace": "admin", "repository": "app", "user": "admin", "role": "read" });
    refused(&world, "quay_repository_permission", own, &["Owner of the repository"]).await;
}

/// Who is no member, Quay removes with success; what is done is said.
#[tokio::test]
async fn who_is_in_no_team_is_removed_from_an_organization_without_an_error() {
    let world = world(&[acme(), devs()]).await;
    let asked = json!({ "organization": "acme", "username": "bob" });
    let told = world.command().await.core.invoke("quay_remove_organization_member", asked).await.unwrap();
    assert!(told.concat().contains("bob (was in no team)"), "{told:?}");
}
