//! Builds and build triggers: how they go, how they fail, and what is told of them.

use container_registries::framework::value::Value;
use registry_simulator::{Action as Does, Fault};
use serde_json::{Value as Json, json};

use crate::core::text;
use crate::world::table::builds::{ACTIVE, BUILD, FIRST, active, begun, building, reporting};
use crate::world::{Service, Through, World};

/// A server with repository `acme/app`, patched.
pub(super) async fn world(patch: Json) -> World {
    let world = World::new(Service::Quay, Through::Calls);
    let command = world.command().await;
    for (kind, config) in [
        ("quay_organization", json!({ "name": "acme" })),
        ("quay_repository", json!({ "namespace": "acme", "name": "app" })),
    ] {
        command.core.run(kind, None, config).await.unwrap();
    }
    command.end();
    edit(&world, patch);
    world
}

pub(super) fn edit(world: &World, patch: Json) {
    world.simulator.edit(patch).unwrap();
    world.witness.learn(&world.simulator.dump());
}

fn of_app(more: Json) -> Json {
    let mut config = json!({ "namespace": "acme", "repository": "app" });
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    config
}

pub(super) fn builder(phases: &[&str]) -> Json {
    json!({ "quay": { "builder": phases } })
}

pub(super) fn archive(more: Json) -> Json {
    let mut config = of_app(json!({ "archive_url": "https://sources.example.com/app.tar.gz" }));
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    config
}

pub(super) fn builds(world: &World) -> Vec<Json> {
    let dump = world.simulator.dump();
    dump["quay"]["repositories"]["acme/app"]["builds"].as_object().unwrap().values().cloned().collect()
}

pub(super) async fn invoked(world: &World, action: &str, config: Json) -> Result<Vec<String>, String> {
    let command = world.command().await;
    let told = command.core.invoke(action, config).await.map_err(|said| text(&said));
    command.end();
    told
}

async fn read(world: &World, name: &str, config: Json) -> Result<Value, String> {
    let command = world.command().await;
    let found = command.core.read_data(name, config).await.map_err(|said| text(&said));
    command.end();
    found
}

fn list<'v>(found: &'v Value, name: &str) -> &'v [Value] {
    found.attribute(name).and_then(Value::as_list).expect("a list")
}

fn string<'v>(found: &'v Value, name: &str) -> Option<&'v str> {
    found.attribute(name).and_then(Value::as_str)
}

#[tokio::test]
async fn an_archive_is_uploaded_and_built() {
    let world = world(builder(&["complete"])).await;
    let config = of_app(json!({ "archive_file": "Cargo.toml" }));
    let told = invoked(&world, "quay_start_build", config).await.unwrap();
    assert!(told[0].starts_with("Cargo.toml is uploaded"), "{told:?}");
    let files = world.simulator.dump()["quay"]["files"].as_object().unwrap().clone();
    let (id, file) = files.iter().next().unwrap();
    assert_eq!(builds(&world)[0]["resource_key"], json!(id));
    assert_eq!(file["kind"], "application/gzip");
    assert!(file["content"].is_string());
    let said =
        invoked(&world, "quay_start_build", of_app(json!({ "archive_file": "no such file" }))).await.unwrap_err();
    assert!(said.contains("Cannot read the archive"), "{said}");
    let nowhere =
        json!({ "namespace": "acme", "repository": "none", "archive_url": "https://sources.example.com/x.tgz" });
    let said = invoked(&world, "quay_start_build", nowhere).await.unwrap_err();
    assert!(said.contains("There is no repository acme/none"), "{said}");
}

#[tokio::test]
async fn a_trigger_builds_a_branch_a_tag_or_what_is_newest() {
    let world = world(active()).await;
    for (more, tag) in [(json!({}), "main"), (json!({ "branch": "main" }), "main"), (json!({ "tag": "v1" }), "v1")] {
        let mut config = of_app(json!({ "trigger_id": ACTIVE }));
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let told = invoked(&world, "quay_start_build_trigger", config).await.unwrap();
        assert!(told[0].contains(tag), "{told:?}");
    }
    for (more, words) in [
        (json!({ "trigger_id": ACTIVE, "commit": "abcdef0" }), "takes no commit"),
        (json!({ "trigger_id": ACTIVE, "branch": "none" }), "Could not find branch"),
        (json!({ "trigger_id": "none" }), "There is no build trigger none"),
    ] {
        let said = invoked(&world, "quay_start_build_trigger", of_app(more)).await.unwrap_err();
        assert!(said.contains(words), "{said}");
    }
    edit(&world, begun());
    let said = invoked(&world, "quay_start_build_trigger", of_app(json!({ "trigger_id": FIRST }))).await.unwrap_err();
    assert!(said.contains("is not set up"), "{said}");
}

#[tokio::test]
async fn a_build_is_cancelled_until_it_is_pushed() {
    let world = world(building(false)).await;
    let config = of_app(json!({ "build_id": BUILD }));
    let phase = |phase: &str| json!({ "quay": { "repositories": { "acme/app": { "builds": { BUILD: { "phase": phase } } } } } });
    invoked(&world, "quay_cancel_build", config.clone()).await.unwrap();
    assert_eq!(builds(&world)[0]["phase"], "cancelled");
    let told = invoked(&world, "quay_cancel_build", config.clone()).await.unwrap();
    assert!(told[0].contains("is over: cancelled"), "{told:?}");
    edit(&world, phase("pushing"));
    let said = invoked(&world, "quay_cancel_build", config).await.unwrap_err();
    assert!(
        said.contains("Build is currently running or has finished") && said.contains("The build is pushing"),
        "{said}"
    );
    let said = invoked(&world, "quay_cancel_build", of_app(json!({ "build_id": "none" }))).await.unwrap_err();
    assert!(said.contains("Repository acme/app has no build none"), "{said}");
}

#[tokio::test]
async fn builds_are_listed_the_newest_first_and_a_cut_is_said() {
    let world = world(json!({})).await;
    let found = read(&world, "quay_builds", of_app(json!({}))).await.unwrap();
    assert!(list(&found, "builds").is_empty() && found.attribute("truncated") == Some(&Value::Bool(false)));
    for tag in ["one", "two", "three"] {
        invoked(&world, "quay_start_build", archive(json!({ "tags": [tag], "wait": false }))).await.unwrap();
    }
    let found = read(&world, "quay_builds", of_app(json!({ "limit": 2 }))).await.unwrap();
    let tags: Vec<_> = list(&found, "builds").iter().map(|build| list(build, "tags")[0].as_str().unwrap()).collect();
    assert_eq!(tags, ["three", "two"]);
    assert_eq!(found.attribute("truncated"), Some(&Value::Bool(true)));
    let later = of_app(json!({ "since": "2999-01-01T00:00:00Z" }));
    assert!(list(&read(&world, "quay_builds", later).await.unwrap(), "builds").is_empty());
    let said = read(&world, "quay_builds", of_app(json!({ "since": "yesterday" }))).await.unwrap_err();
    assert!(said.contains("Invalid time"), "{said}");
    for config in [json!({ "namespace": "acme", "repository": "none" }), of_app(json!({ "trigger_id": "none" }))] {
        let said = read(&world, "quay_builds", config).await.unwrap_err();
        assert!(
            said.contains("There is no repository acme/none") || said.contains("There is no build trigger none"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn a_build_is_read_with_its_logs_wherever_they_are() {
    let world = world(building(false)).await;
    let of_build = json!({ "build_id": BUILD, "include_logs": true });
    let found = read(&world, "quay_build", of_app(of_build.clone())).await.unwrap();
    assert_eq!((string(&found, "phase"), string(&found, "repository_name")), (Some("waiting"), Some("acme/app")));
    assert_eq!(string(&list(&found, "logs")[0], "message"), Some("waiting"));
    let short = read(&world, "quay_build", of_app(json!({ "build_id": BUILD }))).await.unwrap();
    assert_eq!(short.attribute("logs"), Some(&Value::Null));
    edit(&world, building(true));
    let silent = json!({ "quay": { "repositories": { "acme/app": { "builds": { BUILD: { "logs": [] } } } } } });
    let found = read(&world, "quay_build", of_app(of_build.clone())).await.unwrap();
    assert_eq!(found.attribute("logs"), Some(&Value::Null));
    assert!(string(&found, "logs_url").unwrap().ends_with(&format!("/logarchive/{BUILD}")));
    let found = read(&world, "quay_build", of_build.clone()).await.unwrap();
    assert_eq!(list(&found, "logs").len(), 1, "a superuser reads the archive");
    edit(&world, silent);
    let found = read(&world, "quay_build", of_build).await.unwrap();
    assert!(list(&found, "logs").is_empty(), "there is no archive of a build that said nothing");
    for config in [of_app(json!({ "build_id": "none" })), json!({ "build_id": "none" })] {
        let said = read(&world, "quay_build", config).await.unwrap_err();
        assert!(said.contains("no build none"), "{said}");
    }
}

#[tokio::test]
async fn triggers_and_what_their_service_holds_are_read() {
    let world = world(json!({})).await;
    let found = read(&world, "quay_build_triggers", of_app(json!({}))).await.unwrap();
    assert!(list(&found, "triggers").is_empty());
    edit(&world, active());
    let found = read(&world, "quay_build_triggers", of_app(json!({}))).await.unwrap();
    assert_eq!(string(&list(&found, "triggers")[0], "repository_url"), Some("https://github.com/team/app"));
    let of_source = of_app(json!({ "trigger_id": ACTIVE, "source_namespace": "team", "build_source": "team/app" }));
    let found = read(&world, "quay_build_sources", of_source).await.unwrap();
    assert_eq!(string(&list(&found, "sources")[0], "full_name"), Some("team/app"));
    let paths: Vec<_> = list(&found, "dockerfiles").iter().map(|file| string(file, "path").unwrap()).collect();
    assert_eq!(paths, ["/Dockerfile", "/web/Dockerfile"]);
    assert_eq!(list(&found, "refs").len(), 2);
    let analysis = found.attribute("analysis").unwrap();
    assert_eq!(string(analysis, "status"), Some("publicbase"));
    let nowhere = of_app(json!({ "trigger_id": ACTIVE, "source_namespace": "none" }));
    assert!(list(&read(&world, "quay_build_sources", nowhere).await.unwrap(), "sources").is_empty());
    edit(&world, begun());
    for (name, config, words) in [
        ("quay_build_sources", of_app(json!({ "trigger_id": FIRST })), "cannot be asked"),
        ("quay_build_sources", of_app(json!({ "trigger_id": "none" })), "There is no build trigger none"),
        ("quay_build_triggers", of_app(json!({ "trigger_id": "none" })), "There is no build trigger none"),
        (
            "quay_build_triggers",
            json!({ "namespace": "acme", "repository": "none" }),
            "There is no repository acme/none",
        ),
    ] {
        let said = read(&world, name, config).await.unwrap_err();
        assert!(said.contains(words), "{name}: {said}");
    }
}

#[tokio::test]
async fn a_trigger_is_set_up_once() {
    let world = world(begun()).await;
    let command = world.command().await;
    let kind = "quay_build_trigger";
    let config = of_app(json!({ "trigger_id": FIRST, "build_source": "git@git.example.com:team/app.git" }));
    let made = command.core.run(kind, None, config.clone()).await.unwrap();
    assert!(made.state.attribute("ssh_public_key").and_then(Value::as_str).unwrap().starts_with("ssh-rsa "));
    assert_eq!(made.state.attribute("webhook_url"), Some(&Value::Null));
    command.is_settled(&made, config.clone()).await.unwrap();
    let again = command.apply(kind, None, Some(config.clone())).await;
    let said = text(&again.diagnostics);
    assert!(said.contains(&format!("terraform import quay_build_trigger.NAME 'acme/app/{FIRST}'")), "{said}");
    let mut other = config.clone();
    other["context"] = json!("/app");
    let said = text(&command.plan(kind, Some(&made), other).await.unwrap_err());
    assert!(said.contains("A build trigger cannot be set up again"), "{said}");
    assert!(said.contains("`context` is set to something else"), "{said}");
    let mut off = config.clone();
    off["enabled"] = json!(false);
    let off = command.apply(kind, Some(&made), Some(off)).await.unwrap();
    assert_eq!(off.state.attribute("disabled_reason").and_then(Value::as_str), Some("user_toggled"));
    assert!(!command.core.destroy(&off).await.diagnostics.has_errors());
    let gone = command.apply(kind, None, Some(config)).await;
    assert!(
        text(&gone.diagnostics).contains("Quay makes a build trigger only in a browser"),
        "{}",
        text(&gone.diagnostics)
    );
    command.end();
}

#[tokio::test]
async fn another_repositorys_trigger_is_not_taken_for_its_own() {
    let world = world(begun()).await;
    let command = world.command().await;
    command.core.run("quay_repository", None, json!({ "namespace": "acme", "name": "other" })).await.unwrap();
    let config = json!({ "namespace": "acme", "repository": "other", "trigger_id": FIRST, "build_source": "git@git.example.com:x.git" });
    let refused = command.apply("quay_build_trigger", None, Some(config)).await;
    assert!(text(&refused.diagnostics).contains("There is no build trigger"), "{}", text(&refused.diagnostics));
    command.end();
}

#[tokio::test]
async fn a_trigger_of_another_repository_is_not_shown_as_its_own() {
    let world = world(active()).await;
    let command = world.command().await;
    command.core.run("quay_repository", None, json!({ "namespace": "acme", "name": "other" })).await.unwrap();
    command.end();
    let config = json!({ "namespace": "acme", "repository": "other", "trigger_id": ACTIVE });
    let said = read(&world, "quay_build_triggers", config).await.unwrap_err();
    assert!(said.contains("There is no build trigger"), "{said}");
}

#[tokio::test]
async fn a_trigger_that_cannot_be_switched_off_is_not_lost() {
    let world = world(begun()).await;
    let kind = "quay_build_trigger";
    let config =
        of_app(json!({ "trigger_id": FIRST, "build_source": "git@git.example.com:team/app.git", "enabled": false }));
    world.simulator.fault(Fault::once("PUT", "*/trigger/*", Does::quay_crash()).times(u32::MAX));
    let command = world.command().await;
    let half = command.apply(kind, None, Some(config.clone())).await;
    let said = text(&half.diagnostics);
    assert!(half.instance.is_none(), "Terraform would delete it to make it anew");
    assert!(said.contains("Cannot switch off") && said.contains(&format!("NAME 'acme/app/{FIRST}'")), "{said}");
    world.simulator.clear_faults();
    let found = command.core.import(kind, &format!("acme/app/{FIRST}"), None).await.unwrap();
    let off = command.apply(kind, Some(&found), Some(config.clone())).await.unwrap();
    command.is_settled(&off, config).await.unwrap();
    command.end();
}

#[tokio::test]
async fn a_trigger_whose_robot_is_deleted_has_none() {
    let world = world(begun()).await;
    let command = world.command().await;
    let robot = command.core.run("quay_robot", None, json!({ "namespace": "acme", "name": "ci" })).await.unwrap();
    let kind = "quay_build_trigger";
    let config = of_app(
        json!({ "trigger_id": FIRST, "build_source": "git@git.example.com:team/app.git", "pull_robot": "acme+ci" }),
    );
    let made = command.core.run(kind, None, config.clone()).await.unwrap();
    assert!(!command.core.destroy(&robot).await.diagnostics.has_errors());
    command.end();
    let command = world.command().await;
    let found = command.refresh(&made).await.unwrap().unwrap();
    assert_eq!(found.state.attribute("pull_robot"), Some(&Value::Null));
    let said = text(&command.plan(kind, Some(&found), config.clone()).await.unwrap_err());
    assert!(said.contains("`pull_robot` is set to something else"), "{said}");
    let mut without = config;
    without["pull_robot"] = Json::Null;
    command.is_settled(&found, without).await.unwrap();
    command.end();
}

#[tokio::test]
async fn the_address_of_a_trigger_is_handed_on_and_not_stored() {
    let world = world(begun()).await;
    let command = world.command().await;
    let name = "quay_build_trigger_webhook";
    let config = of_app(json!({ "trigger_id": FIRST }));
    let early = command.core.open_and_close(name, config.clone()).await.unwrap();
    assert_eq!(early.attribute("webhook_url"), Some(&Value::Null));
    edit(&world, reporting());
    let opened = command.core.open_and_close(name, config).await.unwrap();
    assert!(string(&opened, "webhook_url").unwrap().ends_with(&format!("/webhooks/push/trigger/{FIRST}")));
    edit(&world, active());
    for (id, words) in [(ACTIVE, "has no address to report to"), ("none", "There is no build trigger none")] {
        let said = command.core.open_and_close(name, of_app(json!({ "trigger_id": id }))).await.unwrap_err();
        assert!(text(&said).contains(words), "{}", text(&said));
    }
    command.end();
}

#[tokio::test]
async fn builds_stay_when_their_trigger_is_deleted() {
    let world = world(active()).await;
    let started = of_app(json!({ "trigger_id": ACTIVE }));
    invoked(&world, "quay_start_build_trigger", started).await.unwrap();
    let command = world.command().await;
    let found = command.core.import("quay_build_trigger", &format!("acme/app/{ACTIVE}"), None).await.unwrap();
    assert!(!command.core.destroy(&found).await.diagnostics.has_errors());
    command.end();
    let found = read(&world, "quay_builds", of_app(json!({}))).await.unwrap();
    let build = &list(&found, "builds")[0];
    assert_eq!((build.attribute("trigger_id"), string(build, "phase")), (Some(&Value::Null), Some("complete")));
}
