//! Quotas: sizes in several spellings and as floats, limits in any order and letter case, and what is ignored.

use registry_simulator::{Action as Does, Fault};
use serde_json::{Value as Json, json};

use super::users::own_account::quay;
use super::{acme, world};
use crate::bad_input::says;
use crate::core::{Instance, text};
use crate::world::inspect::{edit, number, read, string};
use crate::world::{Service, Through, World, merged};

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

#[tokio::test]
async fn the_registrys_default_quota_is_not_taken_over() {
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    command.core.run("quay_organization", None, json!({ "name": "acme" })).await.unwrap();
    let made =
        command.core.run("quay_org_quota", None, json!({ "organization": "acme", "limit": "1 GiB" })).await.unwrap();
    let edit = json!([
        { "op": "replace", "path": "/quay/config/DEFAULT_SYSTEM_REJECT_QUOTA_BYTES", "value": 1024 },
        { "op": "replace", "path": "/quay/organizations/acme/quota", "value": null },
    ]);
    world.simulator.edit(edit).unwrap();
    assert!(
        world.command().await.refresh(&made).await.unwrap().is_none(),
        "the default is not the organization's own quota"
    );
}

/// Quay's routes for users' quotas take organizations too, and fail (500) for nobody's name.
#[tokio::test]
async fn a_users_quota_is_a_users() {
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    command.core.run("quay_organization", None, json!({ "name": "acme" })).await.unwrap();
    for name in ["acme", "nobody"] {
        let refused = command.core.run("quay_user_quota", None, json!({ "user": name, "limit": "1 GiB" })).await;
        assert!(refused.instance.is_none());
        assert!(text(&refused.diagnostics).contains(&format!("There is no user {name}")));
    }
    assert_eq!(world.simulator.dump()["quay"]["organizations"]["acme"]["quota"], Json::Null);
}

/// Quay takes a change to nothing with success, and leaves the quota as it is.
#[tokio::test]
async fn a_quota_that_could_be_ignored_is_refused_and_one_that_is_ignored_is_an_error() {
    let world = world(&[acme()]).await;
    let quota = |more: Json| merged(json!({ "organization": "acme" }), more);
    let at = |percent: i64| json!({ "limit": "1 GiB", "limits": [{ "type": "Reject", "threshold_percent": percent }] });
    for nothing in [json!({ "limit": "0 GiB" }), json!({ "limit_bytes": 0 }), at(0), at(101)] {
        let said = world.command().await.plan("quay_org_quota", None, quota(nothing.clone())).await;
        assert!(said.is_err(), "{nothing}");
    }
    let made = world.command().await.core.run("quay_org_quota", None, quota(json!({ "limit_bytes": 1000 }))).await;
    let made = made.unwrap();
    let ignored =
        json!({ "id": 1, "limit_bytes": 1000.0, "limit": "1000 Bytes", "default_config": false, "limits": [] });
    world.simulator.fault(Fault::once("PUT", "*quota*", Does::answer(200, &ignored.to_string())));
    let said =
        world.command().await.apply("quay_org_quota", Some(&made), Some(quota(json!({ "limit_bytes": 2000 })))).await;
    says(&world, &said.diagnostics, &["organization acme was not changed", "1000 bytes in place of 2000"]);
    assert!(said.instance.is_some(), "it stays in the state");
}

/// No moment is without a limit, and the limit keeps its id; that it was changed is looked at.
#[tokio::test]
async fn a_limit_of_a_quota_is_changed_in_place() {
    const LIMIT: &str = "/api/v1/organization/{orgname}/quota/{quota_id}/limit";
    let world = world(&[acme()]).await;
    let at = |limits: &[(&str, i64)]| {
        let limits: Vec<Json> = limits.iter().map(|(t, p)| json!({ "type": t, "threshold_percent": p })).collect();
        json!({ "organization": "acme", "limit": "1 GiB", "limits": limits })
    };
    let of_acme = || world.simulator.dump()["quay"]["organizations"]["acme"]["quota"]["limits"].clone();
    let command = world.command().await;
    let made = command.core.run("quay_org_quota", None, at(&[("Warning", 50), ("Reject", 90)])).await.unwrap();
    let ids: Vec<Json> = of_acme().as_array().into_iter().flatten().map(|limit| limit["id"].clone()).collect();
    world.simulator.reset_requests();
    let wanted = at(&[("Warning", 60), ("Warning", 90)]);
    let made = command.apply("quay_org_quota", Some(&made), Some(wanted.clone())).await.unwrap();
    let sent = world.simulator.requests();
    let one = format!("{LIMIT}/{{limit_id}}");
    assert_eq!((sent.of("PUT", &one), sent.of("POST", LIMIT), sent.of("DELETE", &one)), (2, 0, 0));
    let now: Vec<Json> = of_acme().as_array().into_iter().flatten().map(|limit| limit["id"].clone()).collect();
    assert_eq!(now, ids);
    command.is_settled(&made, wanted).await.unwrap();
    let ignored = json!({ "id": 1, "limit_bytes": 1_073_741_824, "limits": of_acme() });
    world.simulator.fault(Fault::once("PUT", "*limit/*", Does::answer(200, &ignored.to_string())));
    let said = command.apply("quay_org_quota", Some(&made), Some(at(&[("Warning", 70), ("Warning", 90)]))).await;
    says(&world, &said.diagnostics, &["A limit of the quota of organization acme was not changed"]);
}

#[tokio::test]
async fn what_a_server_does_not_know_by_an_id_or_a_name_is_said() {
    let world = quay(&[]).await;
    let command = world.command().await;
    let quota =
        json!({ "organization": "acme", "limit": "1 GiB", "limits": [{ "type": "Reject", "threshold_percent": 90 }] });
    command.core.run("quay_org_quota", None, quota).await.unwrap();
    let own = json!({ "user": "admin", "limit": "2 GiB", "limits": [{ "type": "Warning", "threshold_percent": 50 }] });
    command.core.run("quay_user_quota", None, own).await.unwrap();
    for (type_name, of) in [("quay_org_quota", json!({ "organization": "acme" })), ("quay_user_quota", json!({}))] {
        let whole = read(&command, type_name, of.clone()).await.unwrap();
        let id = whole.attribute("quota_id").and_then(|id| id.as_i64()).expect("an id");
        let by_id = read(&command, type_name, merged(of.clone(), json!({ "quota_id": id }))).await.unwrap();
        assert_eq!(by_id, whole);
        let said = read(&command, type_name, merged(of.clone(), json!({ "quota_id": 999 }))).await.unwrap_err();
        says(&world, &said, &["There is no quota 999", "has another id"]);
        let limits = |more: Json| merged(merged(of.clone(), json!({ "quota_id": id })), more);
        let all = read(&command, "quay_quota_limits", limits(json!({}))).await.unwrap();
        let one = all.attribute("limits").and_then(|all| all.as_list()?.first()).cloned().expect("a limit");
        let limit = one.attribute("limit_id").and_then(|id| id.as_i64()).expect("an id");
        let found = read(&command, "quay_quota_limits", limits(json!({ "limit_id": limit }))).await.unwrap();
        assert_eq!(found.attribute("limits"), all.attribute("limits"));
        let said = read(&command, "quay_quota_limits", limits(json!({ "limit_id": 999 }))).await.unwrap_err();
        says(&world, &said, &["There is no limit 999 of quota"]);
    }
    let said = read(&command, "quay_quota_limits", json!({ "quota_id": 999 })).await.unwrap_err();
    says(&world, &said, &["There is no quota 999 of the token's own user"]);
    let said = read(&command, "quay_error_type", json!({ "error_type": "nosuch" })).await.unwrap_err();
    says(&world, &said, &["This Quay has no error type nosuch"]);
}
