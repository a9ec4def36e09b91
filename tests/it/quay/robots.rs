//! Robot accounts: a list by a pattern, metadata that lists leave out, tokens that not everybody is shown, all that goes with one, and
//! identity tokens of others in the place of their own.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use registry_simulator::{Action as Does, Fault};
use serde_json::{Value as Json, json};

use super::{acme, ci, refused, world};
use crate::bad_input::{says, token};
use crate::core::{Instance, text};
use crate::world::inspect::{edit, ephemeral_result, held, open, read, string};
use crate::world::merged;

fn robot(namespace: &str, name: &str) -> (&'static str, Json) {
    ("quay_robot", json!({ "namespace": namespace, "name": name }))
}

/// Quay lists the robots of `q_r` by a pattern in which `_` is any character.
#[tokio::test]
async fn robots_of_a_namespace_of_a_similar_name_are_not_taken_for_its_own() {
    let organization = |name: &str| ("quay_organization", json!({ "name": name }));
    let world = world(&[organization("q_r"), organization("q-r"), robot("q-r", "ci"), robot("q-r", "only")]).await;
    let command = world.command().await;
    let mine = command.core.run("quay_robot", None, robot("q_r", "ci").1).await.unwrap();
    let asked = json!({ "namespace": "q_r" });
    assert_eq!(command.core.list("quay_robot", asked.clone()).await.unwrap().len(), 1);
    assert_eq!(command.core.list("quay_robot_federation", asked.clone()).await.unwrap().len(), 0);
    let shown = format!("{:?}", read(&command, "quay_robots", asked).await.unwrap());
    assert!(shown.contains("q_r+ci") && !shown.contains("q-r+") && !shown.contains("only"), "{shown}");
    // Read by the list, as many are, one that is gone is not taken for its namesake, and each has its own token.
    edit(&world, json!({ "quay": { "robots": { "q-r+ci": { "description": "another one's" } } } }));
    let command = world.command().await;
    let again = (0..4).map(|_| command.refresh(&mine));
    for seen in futures::future::join_all(again).await {
        assert_eq!(string(&seen.unwrap().unwrap(), "description"), "");
    }
    edit(&world, json!({ "quay": { "robots": { "q_r+ci": null } } }));
    let command = world.command().await;
    for seen in futures::future::join_all((0..4).map(|_| command.refresh(&mine))).await {
        assert!(seen.unwrap().is_none(), "q-r+ci is another one");
    }
    // Nor do they keep an empty organization from being destroyed.
    let empty = command.core.import("quay_organization", "q_r", None).await.unwrap();
    let gone = command.core.destroy(&empty).await;
    assert!(gone.instance.is_none() && !gone.diagnostics.has_errors(), "{}", text(&gone.diagnostics));
    assert!(world.simulator.dump()["quay"]["robots"]["q-r+ci"].is_object());
}

/// Metadata is in no list, null in the answer to a creation and `{}` after that.
#[tokio::test]
async fn metadata_that_is_not_listed_is_no_drift() {
    let world = world(&[acme()]).await;
    let config = |n: usize| match n % 2 {
        0 => json!({ "namespace": "acme", "name": format!("r{n}"), "unstructured_metadata": r#"{"team":"x"}"# }),
        _ => json!({ "namespace": "acme", "name": format!("r{n}") }),
    };
    let command = world.command().await;
    let mut made = Vec::new();
    for n in 0..8 {
        made.push(command.core.run("quay_robot", None, config(n)).await.unwrap());
    }
    let settled = async |instances: &[Instance]| {
        let command = world.command().await;
        let all = instances.iter().enumerate().map(|(n, one)| command.is_settled(one, config(n)));
        for done in futures::future::join_all(all).await {
            done.unwrap();
        }
    };
    settled(&made).await;
    let command = world.command().await;
    let mut imported = Vec::new();
    for n in 0..8 {
        imported.push(command.core.import("quay_robot", &format!("acme+r{n}"), None).await.unwrap());
    }
    settled(&imported).await;
    // Another robot of the same name is another one, and its metadata is looked at.
    let other = json!({ "created": "Fri, 20 Nov 2026 14:09:25 -0000", "unstructured_metadata": { "team": "y" } });
    edit(&world, json!({ "quay": { "robots": { "acme+r0": other } } }));
    let command = world.command().await;
    let seen = futures::future::join_all(made.iter().map(|one| command.refresh(one))).await;
    let metadata = seen.into_iter().map(|one| string(&one.unwrap().unwrap(), "unstructured_metadata"));
    assert!(metadata.collect::<Vec<_>>()[0].contains("\"y\""));
}

/// A member of an organization gets the list of its robots, without their tokens.
#[tokio::test]
async fn a_token_that_is_not_shown_does_not_become_null() {
    let world = world(&[acme()]).await;
    let config = |n: usize| json!({ "namespace": "acme", "name": format!("r{n}"), "store_token": true });
    let command = world.command().await.storing(&["token", "docker_config_json"]);
    let mut made = Vec::new();
    for n in 0..8 {
        made.push(command.core.run("quay_robot", None, config(n)).await.unwrap());
    }
    let team = json!({ "number": 500, "role": "member", "description": "", "members": ["alice"] });
    edit(&world, json!({ "quay": { "organizations": { "acme": { "teams": { "staff": team } } } } }));
    let alice = world.command_with(json!({ "token": token(&world, "alice") })).await;
    for seen in futures::future::join_all(made.iter().map(|one| alice.core.refresh(one))).await {
        says(&world, &seen.expect_err("alice may not see the token"), &["robot"]);
    }
}

/// Quay takes them away with it, and tells nobody.
#[tokio::test]
async fn what_goes_with_a_robot_or_a_team_is_seen_to_be_gone_in_the_same_run() {
    for with_robot in [true, false] {
        let team = ("quay_team", json!({ "organization": "acme", "name": "devs", "role": "member" }));
        let world = world(&[acme(), crate::quay::app(), ci(), team]).await;
        let in_app = |more: Json| merged(json!({ "namespace": "acme", "repository": "app" }), more);
        let of_acme = |more: Json| merged(json!({ "organization": "acme" }), more);
        let (delegate, holder) = match with_robot {
            true => (json!({ "robot": "acme+ci" }), json!({ "robot": "acme+ci" })),
            false => (json!({ "team": "devs" }), json!({ "team": "devs" })),
        };
        let role = json!({ "role": "read" });
        let command = world.command().await;
        let mut hanging = Vec::new();
        for (kind, config) in [
            ("quay_repository_permission", in_app(merged(holder, role.clone()))),
            ("quay_default_permission", of_acme(merged(delegate, role))),
            ("quay_team_member", of_acme(json!({ "team": "devs", "member": "acme+ci" }))),
        ] {
            hanging.push(command.core.run(kind, None, config).await.unwrap());
        }
        let (kind, id) = if with_robot { ("quay_robot", "acme+ci") } else { ("quay_team", "acme/devs") };
        let found = command.core.import(kind, id, None).await.unwrap();
        for one in &hanging {
            assert!(command.refresh(one).await.unwrap().is_some());
        }
        let gone = command.core.destroy(&found).await;
        assert!(!gone.diagnostics.has_errors(), "{}", text(&gone.diagnostics));
        for one in &hanging {
            assert!(command.refresh(one).await.unwrap().is_none(), "{} after {kind}", one.type_name);
        }
    }
}

/// Quay keeps the order of the identities, drops what else stands beside them, and clears them all by an empty list.
#[tokio::test]
async fn identities_in_another_order_are_the_same_and_none_at_all_are_gone() {
    let world = world(&[acme(), ci()]).await;
    let [a, b] = ["a", "b"].map(|subject| json!({ "issuer": "https://i.example.com", "subject": subject }));
    let config = json!({ "robot": "acme+ci", "identities": [a.clone(), b.clone()] });
    let command = world.command().await;
    let made = command.core.run("quay_robot_federation", None, config.clone()).await.unwrap();
    for order in [[a.clone(), b.clone()], [b, a]] {
        edit(&world, json!({ "quay": { "robots": { "acme+ci": { "federation": order } } } }));
        world.command().await.is_settled(&made, config.clone()).await.unwrap();
    }
    edit(&world, json!({ "quay": { "robots": { "acme+ci": { "federation": [] } } } }));
    assert!(world.command().await.refresh(&made).await.unwrap().is_none());
}

/// The time of a robot's making stays what it is when its token is another one.
#[tokio::test]
async fn a_token_that_was_regenerated_by_somebody_else_is_seen() {
    let world = world(&[acme()]).await;
    let config = json!({ "namespace": "acme", "name": "ci", "store_token": true });
    let command = world.command().await.storing(&["token", "docker_config_json"]);
    let made = command.core.run("quay_robot", None, config.clone()).await.unwrap();
    let secret = "ANOTHERTOKEN0123456789ANOTHERTOKEN0123456789ANOTHERTOKEN01234567";
    edit(&world, json!({ "quay": { "robots": { "acme+ci": { "token": secret } } } }));
    let command = world.command().await.storing(&["token", "docker_config_json"]);
    let seen = command.refresh(&made).await.unwrap().unwrap();
    assert_eq!(string(&seen, "token"), secret);
    assert!(string(&seen, "docker_config_json") != string(&made, "docker_config_json"));
    command.is_settled(&seen, config).await.unwrap();
    let before = held(&world);
    refused(&world, "quay_robot", json!({ "namespace": "acme", "name": "ci" }), &["exists already"]).await;
    assert_eq!(held(&world), before);
}

#[tokio::test]
async fn a_server_that_forbids_robots_says_so() {
    let world = world(&[acme()]).await;
    edit(&world, json!({ "quay": { "config": { "ROBOTS_DISALLOW": true } } }));
    let before = held(&world);
    let said = world.command().await.core.run(ci().0, None, ci().1).await.diagnostics;
    says(&world, &said, &["Cannot create robot acme+ci", "Robot accounts have been disabled"]);
    assert_eq!(held(&world), before);
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
    let world = world(&[acme(), robot("ci"), robot("other"), ("quay_robot_federation", trusted)]).await;
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
    let world = world(&[acme(), robot, ("quay_robot_federation", trusted)]).await;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "{}", identity("https://i.example.com", "job")).unwrap();
    let command = world.command().await;
    let kind = "quay_federated_robot_token";
    let opened = open(&command, kind, json!({ "username": "acme+ci", "identity_token_file": file.path() })).await;
    assert!(ephemeral_result(&command, kind, &opened, "token").starts_with("eyJ"));
    let (end, renew_at) = (ephemeral_result(&command, kind, &opened, "expires_at"), opened.renew_at.unwrap());
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
    let world = world(&[acme(), robot]).await;
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
