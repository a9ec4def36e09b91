//! Teams and memberships: invitations, names that Quay takes for others, teams that follow others, and refusals in words that need another.

use registry_simulator::{Action as Does, Fault};
use serde_json::{Value as Json, json};
use terraform_framework::value::Value;

use super::users::own_account::{own, quay};
use super::{acme, ci, devs, refused, world};
use crate::bad_input::{says, token};
use crate::core::{Action, text};
use crate::world::inspect::{attributes, edit, held, listed, read, shown, string};
use crate::world::{Command, Service, Through, World, merged};

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

#[tokio::test]
async fn a_team_follows_groups_of_every_kind_of_directory() {
    for (directory, argument, service) in [
        ("OIDC", "oidc_group_name", "oidc"),
        ("Keystone", "keystone_group_id", "keystone"),
        ("LDAP", "ldap_group_dn", "ldap"),
    ] {
        let team = ("quay_team", json!({ "organization": "acme", "name": "devs", "role": "member" }));
        let world = world(&[acme(), team]).await;
        edit(&world, json!({ "quay": { "config": { "AUTHENTICATION_TYPE": directory } } }));
        let config = json!({ "organization": "acme", "team": "devs", argument: "devs" });
        let command: Command<'_> = world.command().await;
        let made = command.apply("quay_team_sync", None, Some(config.clone())).await.unwrap();
        assert_eq!(string(&made, "service"), service);
        assert_eq!(string(&made, argument), "devs");
        command.is_settled(&made, config).await.unwrap();
        let imported = command.core.import("quay_team_sync", "acme/devs", None).await.unwrap();
        assert_eq!(string(&imported, argument), "devs");
        let query = json!({ "organization": "acme" });
        assert_eq!(command.core.list("quay_team_sync", query).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn an_invitation_that_was_accepted_is_not_sent_again() {
    let team = ("quay_team", json!({ "organization": "acme", "name": "devs", "role": "member" }));
    let world = world(&[acme(), team]).await;
    let config = json!({ "organization": "acme", "team": "devs", "email": "x@example.com" });
    let command = world.command().await;
    let sent = command.core.run("quay_team_invitation", None, config.clone()).await.unwrap();
    assert_eq!(sent.state.attribute("pending"), Some(&Value::Bool(true)));
    let accepted = json!([{ "op": "replace", "path": "/quay/organizations/acme/teams/devs/invites", "value": [] }]);
    world.simulator.edit(accepted).unwrap();
    let command = world.command().await;
    let read = command.refresh(&sent).await.unwrap().expect("it stays");
    assert_eq!(read.state.attribute("pending"), Some(&Value::Bool(false)));
    let plan = command.plan("quay_team_invitation", Some(&read), config.clone()).await.unwrap();
    assert_eq!(plan.action, Action::Nothing);
}

#[tokio::test]
async fn what_a_team_cannot_follow_is_said() {
    let team = ("quay_team", json!({ "organization": "acme", "name": "devs", "role": "member" }));
    let world = world(&[acme(), team]).await;
    let tried = async |argument: &str| {
        let config = json!({ "organization": "acme", "team": "devs", argument: "devs" });
        text(&world.command().await.core.run("quay_team_sync", None, config).await.diagnostics)
    };
    let said = tried("oidc_group_name").await;
    assert!(said.contains("takes its users from ldap") && said.contains("ldap_group_dn"), "{said}");
    world.simulator.edit(json!({ "quay": { "directory_groups": ["cn=others"] } })).unwrap();
    let said = tried("ldap_group_dn").await;
    assert!(said.contains("does not exist or is empty") && said.contains("at least one member"), "{said}");
    world.simulator.edit(json!({ "quay": { "config": { "AUTHENTICATION_TYPE": "Database" } } })).unwrap();
    let said = tried("ldap_group_dn").await;
    assert!(said.contains("Not supported") && said.contains("quay_team_members"), "{said}");
}

#[tokio::test]
async fn the_invited_user_accepts_and_nobody_else() {
    let world = world(&[acme(), devs()]).await;
    let invite = json!({ "organization": "acme", "team": "devs", "member": "bob" });
    world.command().await.core.run("quay_team_member", None, invite).await.unwrap();
    let devs = json!({ "organization": "acme", "team": "devs" });
    let carol = world.command_with(json!({ "token": token(&world, "carol") })).await;
    let said = carol.core.invoke("quay_accept_team_invitation", devs.clone()).await.unwrap_err();
    says(&world, &said, &["There is no invitation to team acme/devs"]);
    let invites = "/quay/organizations/acme/teams/devs/invites/0/code";
    let code = world.simulator.dump().pointer(invites).cloned().unwrap();
    let said = carol.core.invoke("quay_accept_team_invitation", json!({ "code": code })).await.unwrap_err();
    says(&world, &said, &["must be that of the invited user"]);
    let bob = world.command_with(json!({ "token": token(&world, "bob") })).await;
    bob.core.invoke("quay_accept_team_invitation", devs).await.unwrap();
    assert_eq!(world.simulator.dump()["quay"]["organizations"]["acme"]["teams"]["devs"]["members"], json!(["bob"]));
    let said = bob.core.invoke("quay_decline_team_invitation", json!({ "code": code })).await.unwrap_err();
    says(&world, &said, &["withdrawn, accepted or declined already"]);
    let unclear = json!({ "organization": "acme", "code": code });
    let said = bob.core.invoke("quay_accept_team_invitation", unclear).await.unwrap_err();
    says(&world, &said, &["Which invitation is meant is not clear"]);
}

#[tokio::test]
async fn lists_find_what_hangs_on_teams_robots_and_repositories() {
    let world = world(&[
        acme(),
        devs(),
        ("quay_organization", json!({ "name": "beta" })),
        ("quay_repository", json!({ "namespace": "acme", "name": "app" })),
        ("quay_robot", json!({ "namespace": "acme", "name": "ci" })),
        ("quay_robot", json!({ "namespace": "acme", "name": "other" })),
        (
            "quay_robot_federation",
            json!({ "robot": "acme+ci", "identities": [{ "issuer": "https://i.example.com", "subject": "s" }] }),
        ),
        ("quay_team_member", json!({ "organization": "acme", "team": "devs", "member": "bob" })),
        ("quay_team_member", json!({ "organization": "acme", "team": "devs", "member": "acme+ci" })),
        ("quay_team_invitation", json!({ "organization": "acme", "team": "devs", "email": "x@example.com" })),
        ("quay_org_proxy_cache", json!({ "organization": "beta", "upstream_registry": "docker.io/library" })),
    ])
    .await;
    let command = world.command().await;
    let of_acme = json!({ "organization": "acme" });
    let of_devs = json!({ "organization": "acme", "team": "devs" });
    let found = [
        // With the superuser, who owns the organization.
        ("quay_team_member", of_acme.clone(), 3),
        ("quay_team_member", of_devs.clone(), 2),
        ("quay_team_members", of_acme.clone(), 2),
        ("quay_team_members", of_devs.clone(), 1),
        ("quay_team_invitation", of_acme.clone(), 1),
        ("quay_team_invitation", of_devs, 1),
        ("quay_team_sync", of_acme.clone(), 0),
        ("quay_robot_federation", json!({ "namespace": "acme" }), 1),
        ("quay_repository_permissions", json!({ "namespace": "acme" }), 1),
        ("quay_org_proxy_cache", json!({}), 1),
        ("quay_org_proxy_cache", of_acme, 0),
        ("quay_org_mirror", json!({}), 0),
    ];
    for (kind, query, number) in found {
        assert_eq!(listed(&command, kind, query.clone()).await, number, "{kind} {query}");
    }
    let nosuch = json!({ "organization": "acme", "team": "nosuch" });
    let said = command.core.list("quay_team_member", nosuch).await.unwrap_err();
    says(&world, &said, &["There is no team acme/nosuch"]);
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
async fn a_team_shows_members_and_who_was_invited() {
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    command.core.run("quay_organization", None, json!({ "name": "acme" })).await.unwrap();
    command.core.run("quay_robot", None, json!({ "namespace": "acme", "name": "ci" })).await.unwrap();
    let team = json!({ "organization": "acme", "name": "devs", "role": "creator", "description": "They develop." });
    command.core.run("quay_team", None, team).await.unwrap();
    let members = json!({ "organization": "acme", "team": "devs", "members": ["admin", "alice", "acme+ci"] });
    command.core.run("quay_team_members", None, members).await.unwrap();
    let found = read(&command, "quay_team", json!({ "organization": "acme", "name": "devs" })).await.unwrap();
    let Some(Value::List(members)) = found.attribute("members") else { panic!("no members in {found:?}") };
    let member = |value: &Value| attributes(value, &["name", "is_robot", "invited"]);
    let expected =
        |name: &str, is_robot: bool, invited: bool| shown([name.into(), Value::Bool(is_robot), Value::Bool(invited)]);
    let all: Vec<_> = members.iter().map(member).collect();
    // Alice is of no team of the organization yet.
    assert_eq!(
        all,
        [expected("acme+ci", true, false), expected("admin", false, false), expected("alice", false, true)]
    );
    assert_eq!(attributes(&found, &["role", "description"]), shown(["creator".into(), "They develop.".into()]));
}
