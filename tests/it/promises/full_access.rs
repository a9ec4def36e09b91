//! A Quay on which superusers may not do everything, as it is unless FEATURE_SUPERUSERS_FULL_ACCESS is switched on.

use serde_json::{Value as Json, json};

use crate::bad_input::{says, token};
use crate::core::text;
use crate::quay::releases::live;
use crate::world::inspect::{edit, held};
use crate::world::table::cases;
use crate::world::{Service, Through, World, merged};

const FLAG: &str = "FEATURE_SUPERUSERS_FULL_ACCESS";

fn world() -> World {
    let world = World::new(Service::Quay, Through::Calls);
    edit(&world, json!({ "quay": { "config": { FLAG: false } } }));
    world
}

/// A repository of alice's own.
fn of_alice() -> Json {
    json!({ "quay": { "repositories": { "alice/app": { "number": 99, "description": "", "is_public": false, "state": "NORMAL",
        "status_token": "Opens-a-badge", "users": { "alice": "admin" }, "teams": {}, "tags": {} } } } })
}

#[tokio::test]
async fn a_user_whose_repositories_are_not_shown_is_destroyed_only_by_force() {
    for full in [false, true] {
        let world = World::new(Service::Quay, Through::Calls);
        edit(&world, json!({ "quay": { "config": { FLAG: full } } }));
        edit(&world, of_alice());
        let command = world.command().await;
        let config = json!({ "username": "alice", "email": "alice@example.com" });
        let alice = command.core.import("quay_user", "alice", None).await.unwrap();
        let before = held(&world);
        let refused = command.apply("quay_user", Some(&alice), None).await;
        let why = if full { "repository alice/app" } else { FLAG };
        says(&world, &refused.diagnostics, &["user alice", why, "`force_destroy = true`"]);
        assert!(refused.instance.is_some(), "it stays in the state");
        assert_eq!(held(&world), before, "nothing is lost");
        let forced = merged(config, json!({ "force_destroy": true }));
        let alice = command.apply("quay_user", Some(&alice), Some(forced)).await.unwrap();
        let gone = command.apply("quay_user", Some(&alice), None).await;
        assert!(gone.instance.is_none() && !gone.diagnostics.has_errors(), "{}", text(&gone.diagnostics));
        assert_eq!(world.simulator.dump()["quay"]["users"].get("alice"), None);
    }
}

#[tokio::test]
async fn organizations_are_listed_beside_those_that_the_token_may_not_administer() {
    let world = world();
    let alices = world.command_with(json!({ "token": token(&world, "alice") })).await;
    alices.core.run("quay_organization", None, json!({ "name": "umbrella" })).await.unwrap();
    let command = world.command().await;
    command.core.run("quay_organization", None, json!({ "name": "acme" })).await.unwrap();
    let listed = command.core.list("quay_organization", json!({})).await.unwrap();
    let names: Vec<_> = listed.iter().map(|found| found.attribute("name").and_then(|name| name.as_str())).collect();
    assert_eq!(names, [Some("acme")]);
    // A token that may only see whose it is administers none.
    let narrow = world.command_with(json!({ "token": token(&world, "admin_userread") })).await;
    assert_eq!(narrow.core.list("quay_organization", json!({})).await.unwrap().len(), 0);
}

#[tokio::test]
async fn every_resource_of_an_own_organization_lives_or_names_the_feature() {
    let mut problems = Vec::new();
    for case in cases().iter().filter(|case| case.service() == Service::Quay) {
        let world = world();
        world.prepare(case).await;
        match live(&world, case).await {
            Err(problem) if !problem.contains(FLAG) => problems.push(format!("{}: {problem}", case.name())),
            _ => {}
        }
    }
    assert!(problems.is_empty(), "without full access:\n  {}", problems.join("\n  "));
}

#[tokio::test]
async fn the_quota_of_a_foreign_organization_is_managed_all_the_same() {
    let world = world();
    let alices = world.command_with(json!({ "token": token(&world, "alice") })).await;
    alices.core.run("quay_organization", None, json!({ "name": "umbrella" })).await.unwrap();
    let quota = |size: &str| json!({ "organization": "umbrella", "limit": size });
    let of_umbrella = || world.simulator.dump()["quay"]["organizations"]["umbrella"]["quota"].clone();
    let command = world.command().await;
    let made = command.apply("quay_org_quota", None, Some(quota("10 GiB"))).await.unwrap();
    command.is_settled(&made, quota("10 GiB")).await.unwrap();
    let made = command.apply("quay_org_quota", Some(&made), Some(quota("20 GiB"))).await.unwrap();
    assert_eq!(of_umbrella()["limit_bytes"], json!(20_u64 << 30));
    // One that is there is not taken over.
    let again = command.apply("quay_org_quota", None, Some(quota("30 GiB"))).await;
    says(&world, &again.diagnostics, &["exists already", "terraform import quay_org_quota.NAME 'umbrella'"]);
    // Limits have no route of their own for superusers.
    let limits = json!({ "limits": [{ "type": "Reject", "threshold_percent": 90 }] });
    let refused = command.apply("quay_org_quota", Some(&made), Some(merged(quota("20 GiB"), limits))).await;
    says(&world, &refused.diagnostics, &[FLAG, "leave `limits` out"]);
    let gone = command.apply("quay_org_quota", Some(&made), None).await;
    assert!(gone.instance.is_none() && !gone.diagnostics.has_errors(), "{}", text(&gone.diagnostics));
    assert_eq!(of_umbrella(), Json::Null);
    // A user, or nobody at all, is no organization.
    for name in ["alice", "nobody"] {
        let config = json!({ "organization": name, "limit": "1 GiB" });
        let refused = command.apply("quay_org_quota", None, Some(config)).await;
        says(&world, &refused.diagnostics, &[&format!("There is no organization {name}")]);
    }
}
