//! Traps of amounts: sizes in several spellings and as floats, limits in any order and letter case, and values of policies that mean the same
//! and are not.

use registry_simulator::{Action as Does, Fault};
use serde_json::{Value as Json, json};

use super::{acme, refused};
use crate::core::{Action, Instance};
use crate::promises::{edit, number, string, world};
use crate::world::{World, merged};

const KIND: &str = "quay_org_quota";

fn quota(more: Json) -> Json {
    merged(json!({ "organization": "acme" }), more)
}

fn held(world: &World) -> Json {
    world.simulator.dump()["quay"]["organizations"]["acme"]["quota"].clone()
}

/// Quay's units are those of 1000 (GB) and of 1024 (GiB), and it shows all in the latter, rounded.
#[tokio::test]
async fn a_size_is_what_it_says_whatever_quay_shows() {
    let world = world(&[acme()]).await;
    let mut made: Option<Instance> = None;
    for (limit, bytes) in [
        ("1 GB", 1_000_000_000),
        ("1 GiB", 1 << 30),
        ("1500 MB", 1_500_000_000),
        ("1024 KiB", 1 << 20),
        ("1 MiB", 1 << 20),
        ("1000001 B", 1_000_001),
        ("8191 PiB", 8191 << 50),
    ] {
        let command = world.command().await;
        let config = quota(json!({ "limit": limit }));
        let next = command.apply(KIND, made.as_ref(), Some(config.clone())).await.unwrap();
        assert_eq!(held(&world)["limit_bytes"], json!(bytes), "{limit}");
        assert_eq!(number(&next, "limit_bytes"), bytes, "{limit}");
        command.is_settled(&next, config).await.unwrap_or_else(|why| panic!("{limit}: {why}"));
        made = Some(next);
    }
    // The same in bytes, and in another spelling, is no change for the server.
    let command = world.command().await;
    world.simulator.reset_requests();
    command.apply(KIND, made.as_ref(), Some(quota(json!({ "limit_bytes": 8191_i64 << 50 })))).await.unwrap();
    assert_eq!(world.simulator.requests().of_method("PUT"), 0);
    for more in [
        json!({ "limit": "8192 PiB" }),
        json!({ "limit": "9 EiB" }),
        json!({ "limit": "1.5 GiB" }),
        json!({ "limit": "-1 GiB" }),
    ] {
        assert!(command.plan(KIND, None, quota(more.clone())).await.is_err(), "{more}");
    }
}

/// After a change by text Quay answers with a float, and whatever reads the quota then gets one.
#[tokio::test]
async fn bytes_that_come_as_a_float_are_the_same_bytes() {
    let world = world(&[acme()]).await;
    let command = world.command().await;
    let config = quota(json!({ "limit": "1 GiB" }));
    let made = command.core.run(KIND, None, config.clone()).await.unwrap();
    let view = json!({ "id": 1, "limit_bytes": 2_147_483_648.0, "limit": "2.0 GiB", "default_config": false, "limits": [],
        "default_config_exists": false });
    assert!(view.to_string().contains("2147483648.0"));
    world.simulator.fault(Fault::once("PUT", "*quota*", Does::answer(200, &view.to_string())));
    let changed = command.core.run(KIND, Some(&made), quota(json!({ "limit": "2 GiB" }))).await.unwrap();
    assert_eq!((number(&changed, "limit_bytes"), string(&changed, "limit")), (2 << 30, "2 GiB".to_owned()));
}

/// Limits have no order, types come in any letter case, several of a type stand side by side, and so do equal ones.
#[tokio::test]
async fn limits_in_another_order_and_spelling_are_no_drift() {
    let world = world(&[acme()]).await;
    let command = world.command().await;
    let limit = |kind: &str, percent: i64| json!({ "type": kind, "threshold_percent": percent });
    let config =
        quota(json!({ "limit": "1 GiB", "limits": [limit("Reject", 90), limit("Reject", 95), limit("Warning", 50)] }));
    let made = command.core.run(KIND, None, config.clone()).await.unwrap();
    let limits = held(&world)["limits"].clone();
    let mut other = limits.as_array().unwrap().clone();
    other.reverse();
    other.push(merged(other[0].clone(), json!({ "id": 99 })));
    edit(&world, json!({ "quay": { "organizations": { "acme": { "quota": { "limits": other } } } } }));
    let command = world.command().await;
    command.is_settled(&made, config.clone()).await.unwrap();
    // All equal ones go when they are to go.
    let less = quota(json!({ "limit": "1 GiB", "limits": [limit("Reject", 90)] }));
    let changed = command.apply(KIND, Some(&made), Some(less.clone())).await.unwrap();
    command.is_settled(&changed, less).await.unwrap();
    assert_eq!(held(&world)["limits"].as_array().map(Vec::len), Some(1));
    // A type in small letters is refused by the plan, so that the state never shows another one than the configuration.
    assert!(
        command.plan(KIND, None, quota(json!({ "limit": "1 GiB", "limits": [limit("reject", 90)] }))).await.is_err()
    );
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
