//! `harbor_temporary_robot`: made when opened, deleted when closed, with leftovers of its own cleaned up.

use serde_json::{Map, Value as Json, json};
use terraform_framework::server::Encoded;
use terraform_framework::value::Value;

use super::prefixes::robot;
use crate::core::{config, text};
use crate::harbor::may;
use crate::world::inspect::edit;
use crate::world::{Command, Service, Through, World, merged};

const TYPE: &str = "harbor_temporary_robot";

/// Opens one: its values, and what closes it.
async fn open(command: &Command<'_>, asked: Json) -> (Value, Vec<u8>) {
    let schema = &command.core.schemas().ephemeral_resources[TYPE];
    let asked = Encoded::of(&config(schema, asked), &schema.ty()).unwrap();
    let opened = command.core.serve().open(TYPE, asked).await;
    assert!(!opened.diagnostics.has_errors(), "{}", text(&opened.diagnostics));
    (opened.result.decode(&schema.ty()).unwrap(), opened.private.unwrap())
}

/// The stored names of all robots.
fn robots(world: &World) -> Vec<String> {
    let rows = world.simulator.dump()["harbor"]["robots"]["rows"].clone();
    let mut names: Vec<String> =
        rows.as_object().unwrap().values().map(|row| row["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

/// What a robot of its own is described as, as one that was opened shows.
async fn mark(world: &World, asked: Json) -> String {
    let command = world.command().await;
    let before = robots(world).len();
    let (_, private) = open(&command, asked).await;
    let rows = world.simulator.dump()["harbor"]["robots"]["rows"].clone();
    let newest = rows.as_object().unwrap().values().next_back().unwrap()["description"].as_str().unwrap().to_owned();
    assert!(!command.core.serve().close(TYPE, private).await.has_errors());
    assert_eq!(robots(world).len(), before, "closing deletes it");
    newest
}

/// A robot that somebody left behind: stored name, project, description, expiry.
fn left(name: &str, project: i64, description: &str, expires_at: i64) -> Json {
    let scope = if project == 0 { "/project/*".to_owned() } else { format!("/project/{project}") };
    json!({ "name": name, "project_id": project, "description": description, "expires_at": expires_at, "duration": 1,
        "secret": "Left-behind-1", "permissions": [{ "scope": scope, "resource": "repository", "action": "pull" }] })
}

/// Leftovers of all kinds, those first that are to be deleted when one of the system is opened.
fn leftovers(mark: &str) -> Json {
    const OVER: i64 = 1;
    const FAR: i64 = 32_503_680_000;
    let rows = [
        left("terraform-0000000000000001", 0, mark, OVER),
        left("terraform-00000000000000aa", 0, mark, OVER),
        left("terraform-0000000000000002", 0, mark, FAR),
        left("terraform-0000000000000003", 0, mark, -1),
        left("terraform-0000000000000004", 0, "mine", OVER),
        left("my-terraform-0000000000000005", 0, mark, OVER),
        left("terraform-prod-0000000000000006", 0, mark, OVER),
        left("acme+terraform-0000000000000007", 2, mark, OVER),
        left("acme+my-terraform-0000000000000008", 2, mark, OVER),
        left("acme+terraform-0000000000000009", 2, mark, FAR),
    ];
    let rows: Map<String, Json> = rows.into_iter().zip(100..).map(|(row, id)| (id.to_string(), row)).collect();
    json!({ "harbor": { "robots": { "rows": rows } } })
}

#[tokio::test]
async fn expired_leftovers_of_its_own_are_deleted_and_no_others() {
    for prefix in ["robot$", "bot-", ""] {
        let world = World::new(Service::Harbor, Through::Calls);
        edit(&world, json!({ "harbor": { "configuration": { "robot_name_prefix": prefix } } }));
        let command = world.command().await;
        command.core.run("harbor_project", None, json!({ "name": "acme" })).await.unwrap();
        let system = json!({ "permissions": [may("*", &[("repository", "pull")])] });
        let project = json!({ "project": "acme", "permissions": [may("acme", &[("repository", "pull")])] });
        edit(&world, leftovers(&mark(&world, system.clone()).await));
        let all = robots(&world);
        let without = |gone: &[&str]| -> Vec<String> {
            all.iter().filter(|name| !gone.contains(&name.as_str())).cloned().collect()
        };
        for (asked, gone) in [
            (system, vec!["terraform-0000000000000001", "terraform-00000000000000aa"]),
            (
                project,
                vec!["terraform-0000000000000001", "terraform-00000000000000aa", "acme+terraform-0000000000000007"],
            ),
        ] {
            let (result, private) = open(&command, asked).await;
            let name = result.attribute("full_name").and_then(Value::as_str).unwrap().to_owned();
            assert!(name.starts_with(prefix), "{name}");
            assert!(!command.core.serve().close(TYPE, private).await.has_errors());
            assert_eq!(robots(&world), without(&gone), "prefix {prefix:?}");
        }
    }
}

#[tokio::test]
async fn a_robot_may_use_it_and_cleans_up_too() {
    let world = World::new(Service::Harbor, Through::Calls);
    let grants =
        [may("/", &[("robot", "create"), ("robot", "list"), ("robot", "delete")]), may("*", &[("repository", "pull")])];
    let login = robot(&world, "bot-", json!(grants)).await;
    let asked = json!({ "permissions": [may("*", &[("repository", "pull")])] });
    let mark = mark(&world, asked.clone()).await;
    edit(
        &world,
        json!({ "harbor": { "robots": { "rows": { "100": left("terraform-0000000000000001", 0, &mark, 1) } } } }),
    );
    let command = world.command_with(login).await;
    let (result, private) = open(&command, merged(asked, json!({}))).await;
    assert!(
        result.attribute("full_name").and_then(Value::as_str).is_some_and(|name| name.starts_with("bot-terraform-"))
    );
    assert!(!command.core.serve().close(TYPE, private).await.has_errors());
    assert_eq!(robots(&world), ["caller"]);
}
