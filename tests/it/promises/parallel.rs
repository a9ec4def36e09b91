//! What Quay does to requests of the same moment: more than one is told that it made something, or none.

use std::collections::BTreeSet;

use futures::future::join_all;
use registry_simulator::{Action as Does, Fault};
use serde_json::{Value as Json, json};
use terraform_framework::Diagnostics;

use super::creation::{ALIKE, EXCEPTIONS};
use crate::bad_input::says;
use crate::core::{Applied, text};
use crate::quay::{acme, app, ci, world};
use crate::world::inspect::string;
use crate::world::table::{Case, cases};
use crate::world::{Command, Service, Through, World, merged};

/// Applies these configurations at once.
async fn at_once(command: &Command<'_>, kind: &str, configs: impl IntoIterator<Item = Json>) -> Vec<Applied> {
    join_all(configs.into_iter().map(|config| command.core.run(kind, None, config))).await
}

/// How many went well; what was said of the others.
fn outcome(all: &[Applied]) -> (usize, Vec<&Diagnostics>) {
    let (failed, made): (Vec<_>, Vec<_>) = all.iter().partition(|applied| applied.diagnostics.has_errors());
    (made.len(), failed.into_iter().map(|applied| &applied.diagnostics).collect())
}

/// What is wrong when four equal ones are made at once.
async fn four(case: &Case) -> Result<(), String> {
    let world = World::new(Service::Quay, Through::Calls);
    world.prepare(case).await;
    let config = world.configuration(&case.config);
    let command = world.command().await;
    let all = at_once(&command, case.resource, [config.clone(), config.clone(), config.clone(), config]).await;
    let (made, failed) = outcome(&all);
    if ALIKE.contains(&case.resource) {
        let ids: BTreeSet<_> = all.iter().filter_map(|one| Some(string(one.instance.as_ref()?, "id"))).collect();
        return if ids.len() == 4 { Ok(()) } else { Err(format!("{} are told apart", ids.len())) };
    }
    let import = format!("terraform import {}.NAME", case.resource);
    match failed.iter().find(|said| !text(said).contains(&import)) {
        Some(said) => Err(format!("the error is: {}", text(said))),
        None if made == 1 => Ok(()),
        None => Err(format!("{made} were made")),
    }
}

/// Quay says 200 to all who write a team or a permission, whoever came first.
#[tokio::test]
async fn of_equal_ones_that_are_made_at_once_one_is_made_and_the_others_are_refused() {
    let mut wrong = Vec::new();
    for case in cases().iter().filter(|case| case.service() == Service::Quay) {
        if EXCEPTIONS.iter().any(|(resource, _, _)| *resource == case.resource) {
            continue;
        }
        wrong.extend(four(case).await.err().map(|what| format!("{}: {what}", case.name())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn two_teams_of_one_name_do_not_overwrite_each_other() {
    let world = world(&[acme(), app()]).await;
    let command = world.command().await;
    let team = |role: &str| json!({ "organization": "acme", "name": "devs", "role": role });
    let made = at_once(&command, "quay_team", [team("member"), team("admin")]).await;
    assert_eq!(outcome(&made).0, 1);
    let kept = made.iter().find_map(|applied| applied.instance.as_ref()).expect("the one that was made");
    let held = world.simulator.dump()["quay"]["organizations"]["acme"]["teams"]["devs"]["role"].clone();
    assert_eq!(held, string(kept, "role"));
    let permission = |role: &str| json!({ "namespace": "acme", "repository": "app", "user": "bob", "role": role });
    let made = at_once(&command, "quay_repository_permission", [permission("read"), permission("admin")]).await;
    assert_eq!(outcome(&made).0, 1);
    let kept = made.iter().find_map(|applied| applied.instance.as_ref()).expect("the one that was made");
    let held = world.simulator.dump()["quay"]["repositories"]["acme/app"]["users"]["bob"].clone();
    assert_eq!(held, string(kept, "role"));
}

fn mirror() -> Json {
    json!({ "namespace": "acme", "repository": "app", "external_reference": "registry.example.com/team/app",
        "tags": ["latest"], "robot_username": "acme+ci", "sync_interval": 3600, "sync_start_date": "2026-12-01T00:00:00Z" })
}

/// Of several first ones at once Quay fails at some (500), and refuses others (409).
#[tokio::test]
async fn of_eight_mirrors_at_once_one_is_made_whatever_fails() {
    const KIND: &str = "quay_repository_mirror";
    for (skip, times) in [(0, 1), (0, 3), (1, 2), (4, 4)] {
        let world = world(&[acme(), app(), ci()]).await;
        world.simulator.fault(Fault::once("POST", "*/mirror", Does::quay_crash()).skip(skip).times(times));
        let command = world.command().await;
        let all = at_once(&command, KIND, vec![mirror(); 8]).await;
        let (made, failed) = outcome(&all);
        assert_eq!(made, 1, "{skip} {times}");
        for said in failed {
            says(&world, said, &["exists already", "terraform import quay_repository_mirror.NAME 'acme/app'"]);
        }
        let made = all.iter().find_map(|applied| applied.instance.as_ref()).expect("the one that was made");
        command.is_settled(made, mirror()).await.unwrap();
    }
}

#[tokio::test]
async fn a_mirror_at_which_quay_fails_is_tried_once_more_and_no_oftener() {
    let world = world(&[acme(), app(), ci()]).await;
    let command = world.command().await;
    world.simulator.fault(Fault::once("POST", "*/mirror", Does::quay_crash()).times(2));
    world.simulator.reset_requests();
    let failed = command.core.run("quay_repository_mirror", None, mirror()).await;
    says(&world, &failed.diagnostics, &["Cannot create the mirror of repository acme/app", "500"]);
    assert!(failed.instance.is_none());
    assert_eq!(world.simulator.requests().of_method("POST"), 2);
    command.core.run("quay_repository_mirror", None, mirror()).await.unwrap();
}

/// Both of two at once get 201, and only one of them is shown from then on.
#[tokio::test]
async fn of_two_proxy_caches_at_once_the_second_is_refused() {
    let world = world(&[acme()]).await;
    let command = world.command().await;
    // The first one is made; the second would be told that it was.
    world.simulator.fault(Fault::once("POST", "*/proxycache", Does::answer(201, "\"Created\"")).skip(1));
    let cache = |upstream: &str| json!({ "organization": "acme", "upstream_registry": upstream });
    let all = at_once(&command, "quay_org_proxy_cache", [cache("quay.io"), cache("docker.io")]).await;
    let (made, failed) = outcome(&all);
    assert_eq!(made, 1);
    says(&world, failed[0], &["exists already", "terraform import quay_org_proxy_cache.NAME 'acme'"]);
    let made = all.iter().find_map(|applied| applied.instance.as_ref()).expect("the one that was made");
    let held = world.simulator.dump()["quay"]["organizations"]["acme"]["proxy_cache"]["upstream_registry"].clone();
    assert_eq!(held, string(made, "upstream_registry"));
}

/// A 500 of a unique key is tried again; one of a repository that is not there is explained.
#[tokio::test]
async fn a_permission_at_which_quay_fails_is_given_all_the_same() {
    let world = world(&[acme(), app()]).await;
    let command = world.command().await;
    let fails = |times| Fault::once("PUT", "*/permissions/user/*", Does::quay_crash()).times(times);
    let one = |user: &str| json!({ "namespace": "acme", "repository": "app", "user": user, "role": "read" });
    world.simulator.fault(fails(1));
    command.core.run("quay_repository_permission", None, one("bob")).await.unwrap();
    world.simulator.fault(fails(1));
    let all = json!({ "namespace": "acme", "repository": "app", "users": { "admin": "admin", "bob": "read", "carol": "write" } });
    command.core.run("quay_repository_permissions", None, all).await.unwrap();
    let held = world.simulator.dump()["quay"]["repositories"]["acme/app"]["users"].clone();
    assert_eq!(held, json!({ "admin": "admin", "bob": "read", "carol": "write" }));
    for kind in ["quay_repository_permission", "quay_repository_permissions"] {
        let more = match kind {
            "quay_repository_permission" => json!({ "user": "bob", "role": "read" }),
            _ => json!({ "users": { "bob": "read" } }),
        };
        let lost = merged(json!({ "namespace": "acme", "repository": "nosuch" }), more);
        let said = command.core.run(kind, None, lost).await;
        assert!(said.instance.is_none());
        says(&world, &said.diagnostics, &["repository acme/nosuch"]);
    }
}

/// Two deletions of the same moment both get 204, and one that comes late a 404 or a 400.
#[tokio::test]
async fn what_two_delete_at_once_is_gone_for_both() {
    let world = world(&[acme(), app(), ci()]).await;
    let command = world.command().await;
    for (kind, id) in [("quay_robot", "acme+ci"), ("quay_repository", "acme/app"), ("quay_organization", "acme")] {
        let found = command.core.import(kind, id, None).await.unwrap();
        let (first, second) = tokio::join!(command.core.destroy(&found), command.core.destroy(&found));
        for gone in [first, second] {
            assert!(gone.instance.is_none() && !gone.diagnostics.has_errors(), "{}", text(&gone.diagnostics));
        }
    }
    assert_eq!(world.simulator.dump()["quay"]["organizations"], json!({}));
}
