//! Traps of Quay's repository mirrors: success that means nothing, settings that are lost, and what cannot be deleted.

use serde_json::{Value as Json, json};
use terraform_framework::server::{ClientCapabilities, Encoded};

use crate::core::text;
use crate::world::{Service, Through, World};

fn mirror(more: &Json) -> Json {
    let mut config = json!({ "namespace": "acme", "repository": "app", "external_reference": "registry.example.com/team/app",
        "tags": ["latest"], "robot_username": "acme+ci", "sync_interval": 3600, "sync_start_date": "2026-12-01T00:00:00Z" });
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    config
}

/// A server with a repository and a robot, and what of it Terraform knows.
async fn world() -> World {
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    for (kind, config) in [
        ("quay_organization", json!({ "name": "acme" })),
        ("quay_repository", json!({ "namespace": "acme", "name": "app" })),
        ("quay_robot", json!({ "namespace": "acme", "name": "ci" })),
    ] {
        command.core.run(kind, None, config).await.unwrap();
    }
    command.end();
    world
}

fn shown(world: &World) -> Json {
    world.simulator.dump()["quay"]["repositories"]["acme/app"].clone()
}

fn edit(world: &World, repository: Json) {
    world.simulator.edit(json!({ "quay": { "repositories": { "acme/app": repository } } })).unwrap();
}

#[tokio::test]
async fn a_change_of_tags_that_is_only_pretended_is_an_error() {
    let world = world().await;
    let command = world.command().await;
    let made = command.core.run("quay_repository_mirror", None, mirror(&json!({}))).await.unwrap();
    // An earlier creation failed half-way.
    edit(&world, json!({ "lost_mirror_rules": [["old"]] }));
    let config = mirror(&json!({ "tags": ["v2.*"] }));
    let applied = command.apply("quay_repository_mirror", Some(&made), Some(config)).await;
    let said = text(&applied.diagnostics);
    assert!(said.contains("The tags of the mirror of repository acme/app were not changed"), "{said}");
    let kept = applied.instance.unwrap();
    assert!(command.is_settled(&kept, mirror(&json!({}))).await.is_ok(), "the state holds what is there");
    command.end();
}

#[tokio::test]
async fn the_first_proxy_of_a_mirror_is_not_lost() {
    let world = world().await;
    let command = world.command().await;
    let made = command.core.run("quay_repository_mirror", None, mirror(&json!({}))).await.unwrap();
    // As the web pages make one.
    let path = "/quay/repositories/acme~1app/mirror/config";
    world.simulator.edit(json!([{ "op": "replace", "path": path, "value": {} }])).unwrap();
    let config = mirror(&json!({ "http_proxy": "http://proxy.example.com:3128" }));
    let applied = command.apply("quay_repository_mirror", Some(&made), Some(config)).await;
    assert!(!applied.diagnostics.has_errors(), "{}", text(&applied.diagnostics));
    assert_eq!(shown(&world)["mirror"]["config"]["proxy"]["http_proxy"], "http://proxy.example.com:3128");
    command.end();
}

#[tokio::test]
async fn a_destroyed_mirror_is_taken_over_and_any_other_is_not() {
    let world = world().await;
    let command = world.command().await;
    let login =
        mirror(&json!({ "external_registry_username": "u", "external_registry_password": "a password of the user" }));
    let made = command.core.run("quay_repository_mirror", None, login.clone()).await.unwrap();
    let again = command.apply("quay_repository_mirror", None, Some(login.clone())).await;
    let said = text(&again.diagnostics);
    assert!(said.contains("terraform import quay_repository_mirror.NAME 'acme/app'"), "{said}");
    assert!(!command.core.destroy(&made).await.diagnostics.has_errors());
    let left = shown(&world);
    assert_eq!((&left["state"], &left["mirror"]["is_enabled"]), (&json!("NORMAL"), &json!(false)));
    assert_eq!((&left["mirror"]["username"], &left["mirror"]["password"]), (&Json::Null, &Json::Null));
    assert!(command.refresh(&made).await.unwrap().is_none(), "what is left behind is gone for Terraform");
    let taken = command.apply("quay_repository_mirror", None, Some(login)).await;
    assert!(!taken.diagnostics.has_errors(), "{}", text(&taken.diagnostics));
    let there = shown(&world);
    assert_eq!((&there["state"], &there["mirror"]["is_enabled"]), (&json!("MIRROR"), &json!(true)));
    assert_eq!(there["mirror"]["password"], "a password of the user");
    command.end();
}

#[tokio::test]
async fn a_robot_that_a_mirror_uses_stays_and_the_error_names_the_mirror() {
    let world = world().await;
    let command = world.command().await;
    let robot = command.core.run("quay_robot", None, json!({ "namespace": "acme", "name": "other" })).await.unwrap();
    let config = mirror(&json!({ "robot_username": "acme+other" }));
    let made = command.core.run("quay_repository_mirror", None, config).await.unwrap();
    let refused = command.core.destroy(&robot).await;
    let said = text(&refused.diagnostics);
    assert!(said.contains("The mirror of repository acme/app pushes as acme+other"), "{said}");
    assert!(!command.core.destroy(&made).await.diagnostics.has_errors());
    let refused = command.core.destroy(&robot).await;
    let said = text(&refused.diagnostics);
    assert!(said.contains("Quay's API cannot delete it. Delete the repository"), "{said}");
    // With its repository it goes, as soon as the server has cleaned up: which is waited for.
    world
        .simulator
        .edit(json!({ "quay": { "repositories": { "acme/app": null }, "robots_of_deleted_mirrors": { "acme+other": 0 },
        "collect_garbage_after": 1000 } }))
        .unwrap();
    let requests = world.simulator.dump()["quay"]["requests"].as_u64().unwrap();
    world.simulator.edit(json!({ "quay": { "collect_garbage_after": requests + 9 } })).unwrap();
    let gone = command.core.destroy(&robot).await;
    assert!(!gone.diagnostics.has_errors(), "{}", text(&gone.diagnostics));
    assert!(world.simulator.dump()["quay"]["robots"].get("acme+other").is_none());
    command.end();
}

#[tokio::test]
async fn an_unhealthy_answer_tells_all_the_same() {
    let world = world().await;
    let command = world.command().await;
    command.core.run("quay_repository_mirror", None, mirror(&json!({}))).await.unwrap();
    edit(&world, json!({ "mirror": { "status": "FAIL", "retries_remaining": 0 } }));
    for config in [json!({ "namespace": "acme" }), json!({})] {
        let schema = command.core.schemas().data_sources["quay_mirror_health"].clone();
        let asked = Encoded::of(&crate::core::config(&schema, config), &schema.ty()).unwrap();
        let read = command.core.serve().read_data("quay_mirror_health", asked, ClientCapabilities::default()).await;
        assert!(!read.diagnostics.has_errors(), "{}", text(&read.diagnostics));
        let read = read.state.decode(&schema.ty()).unwrap();
        let at = |name: &str| read.attribute(name).cloned().unwrap();
        assert_eq!(at("healthy"), false.into());
        assert_eq!(at("failed").as_i64(), Some(1));
    }
    command.end();
}

#[tokio::test]
async fn a_mirror_that_has_run_is_imported_and_plans_empty() {
    let world = world().await;
    let command = world.command().await;
    let start = "2026-12-01T00:00:00Z";
    let org = json!({ "organization": "umbrella", "external_registry_type": "quay", "external_registry_url": "https://quay.io",
        "external_namespace": "acme", "robot_username": "umbrella+ci", "sync_interval": 3600, "sync_start_date": start });
    command.core.run("quay_organization", None, json!({ "name": "umbrella" })).await.unwrap();
    command.core.run("quay_robot", None, json!({ "namespace": "umbrella", "name": "ci" })).await.unwrap();
    command.core.run("quay_repository_mirror", None, mirror(&json!({}))).await.unwrap();
    command.core.run("quay_org_mirror", None, org.clone()).await.unwrap();
    edit(&world, json!({ "mirror": { "status": "SUCCESS", "sync_start_date": "2026-12-01T03:00:00.123456Z" } }));
    let moved = json!({ "sync_status": "SUCCESS", "sync_start_date": "2026-12-01T03:00:00.123456Z" });
    world.simulator.edit(json!({ "quay": { "organizations": { "umbrella": { "mirror": moved } } } })).unwrap();
    for (kind, id, config) in
        [("quay_repository_mirror", "acme/app", mirror(&json!({}))), ("quay_org_mirror", "umbrella", org)]
    {
        let imported = command.core.import(kind, id, None).await.unwrap();
        command.is_settled(&imported, config.clone()).await.unwrap_or_else(|why| panic!("{kind}: {why}"));
        // What changes otherwise leaves the start alone; a later one is set.
        let with = |changes: Json| {
            let mut config = config.clone();
            config.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            config
        };
        let slower = with(json!({ "sync_interval": 7200 }));
        let changed = command.apply(kind, Some(&imported), Some(slower.clone())).await.unwrap();
        command.is_settled(&changed, slower).await.unwrap_or_else(|why| panic!("{kind}: {why}"));
        let dump = world.simulator.dump().to_string();
        assert!(dump.contains("2026-12-01T03:00:00.123456Z") && !dump.contains(start), "{kind}");
        let later = with(json!({ "sync_start_date": "2027-01-01T00:00:00Z" }));
        let moved = command.apply(kind, Some(&changed), Some(later.clone())).await.unwrap();
        command.is_settled(&moved, later).await.unwrap_or_else(|why| panic!("{kind}: {why}"));
        // Now it is known what was configured, and an earlier one is another one.
        let earlier = with(json!({ "sync_start_date": "2026-12-24T00:00:00Z" }));
        command.apply(kind, Some(&moved), Some(earlier)).await.unwrap();
        assert!(world.simulator.dump().to_string().contains("2026-12-24T00:00:00Z"), "{kind}");
    }
    command.end();
}

#[tokio::test]
async fn a_mirror_that_is_only_switched_off_is_not_taken_over() {
    let world = world().await;
    let command = world.command().await;
    let made = command.core.run("quay_repository_mirror", None, mirror(&json!({}))).await.unwrap();
    let login = json!({ "username": "u", "password": "a password of the user" });
    for (state, more) in [("MIRROR", json!({})), ("MIRROR", login.clone()), ("NORMAL", login)] {
        edit(&world, json!({ "state": state, "mirror": { "is_enabled": false, "username": null, "password": null } }));
        edit(&world, json!({ "mirror": more }));
        let again = command.apply("quay_repository_mirror", None, Some(mirror(&json!({})))).await;
        let said = text(&again.diagnostics);
        assert!(said.contains("terraform import quay_repository_mirror.NAME 'acme/app'"), "{state} {more}: {said}");
        // It can be imported, then, and one that is known is seen as it is.
        command.core.import("quay_repository_mirror", "acme/app", None).await.unwrap();
        let seen = command.refresh(&made).await.unwrap().expect("it is not gone");
        assert_eq!(seen.state.attribute("is_enabled").and_then(|on| on.as_bool()), Some(false));
    }
    command.end();
}

#[tokio::test]
async fn a_mirror_that_is_to_be_off_stays_known_whatever_the_state_of_its_repository_is() {
    let world = world().await;
    let command = world.command().await;
    let off = mirror(&json!({ "is_enabled": false }));
    let made = command.core.run("quay_repository_mirror", None, off.clone()).await.unwrap();
    for state in ["NORMAL", "READ_ONLY", "MIRROR"] {
        edit(&world, json!({ "state": state }));
        command.is_settled(&made, off.clone()).await.unwrap_or_else(|why| panic!("{state}: {why}"));
    }
    edit(&world, json!({ "state": "NORMAL" }));
    let on = command.apply("quay_repository_mirror", Some(&made), Some(mirror(&json!({})))).await.unwrap();
    assert_eq!(shown(&world)["state"], "MIRROR");
    command.is_settled(&on, mirror(&json!({}))).await.unwrap();
    command.end();
}

#[tokio::test]
async fn a_list_finds_mirrors_in_other_states_where_it_is_asked_to_and_all_that_it_finds_is_imported() {
    let world = world().await;
    let command = world.command().await;
    command.core.run("quay_repository", None, json!({ "namespace": "acme", "name": "none" })).await.unwrap();
    command.core.run("quay_repository_mirror", None, mirror(&json!({}))).await.unwrap();
    let listed = async |asked: Json| command.core.list("quay_repository_mirror", asked).await.unwrap().len();
    for (state, enabled, username, usual, all) in [
        ("MIRROR", true, Json::Null, 1, 1),
        ("MIRROR", false, Json::Null, 1, 1),
        ("NORMAL", true, Json::Null, 0, 1),
        ("READ_ONLY", true, Json::Null, 0, 1),
        ("NORMAL", false, json!("puller"), 0, 1),
        // So a destruction leaves it.
        ("NORMAL", false, Json::Null, 0, 0),
    ] {
        edit(&world, json!({ "state": state, "mirror": { "is_enabled": enabled, "username": username } }));
        let what = format!("{state}, {enabled}, {username}");
        assert_eq!(listed(json!({ "namespace": "acme" })).await, usual, "{what}");
        assert_eq!(listed(json!({ "namespace": "acme", "all_states": false })).await, usual, "{what}");
        assert_eq!(listed(json!({ "namespace": "acme", "all_states": true })).await, all, "{what}");
        let imported = world.command().await.core.import("quay_repository_mirror", "acme/app", None).await;
        assert_eq!(imported.is_ok(), all == 1, "{what}");
    }
    command.end();
}

#[tokio::test]
async fn the_permission_of_a_mirrors_robot_is_managed_if_it_is_made_first_and_suffices() {
    let permission = |role: &str| json!({ "namespace": "acme", "repository": "app", "robot": "acme+ci", "role": role });
    for role in ["write", "admin"] {
        let world = world().await;
        let command = world.command().await;
        let given = command.core.run("quay_repository_permission", None, permission(role)).await.unwrap();
        let made = command.core.run("quay_repository_mirror", None, mirror(&json!({}))).await.unwrap();
        command.is_settled(&given, permission(role)).await.unwrap();
        command.is_settled(&made, mirror(&json!({}))).await.unwrap();
        command.end();
    }
    // `read` is raised, and after the mirror it is there already.
    let world = world().await;
    let command = world.command().await;
    let given = command.core.run("quay_repository_permission", None, permission("read")).await.unwrap();
    command.core.run("quay_repository_mirror", None, mirror(&json!({}))).await.unwrap();
    assert!(command.is_settled(&given, permission("read")).await.is_err());
    let refused = command.apply("quay_repository_permission", None, Some(permission("write"))).await;
    assert!(text(&refused.diagnostics).contains("exists already"), "{}", text(&refused.diagnostics));
    let listed = json!({ "namespace": "acme", "repository": "app", "robots": { "acme+ci": "write" }, "users": { "admin": "admin" } });
    let list = command.core.run("quay_repository_permissions", None, listed.clone()).await.unwrap();
    command.is_settled(&list, listed).await.unwrap();
    command.end();
}
