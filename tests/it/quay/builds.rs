//! Builds: how they go, how they fail, and what is told of them.

mod sources;
mod triggers;
mod uploads;
mod waiting;

use registry_simulator::{Action, Fault};
use serde_json::{Value as Json, json};
use terraform_framework::value::Value;

use crate::core::text;
use crate::world::table::quay::builds::{ACTIVE, BUILD, active, building};
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

pub(super) fn of_app(more: Json) -> Json {
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

pub(super) async fn read(world: &World, name: &str, config: Json) -> Result<Value, String> {
    let command = world.command().await;
    let found = command.core.read_data(name, config).await.map_err(|said| text(&said));
    command.end();
    found
}

pub(super) fn list<'v>(found: &'v Value, name: &str) -> &'v [Value] {
    found.attribute(name).and_then(Value::as_list).expect("a list")
}

pub(super) fn string<'v>(found: &'v Value, name: &str) -> Option<&'v str> {
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
async fn logs_that_quay_cannot_read_are_not_taken_for_none() {
    let world = world(building(false)).await;
    let phase = |phase: &str| json!({ "quay": { "repositories": { "acme/app": { "builds": { BUILD: { "phase": phase } } } } } });
    let of_build = json!({ "build_id": BUILD, "include_logs": true });
    let unread = async |config: Json| {
        let command = world.command().await;
        let (found, warnings) = command.core.read_data_warned("quay_build", config).await.unwrap();
        command.end();
        assert_eq!(found.attribute("logs"), Some(&Value::Null));
        assert!(text(&warnings).contains("cannot be read") && text(&warnings).contains("Redis"), "{}", text(&warnings));
        found
    };
    edit(&world, phase("cannot_load"));
    for config in [of_app(of_build.clone()), of_build.clone()] {
        let found = unread(config).await;
        assert_eq!(string(&found, "phase"), Some("cannot_load"));
        assert!(string(&found, "error").is_some());
    }
    // It fails between two pages.
    edit(&world, phase("building"));
    let first = r#"{"start": 0, "total": 2, "logs": [{"message": "one"}]}"#;
    for body in [first, r#"{"start": 1, "total": 0, "logs": []}"#] {
        world.simulator.fault(Fault::once("GET", "*/logs", Action::answer(200, body)));
    }
    unread(of_app(of_build.clone())).await;
    // A build that has said nothing yet.
    edit(&world, json!({ "quay": { "repositories": { "acme/app": { "builds": { BUILD: { "logs": [] } } } } } }));
    assert!(list(&read(&world, "quay_build", of_app(of_build)).await.unwrap(), "logs").is_empty());
}

/// Such addresses let in whoever has them, and are others with each read.
#[tokio::test]
async fn logs_that_never_end_are_noticed() {
    let world = world(building(false)).await;
    let body = r#"{"start": 0, "total": 9000000000000000000, "logs": [{"message": "one"}]}"#;
    world.simulator.fault(Fault::once("GET", "*/logs", Action::answer(200, body)).times(u32::MAX));
    for config in
        [json!({ "build_id": BUILD, "include_logs": true }), of_app(json!({ "build_id": BUILD, "include_logs": true }))]
    {
        world.simulator.reset_requests();
        let said = read(&world, "quay_build", config).await.unwrap_err();
        assert!(said.contains("does not come to an end"), "{said}");
        assert!(world.simulator.requests().total <= 5, "{:?}", world.simulator.requests());
    }
}

#[tokio::test]
async fn where_an_archive_and_logs_are_is_said_on_demand_only() {
    let world = world(building(true)).await;
    let (archive, logs) = ("https://sources.example.com/app.tar.gz", format!("/logarchive/{BUILD}"));
    for (include_logs, shown) in [(false, false), (true, false), (false, true), (true, true)] {
        let config = of_app(json!({ "build_id": BUILD, "include_logs": include_logs, "include_addresses": shown }));
        let found = read(&world, "quay_build", config).await.unwrap();
        assert_eq!(string(&found, "archive_url"), shown.then_some(archive));
        assert_eq!(string(&found, "logs_url").is_some_and(|url| url.ends_with(&logs)), shown);
    }
    let of_any = read(&world, "quay_build", json!({ "build_id": BUILD, "include_addresses": true })).await.unwrap();
    assert!(string(&of_any, "logs_url").unwrap().ends_with(&logs));
    assert_eq!(of_any.attribute("logs"), Some(&Value::Null));
    let command = world.command().await;
    let schema = &command.core.schemas().data_sources["quay_build"];
    for name in ["archive_url", "logs_url"] {
        assert!(schema.block.attribute(name).unwrap().sensitive, "{name}");
    }
    command.end();
}

#[tokio::test]
async fn a_build_of_a_trigger_tells_of_its_source_and_commit() {
    let world = world(active()).await;
    invoked(&world, "quay_start_build_trigger", of_app(json!({ "trigger_id": ACTIVE }))).await.unwrap();
    let all = read(&world, "quay_builds", of_app(json!({}))).await.unwrap();
    let id = string(&list(&all, "builds")[0], "build_id").unwrap().to_owned();
    for config in [of_app(json!({ "build_id": id })), json!({ "build_id": id })] {
        let found = read(&world, "quay_build", config).await.unwrap();
        for (name, value) in [("trigger_service", "github"), ("build_source", "team/app"), ("default_branch", "main")] {
            assert_eq!(string(&found, name), Some(value), "{name}");
        }
        let commit = found.attribute("commit_info").unwrap();
        assert_eq!((string(commit, "message"), string(commit, "date")), (Some("Start"), Some("2026-11-20T14:09:25Z")));
        assert_eq!(string(commit.attribute("author").unwrap(), "url"), Some("https://github.com/mo"));
        assert_eq!(string(commit.attribute("committer").unwrap(), "username"), Some("web-flow"));
    }
    edit(&world, building(false));
    let found = read(&world, "quay_build", of_app(json!({ "build_id": BUILD }))).await.unwrap();
    for name in ["trigger_service", "build_source", "default_branch", "commit_info"] {
        assert_eq!(found.attribute(name), Some(&Value::Null), "{name}");
    }
}

#[tokio::test]
async fn an_archive_that_is_too_large_is_not_read() {
    let world = world(builder(&["complete"])).await;
    let path = std::env::temp_dir().join(format!("too-large-{}.tar.gz", std::process::id()));
    std::fs::File::create(&path).unwrap().set_len((512 << 20) + 1).unwrap();
    world.simulator.reset_requests();
    let said = invoked(&world, "quay_start_build", of_app(json!({ "archive_file": path }))).await.unwrap_err();
    std::fs::remove_file(&path).unwrap();
    assert!(said.contains("too large to be uploaded") && said.contains("`archive_url`"), "{said}");
    assert_eq!(world.simulator.requests().of_method("POST"), 0);
}

/// Quay would build `feature/x` as `feature_x`.
#[tokio::test]
async fn tags_that_quay_would_rewrite_are_refused() {
    let world = world(builder(&["complete"])).await;
    let said = invoked(&world, "quay_start_build", archive(json!({ "tags": ["feature/x"] }))).await.unwrap_err();
    assert!(said.contains("feature/x"), "{said}");
    assert_eq!(world.simulator.dump()["quay"]["repositories"]["acme/app"]["builds"], json!({}));
}
