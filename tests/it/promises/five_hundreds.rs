//! Every failure (500) that Quay was seen to answer with, and what its provider makes of it: it is avoided, before anything is sent, or it is
//! explained. What can be configured to run into one is in [`super::five_hundreds_table`].

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value as Json, json};
use terraform_framework::schema::Mode;
use terraform_framework::{Diagnostic, Diagnostics};

use super::five_hundreds_table::{Asked, Met, Row, rows};
use crate::bad_input::token;
use crate::core::text;
use crate::world::inspect::{edit, held};
use crate::world::{Command, Service, Through, World};

/// Files and lines of all recorded failures, with method and path.
fn recorded() -> BTreeMap<(String, usize), (String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recordings/quay");
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        let file = path.file_stem().unwrap().to_str().unwrap().to_owned();
        for (at, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            let exchange: Json = serde_json::from_str(line).unwrap();
            if exchange["status"].as_u64() >= Some(500) {
                let text = |name: &str| exchange[name].as_str().unwrap().to_owned();
                found.insert((file.clone(), at + 1), (text("method"), text("path")));
            }
        }
    }
    found
}

/// Whether a path belongs to a route, given by segments.
fn fits(route: &[&str], path: &[&str]) -> bool {
    match route.split_first() {
        None => path.is_empty(),
        Some((&"{repository}", rest)) => (2..=path.len()).any(|taken| fits(rest, &path[taken..])),
        Some((name, rest)) => path
            .split_first()
            .is_some_and(|(segment, more)| (name.starts_with('{') || name == segment) && fits(rest, more)),
    }
}

#[test]
fn each_recorded_failure_has_its_rows() {
    let recorded = recorded();
    assert!(recorded.len() > 20, "the recordings are read");
    let mut named = BTreeSet::new();
    for row in rows() {
        let (method, route) = row.route.split_once(' ').unwrap();
        for (file, line) in row.recorded {
            let key = ((*file).to_owned(), *line);
            let (sent, path) = recorded.get(&key).unwrap_or_else(|| panic!("{file}:{line} is no failure"));
            let segments = |text: &'static str| text.split('/').collect::<Vec<_>>();
            assert_eq!(method, sent, "{file}:{line}");
            let path: Vec<&str> = path.split('?').next().unwrap().split('/').collect();
            assert!(fits(&segments(route), &path), "{file}:{line} is not of {route}");
            named.insert(key);
        }
    }
    let missing: Vec<_> = recorded.into_iter().filter(|(key, _)| !named.contains(key)).collect();
    assert_eq!(missing, [], "recorded failures that nobody says what the provider makes of");
}

/// What Quay fails without is required: Terraform itself refuses a configuration that lacks it.
#[test]
fn what_quay_fails_without_is_required() {
    let schema = Service::Quay.serve().schema().unwrap();
    for (kind, argument) in [("quay_global_message", "content"), ("quay_repository_mirror", "robot_username")] {
        let attribute = schema.resources[kind].block.attribute(argument).unwrap();
        assert_eq!(attribute.mode, Mode::Required, "{kind}.{argument}");
    }
}

/// Organizations of the superuser and of somebody else, with a repository and a robot.
async fn prepared() -> World {
    let world = World::new(Service::Quay, Through::Calls);
    let alice = world.command_with(json!({ "token": token(&world, "alice") })).await;
    alice.core.run("quay_organization", None, json!({ "name": "aliceorg" })).await.unwrap();
    let command = world.command().await;
    let identity = |issuer: &str| json!({ "issuer": issuer, "subject": "job" });
    for (kind, config) in [
        ("quay_organization", json!({ "name": "acme" })),
        ("quay_organization", json!({ "name": "beta" })),
        ("quay_team", json!({ "organization": "acme", "name": "devs", "role": "member" })),
        ("quay_repository", json!({ "namespace": "acme", "name": "app" })),
        ("quay_robot", json!({ "namespace": "acme", "name": "ci" })),
        ("quay_robot_federation", json!({ "robot": "acme+ci", "identities": [identity("https://away.example.com")] })),
    ] {
        command.core.run(kind, None, config).await.unwrap();
    }
    world
}

/// Does what a row asks for. Gives what was said, and what the server held before.
async fn perform(world: &World, command: &Command<'_>, asked: Asked) -> (Diagnostics, Json) {
    let core = &command.core;
    let made = async |kind: &str, config: Json, patch: Json| {
        let made = core.run(kind, None, config).await.unwrap();
        if !patch.is_null() {
            edit(world, patch);
        }
        world.simulator.reset_requests();
        (made, held(world))
    };
    let before = held(world);
    let said = match asked {
        Asked::Make(kind, config) => core.run(kind, None, config).await.diagnostics,
        Asked::Change(kind, config, patch, changed) => {
            let (made, before) = made(kind, config, patch).await;
            return (core.run(kind, Some(&made), changed).await.diagnostics, before);
        }
        Asked::Destroy(kind, config, patch) => {
            let (made, before) = made(kind, config, patch).await;
            return (core.destroy(&made).await.diagnostics, before);
        }
        Asked::Import(kind, id) => core.import(kind, id, None).await.err().unwrap_or_default(),
        Asked::Read(name, config) => core.read_data(name, config).await.err().unwrap_or_default(),
        Asked::Invoke(name, config) => core.invoke(name, config).await.err().unwrap_or_default(),
        Asked::Open(name, config) => core.open_and_close(name, config).await.err().unwrap_or_default(),
    };
    (said, before)
}

/// What is not as the row says.
fn complaint(row: &Row, world: &World, said: &Diagnostics, before: &Json) -> Option<String> {
    let requests = world.simulator.requests();
    let (method, route) = row.route.split_once(' ').unwrap();
    let sent = requests.of(method, route) > 0;
    let failures: Vec<&str> = requests.failed.keys().map(String::as_str).collect();
    let says = |words: &'static [&'static str]| words.iter().find(|word| !text(said).contains(**word)).copied();
    let is_at = |d: &Diagnostic, at: &str| d.path.as_ref().is_some_and(|path| path.root_attribute() == Some(at));
    let refuses = |at: &str| at.is_empty() || said.0.iter().any(|d| is_at(d, at));
    let wrong = |what: &str| Some(what.to_owned());
    let writes = ["POST", "PUT", "DELETE"].iter().any(|method| requests.of_method(method) > 0);
    match &row.met {
        Met::Planned(_) | Met::Seen(_) | Met::Explained(_) if !said.has_errors() => wrong("there is no error"),
        Met::Works | Met::WorksWithout | Met::Overcome if said.has_errors() => wrong("it fails"),
        Met::Planned(at) if !refuses(at) => Some(format!("nothing is said at {at}")),
        Met::Planned(_) if writes => wrong("something was sent"),
        Met::Seen(words) | Met::Explained(words) if says(words).is_some() => {
            Some(format!("not said: {:?}", says(words)))
        }
        Met::Planned(_) | Met::Seen(_) | Met::WorksWithout if sent => wrong("it was sent"),
        Met::Explained(_) | Met::Overcome if failures != [row.route] => wrong("not this failed"),
        Met::Planned(_) | Met::Seen(_) | Met::Works | Met::WorksWithout if !failures.is_empty() => {
            wrong("the server failed")
        }
        Met::Planned(_) | Met::Seen(_) | Met::Explained(_) if held(world) != *before => wrong("it changed something"),
        _ => None,
    }
    .map(|what| format!("{what}; failed: {failures:?}; said: {}", text(said)))
}

#[tokio::test]
async fn failures_of_quay_are_avoided_or_explained() {
    let world = prepared().await;
    let robots_token = world.simulator.dump()["quay"]["robots"]["acme+ci"]["token"].as_str().unwrap().to_owned();
    let start = world.simulator.dump();
    let mut complaints = Vec::new();
    for row in rows() {
        world.restore(&start);
        if !row.server.is_null() {
            edit(&world, row.server.clone());
        }
        let command = world.command_with(json!({ "token": token(&world, row.whose) })).await;
        world.simulator.reset_requests();
        let (said, before) = perform(&world, &command, row.asked.clone().with_token(&robots_token)).await;
        world.witness.see("a diagnostic", text(&said));
        if let Some(what) = complaint(&row, &world, &said, &before) {
            let asked = format!("{:?}", row.asked);
            complaints.push(format!("{:?} {}\n  {:.300}\n  {what}", row.recorded, row.route, asked));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n\n"));
    assert_eq!(world.witness.leaks(), Vec::<String>::new());
}
