//! Traps of robot accounts: a list by a pattern, metadata that lists leave out, tokens that not everybody is shown, and all that goes with one.

use serde_json::{Value as Json, json};

use super::{acme, ci, refused};
use crate::bad_input::{says, token};
use crate::core::{Instance, text};
use crate::promises::{edit, held, read, string, world};
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
        let world = world(&[acme(), super::app(), ci(), team]).await;
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
