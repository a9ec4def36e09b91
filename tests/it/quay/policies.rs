//! Policies about tags: equal ones, those of others, and values that mean the same and are not.

use registry_simulator::{Action as Does, Fault};
use serde_json::{Value as Json, json};
use terraform_framework::value::Value;

use super::releases::{acme_with_address, of_release};
use super::{acme, app, refused, world};
use crate::bad_input::says;
use crate::core::{Action, text};
use crate::world::World;
use crate::world::inspect::{apply, at, string};

#[tokio::test]
async fn an_equal_policy_is_refused_with_the_id_of_the_one_that_is_there() {
    let world = world(&[acme()]).await;
    let kind = "quay_org_auto_prune_policy";
    let config = json!({ "organization": "acme", "method": "number_of_tags", "value": "10" });
    let first = apply(&world, kind, None, config.clone()).await.unwrap();
    let id = at(&first, "id").as_str().unwrap().to_owned();
    let refused = apply(&world, kind, None, config).await.unwrap_err();
    assert!(refused.contains(&format!("terraform import {kind}.NAME '{id}'")), "{refused}");

    let kind = "quay_org_immutability_policy";
    let config = json!({ "organization": "acme", "tag_pattern": "^v" });
    let first = apply(&world, kind, None, config).await.unwrap();
    let id = at(&first, "id").as_str().unwrap().to_owned();
    let other = json!({ "organization": "acme", "tag_pattern": "^v", "tag_pattern_matches": false });
    let refused = apply(&world, kind, None, other).await.unwrap_err();
    assert!(refused.contains(&format!("'{id}'")), "the same pattern is refused, whatever else differs: {refused}");
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let world = world(&[acme()]).await;
    let policy = json!({ "organization": "nobody", "method": "number_of_tags", "value": "10" });
    let refused = apply(&world, "quay_org_auto_prune_policy", None, policy).await.unwrap_err();
    assert!(refused.contains("There is no organization nobody"), "{refused}");
    let policy = json!({ "organization": "nobody", "tag_pattern": "^v" });
    let refused = apply(&world, "quay_org_immutability_policy", None, policy).await.unwrap_err();
    assert!(refused.contains("There is no organization nobody"), "{refused}");
    let policy = json!({ "namespace": "acme", "repository": "app", "tag_pattern": "^v" });
    let refused = apply(&world, "quay_repository_immutability_policy", None, policy).await.unwrap_err();
    assert!(refused.contains("There is no repository acme/app"), "{refused}");
    let cache = json!({ "organization": "nobody", "upstream_registry": "quay.io" });
    let refused = apply(&world, "quay_org_proxy_cache", None, cache).await.unwrap_err();
    assert!(refused.contains("There is no organization nobody"), "{refused}");
}

#[tokio::test]
async fn another_users_policy_is_an_error_and_never_gone() {
    let world = world(&[]).await;
    let kind = "quay_user_auto_prune_policy";
    let config = |user: &str| json!({ "user": user, "method": "creation_date", "value": "7d" });
    let refused = apply(&world, kind, None, config("alice")).await.unwrap_err();
    assert!(refused.contains("The token belongs to \"admin\""), "{refused}");
    let mut mine = apply(&world, kind, None, config("admin")).await.unwrap();
    mine.state.set(&terraform_framework::Path::attribute("user"), Value::from("alice"));
    let command = world.command().await;
    let read = command.core.refresh(&mine).await;
    assert!(read.is_err_and(|said| text(&said).contains("Another user's policies")));
}

#[tokio::test]
async fn an_organization_that_is_gone_takes_its_policies_along() {
    let world = world(&[acme()]).await;
    let policy = json!({ "organization": "acme", "method": "number_of_tags", "value": "10" });
    let cache = json!({ "organization": "acme", "upstream_registry": "quay.io" });
    let made = [
        apply(&world, "quay_org_auto_prune_policy", None, policy).await.unwrap(),
        apply(&world, "quay_org_proxy_cache", None, cache).await.unwrap(),
    ];
    world.simulator.edit(json!({ "quay": { "organizations": { "acme": null } } })).unwrap();
    for (instance, full_access) in made.iter().flat_map(|instance| [(instance, true), (instance, false)]) {
        world
            .simulator
            .edit(json!({ "quay": { "config": { "FEATURE_SUPERUSERS_FULL_ACCESS": full_access } } }))
            .unwrap();
        let command = world.command().await;
        assert!(command.core.refresh(instance).await.unwrap().is_none(), "{}", instance.type_name);
    }
}

/// Lets the server describe an API whose auto-prune policies have these members.
fn describe(world: &World, members: &[&str]) {
    let properties: serde_json::Map<_, _> = members.iter().map(|name| ((*name).to_owned(), json!({}))).collect();
    let body = json!([{ "in": "body", "name": "body", "schema": { "$ref": "#/definitions/AutoPrunePolicyConfig" } }]);
    let description = json!({
        "swagger": "2.0",
        "paths": {
            "/api/v1/organization/{orgname}": { "get": { "parameters": [] } },
            "/api/v1/organization/{orgname}/autoprunepolicy/": { "post": { "parameters": body } },
        },
        "definitions": { "AutoPrunePolicyConfig": { "type": "object", "properties": properties } },
    });
    let answer = Does::answer(200, &description.to_string());
    world.simulator.fault(Fault::once("GET", "/api/v1/discovery*", answer).times(u32::MAX));
}

#[tokio::test]
async fn a_tag_pattern_is_refused_by_a_release_that_would_leave_it_out() {
    let world = world(&[acme()]).await;
    let kind = "quay_org_auto_prune_policy";
    let all = json!({ "organization": "acme", "method": "number_of_tags", "value": "10" });
    let with = |name: &str, value: Json| {
        let mut config = all.clone();
        config[name] = value;
        config
    };
    describe(&world, &["method", "value"]);
    let command = world.command().await;
    for config in [with("tag_pattern", json!("^v")), with("tag_pattern_matches", json!(false))] {
        let refused = text(&command.plan(kind, None, config).await.unwrap_err());
        assert!(refused.contains("tag_pattern") && refused.contains("3.13"), "{refused}");
    }
    let made = apply(&world, kind, None, all.clone()).await.unwrap();
    command.is_settled(&made, all.clone()).await.unwrap();
    world.simulator.clear_faults();
    describe(&world, &["method", "value", "tagPattern", "tagPatternMatches"]);
    apply(&world, kind, Some(&made), with("tag_pattern", json!("^v"))).await.unwrap();
    // Of repositories, this server knows no policies at all.
    let of_app = json!({ "namespace": "acme", "repository": "app", "method": "number_of_tags", "value": "10" });
    let refused =
        text(&world.command().await.plan("quay_repository_auto_prune_policy", None, of_app).await.unwrap_err());
    assert!(refused.contains("3.11") && refused.contains("FEATURE_AUTO_PRUNE"), "{refused}");
}

#[tokio::test]
async fn a_refresh_of_many_policies_takes_a_few_requests() {
    let world = world(&[acme()]).await;
    let mut made = Vec::new();
    for count in 1..=20 {
        let config = json!({ "organization": "acme", "method": "number_of_tags", "value": count.to_string() });
        made.push(apply(&world, "quay_org_auto_prune_policy", None, config).await.unwrap());
    }
    let command = world.command().await;
    world.simulator.reset_requests();
    for instance in &made {
        assert_eq!(command.core.refresh(instance).await.unwrap().unwrap().state, instance.state);
    }
    let requests = world.simulator.requests();
    assert!(requests.total <= 3, "{requests:?}");
}

/// Quay keeps `7d` and `1w` as they are, a number as a number, and lets two policies become alike.
#[tokio::test]
async fn the_value_of_a_policy_is_kept_as_it_is() {
    const KIND: &str = "quay_org_auto_prune_policy";
    let world = world(&[acme()]).await;
    let command = world.command().await;
    let policy = |method: &str, value: &str| json!({ "organization": "acme", "method": method, "value": value });
    let mut made = command.core.run(KIND, None, policy("number_of_tags", "10")).await.unwrap();
    for (method, value) in
        [("creation_date", "7d"), ("creation_date", "1w"), ("creation_date", "168h"), ("number_of_tags", "1000000")]
    {
        let config = policy(method, value);
        made = command.apply(KIND, Some(&made), Some(config.clone())).await.unwrap();
        assert_eq!(string(&made, "value"), value);
        command.is_settled(&made, config).await.unwrap_or_else(|why| panic!("{value}: {why}"));
    }
    // Made alike by a change, both are there, and each is its own.
    let twin = command.core.run(KIND, None, policy("number_of_tags", "5")).await.unwrap();
    let twin = command.core.run(KIND, Some(&twin), policy("number_of_tags", "1000000")).await.unwrap();
    assert_ne!(string(&made, "uuid"), string(&twin, "uuid"));
    let gone = command.core.destroy(&twin).await;
    assert!(!gone.diagnostics.has_errors());
    let plan = command.plan(KIND, Some(&made), policy("number_of_tags", "1000000")).await.unwrap();
    assert_eq!(plan.action, Action::Nothing);
    command.is_settled(&made, policy("number_of_tags", "1000000")).await.unwrap();
    // A change to a pattern that another policy has is refused with its words.
    let kind = "quay_org_immutability_policy";
    let pattern = |pattern: &str| json!({ "organization": "acme", "tag_pattern": pattern });
    command.core.run(kind, None, pattern("^a")).await.unwrap();
    refused(&world, kind, pattern("^a"), &["exists already"]).await;
    let b = command.core.run(kind, None, pattern("^b")).await.unwrap();
    let said = command.core.run(kind, Some(&b), pattern("^a")).await;
    crate::bad_input::says(&world, &said.diagnostics, &["tag_pattern"]);
}

#[tokio::test]
async fn a_second_auto_prune_policy_is_refused_with_the_first_and_the_release_that_allows_more() {
    let kind = "quay_org_auto_prune_policy";
    let world = of_release("3.12", &[], &[acme_with_address()]).await;
    let command = world.command().await;
    let policy = |value: &str| json!({ "organization": "acme", "method": "number_of_tags", "value": value });
    let first = command.apply(kind, None, Some(policy("10"))).await.unwrap();
    let id = first.state.attribute("id").and_then(|id| id.as_str()).unwrap().to_owned();
    let said = command.apply(kind, None, Some(policy("20"))).await;
    says(&world, &said.diagnostics, &[&format!("terraform import {kind}.NAME '{id}'"), "before 3.13"]);
}

#[tokio::test]
async fn a_policy_whose_making_failed_inside_the_server_is_made_again() {
    let world = world(&[acme(), app()]).await;
    let command = world.command().await;
    let kind = "quay_repository_auto_prune_policy";
    let policy =
        |value: &str| json!({ "namespace": "acme", "repository": "app", "method": "number_of_tags", "value": value });
    let fails = |times| Fault::once("POST", "*/autoprunepolicy/", Does::quay_crash()).times(times);
    world.simulator.fault(fails(1));
    command.apply(kind, None, Some(policy("5"))).await.unwrap();
    // As often as anything is tried.
    world.simulator.fault(fails(100));
    let failed = command.apply(kind, None, Some(policy("6"))).await;
    says(&world, &failed.diagnostics, &["500"]);
    assert!(failed.instance.is_none());
    assert_eq!(command.core.list(kind, json!({ "namespace": "acme", "repository": "app" })).await.unwrap().len(), 1);
}
