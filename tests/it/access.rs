//! What is special about credentials and about teams that follow others: tokens for the time of a run, what earlier runs left behind,
//! identity tokens that are refused, and what is no drift.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use registry_simulator::{Action as Does, Fault};
use serde_json::{Value as Json, json};
use terraform_framework::server::{Encoded, OpenResponse};
use terraform_framework::value::Value;

use crate::core::{Action, config, text};
use crate::world::{Command, Service, Through, World};

const APPLICATION: &str = "/quay/organizations/acme/applications/0";

async fn world(resources: &[(&str, Json)]) -> World {
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    for (kind, config) in resources {
        command.core.run(kind, None, world.configuration(config)).await.unwrap();
    }
    command.end();
    world
}

fn organization() -> (&'static str, Json) {
    ("quay_organization", json!({ "name": "acme" }))
}

async fn open(command: &Command<'_>, kind: &str, asked: Json) -> OpenResponse {
    let schema = command.core.schemas().ephemeral_resources[kind].clone();
    command.core.serve().open(kind, Encoded::of(&config(&schema, asked), &schema.ty()).unwrap()).await
}

fn result(command: &Command<'_>, kind: &str, opened: &OpenResponse, name: &str) -> String {
    assert!(!opened.diagnostics.has_errors(), "{}", text(&opened.diagnostics));
    let schema = &command.core.schemas().ephemeral_resources[kind];
    match opened.result.decode(&schema.ty()).unwrap().attribute(name) {
        Some(Value::String(text)) => text.clone(),
        other => panic!("{name} is {other:?}"),
    }
}

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
    let token = result(&command, "quay_app_token", &opened, "token");
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
    let world = world(&[organization(), board()]).await;
    let asked = world.configuration(&json!({ "organization": "acme", "client_id": "${client}",
        "scopes": ["user:read", "org:admin", "user:admin"] }));
    let command = world.command().await;
    let kind = "quay_oauth_application_token";
    let opened = open(&command, kind, asked.clone()).await;
    let token = result(&command, kind, &opened, "token");
    let private = opened.private.unwrap();
    // A provider works with it.
    let other = world.command_with(json!({ "token": token })).await;
    other.core.run("quay_robot", None, json!({ "namespace": "acme", "name": "ci" })).await.unwrap();

    // Killed before it was closed, and long ago: the next one deletes it.
    let ended = json!([{ "op": "replace", "path": format!("{APPLICATION}/api_tokens/0/expires_at"),
        "value": "2020-01-01T00:00:00.000000Z" }]);
    world.simulator.edit(ended).unwrap();
    let second = open(&command, kind, asked).await;
    let uuid = result(&command, kind, &second, "uuid");
    assert_eq!(members(&world, &format!("{APPLICATION}/api_tokens"), "uuid"), [uuid]);
    for private in [second.private.unwrap(), private] {
        let closed = command.core.serve().close(kind, private).await;
        assert!(closed.0.is_empty(), "also of what is gone: {}", text(&closed));
    }
    assert_eq!(members(&world, &format!("{APPLICATION}/api_tokens"), "uuid"), Vec::<String>::new());
}

#[tokio::test]
async fn nobody_gives_more_than_the_own_token_may_do() {
    let world = world(&[organization(), board()]).await;
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
    let world = world(&[organization(), board()]).await;
    world.simulator.fault(Fault::once("POST", "*", Does::CutAfter));
    let config = world.configuration(&json!({ "organization": "acme", "client_id": "${client}", "name": "t",
        "scopes": ["repo:read"], "store_token": true }));
    let made = world.command().await.core.run("quay_oauth_application_token", None, config).await.unwrap();
    let tokens = members(&world, &format!("{APPLICATION}/api_tokens"), "token");
    assert_eq!(made.state.attribute("token"), Some(&Value::from(tokens[0].clone())));
    assert_eq!(tokens.len(), 1, "nothing is left of the first one");
}

/// An identity token of this issuer for this subject, as the simulator believes it.
pub(crate) fn identity(issuer: &str, subject: &str) -> String {
    let encoded = |part: Json| URL_SAFE_NO_PAD.encode(part.to_string());
    let claims = json!({ "iss": issuer, "sub": subject, "exp": 4_000_000_000_i64 });
    format!("{}.{}.c2lnbmF0dXJl", encoded(json!({ "alg": "RS256" })), encoded(claims))
}

#[tokio::test]
async fn each_refusal_of_an_identity_token_is_explained() {
    const ISSUER: &str = "https://issuer.example.com";
    let robot = |name: &str| ("quay_robot", json!({ "namespace": "acme", "name": name }));
    let trusted = json!({ "robot": "acme+ci", "identities": [{ "issuer": ISSUER, "subject": "job" },
        { "issuer": "https://away.example.com", "subject": "job" }] });
    let world = world(&[organization(), robot("ci"), robot("other"), ("quay_robot_federation", trusted)]).await;
    world.simulator.edit(json!({ "quay": { "unreachable_issuers": ["https://away.example.com"] } })).unwrap();
    let cases = [
        (
            "acme+other",
            identity(ISSUER, "job"),
            "Let it accept this one with quay_robot_federation: issuer \"https://issuer.example.com\", subject \"job\"",
        ),
        ("acme+ci", identity("https://else.example.com", "job"), "of the issuer \"https://else.example.com\""),
        ("acme+ci", identity(ISSUER, "another"), "for the subject \"another\""),
        ("acme+none", identity(ISSUER, "job"), "There is no such robot"),
        ("acme+ci", identity("https://away.example.com", "job"), "away.example.com/.well-known/openid-configuration"),
        ("acme+ci", "ROBOTTOKEN".to_owned(), "Nothing was sent"),
    ];
    let command = world.command().await;
    for (username, token, words) in cases {
        let opened =
            open(&command, "quay_federated_robot_token", json!({ "username": username, "identity_token": token }))
                .await;
        let said = text(&opened.diagnostics);
        assert!(said.contains(words), "{words:?} is not said in:\n{said}");
        assert!(!said.contains(&token), "{said}");
    }
}

#[tokio::test]
async fn a_robots_token_is_renewed_with_a_fresh_identity_token() {
    let robot = ("quay_robot", json!({ "namespace": "acme", "name": "ci" }));
    let trusted =
        json!({ "robot": "acme+ci", "identities": [{ "issuer": "https://i.example.com", "subject": "job" }] });
    let world = world(&[organization(), robot, ("quay_robot_federation", trusted)]).await;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "{}", identity("https://i.example.com", "job")).unwrap();
    let command = world.command().await;
    let kind = "quay_federated_robot_token";
    let opened = open(&command, kind, json!({ "username": "acme+ci", "identity_token_file": file.path() })).await;
    assert!(result(&command, kind, &opened, "token").starts_with("eyJ"));
    let (end, renew_at) = (result(&command, kind, &opened, "expires_at"), opened.renew_at.unwrap());
    assert_eq!(end.parse::<jiff::Timestamp>().unwrap().as_second() - renew_at.seconds, 600);
    let private = opened.private.unwrap();
    assert!(!String::from_utf8_lossy(&private).contains("eyJ"), "no token is in what Terraform keeps for it");

    world.simulator.reset_requests();
    let renewed = command.core.serve().renew(kind, private.clone()).await;
    assert!(!renewed.diagnostics.has_errors() && renewed.renew_at.is_some(), "{}", text(&renewed.diagnostics));
    assert_eq!(world.simulator.requests().of_method("GET"), 1);
    // What cannot be renewed is said, and fails nothing that went well.
    file.as_file().set_len(0).unwrap();
    let lost = command.core.serve().renew(kind, private).await;
    assert!(!lost.diagnostics.has_errors() && lost.renew_at.is_none());
    assert!(text(&lost.diagnostics).contains("could not be renewed"), "{}", text(&lost.diagnostics));
}

/// What Terraform should have renewed already it renews at once, and again, and again.
#[tokio::test]
async fn a_robots_token_that_is_over_or_ends_soon_is_not_renewed() {
    let robot = ("quay_robot", json!({ "namespace": "acme", "name": "ci" }));
    let world = world(&[organization(), robot]).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), identity("https://i.example.com", "job")).unwrap();
    let command = world.command().await;
    let (kind, config) =
        ("quay_federated_robot_token", json!({ "username": "acme+ci", "identity_token_file": file.path() }));
    let now = jiff::Timestamp::now().as_second();
    for (end, is_renewed) in [
        (i64::MIN, false),
        (0, false),
        (now - 1, false),
        (now + 599, false),
        (now + 840, false),
        (now + 1800, true),
        (i64::MAX, true),
    ] {
        let part = |part: Json| URL_SAFE_NO_PAD.encode(part.to_string());
        let token = format!("{}.{}.c2ln", part(json!({ "alg": "RS256" })), part(json!({ "exp": end })));
        world.simulator.clear_faults();
        let given = Does::answer(200, &json!({ "token": token }).to_string());
        world.simulator.fault(Fault::once("GET", "/oauth2/federation/robot/token", given).times(u32::MAX));
        let opened = open(&command, kind, config.clone()).await;
        assert!(!opened.diagnostics.has_errors(), "{}", text(&opened.diagnostics));
        assert_eq!(opened.renew_at.is_some(), is_renewed, "opened: {end}");
        let renewed = command.core.serve().renew(kind, opened.private.unwrap()).await;
        assert!(!renewed.diagnostics.has_errors(), "{}", text(&renewed.diagnostics));
        assert_eq!(renewed.renew_at.is_some(), is_renewed, "renewed: {end}");
    }
}

#[tokio::test]
async fn an_invitation_that_was_accepted_is_not_sent_again() {
    let team = ("quay_team", json!({ "organization": "acme", "name": "devs", "role": "member" }));
    let world = world(&[organization(), team]).await;
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
async fn a_feature_that_is_switched_off_is_named() {
    let team = ("quay_team", json!({ "organization": "acme", "name": "devs", "role": "member" }));
    let world = world(&[organization(), team]).await;
    let of_team = |more: Json| crate::world::merged(json!({ "organization": "acme", "team": "devs" }), more);
    let cases = [
        ("quay_app_token", "FEATURE_APP_SPECIFIC_TOKENS", json!({ "title": "laptop" })),
        ("quay_team_sync", "FEATURE_TEAM_SYNCING", of_team(json!({ "ldap_group_dn": "cn=devs" }))),
        ("quay_team_invitation", "FEATURE_MAILING", of_team(json!({ "email": "x@example.com" }))),
    ];
    for (kind, feature, config) in cases {
        world.simulator.edit(json!({ "quay": { "config": { feature: false } } })).unwrap();
        let made = world.command().await.core.run(kind, None, config).await;
        let said = text(&made.diagnostics);
        assert!(made.instance.is_none() && said.contains(feature), "{kind}: {said}");
    }
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
async fn what_a_team_cannot_follow_is_said() {
    let team = ("quay_team", json!({ "organization": "acme", "name": "devs", "role": "member" }));
    let world = world(&[organization(), team]).await;
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
