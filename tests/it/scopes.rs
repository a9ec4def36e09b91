//! Least privilege: the scopes that a page names are enough for a token, and none of them is idle. Without one, the error names it.

use std::collections::BTreeSet;

use container_registries::framework::Diagnostics;
use serde_json::{Value as Json, json};

use crate::core::text;
use crate::coverage;
use crate::world::table::others::{Other, Sort, others};
use crate::world::table::{Case, cases};
use crate::world::{Service, Through, World};

/// Scopes that Quay has.
const SCOPES: &[&str] =
    &["repo:read", "repo:write", "repo:admin", "repo:create", "user:read", "user:admin", "org:admin", "super:user"];

/// Things that a page says more scopes of than one use of them needs, with the reason.
const MORE: &[(&str, &str, &str)] = &[];

/// The scopes that the sentence about them names.
fn named(doc: &str) -> BTreeSet<&'static str> {
    let sentence = doc.split("\n\n").filter(|p| p.starts_with("Scope: ") || p.starts_with("Scopes: "));
    let sentence: String = sentence.collect();
    SCOPES.iter().copied().filter(|scope| sentence.contains(&format!("`{scope}`"))).collect()
}

/// A token of the superuser with these scopes alone.
fn token(world: &World, scopes: &BTreeSet<&str>) -> String {
    let dump = world.simulator.dump();
    let tokens = dump["quay"]["tokens"].as_object().expect("tokens");
    let mut token = tokens.values().find(|token| token["label"] == "admin").expect("the superuser's").clone();
    token["label"] = json!("narrow");
    token["scopes"] = json!(scopes);
    let text = "narrow-token-for-a-test-of-scopes";
    world.simulator.edit(json!({ "quay": { "tokens": { text: token } } })).expect("a token more");
    world.witness.learn_secret(text);
    text.to_owned()
}

/// Makes, imports, changes and destroys a resource with these scopes; everything that went wrong.
async fn live(case: &Case, scopes: &BTreeSet<&str>) -> Diagnostics {
    let world = World::new(Service::Quay, Through::Calls);
    world.prepare(case).await;
    let narrow = json!({ "token": token(&world, scopes) });
    let mut said = Diagnostics::default();
    let command = world.command_with(narrow.clone()).await;
    let made = command.apply(case.resource, None, Some(world.configuration(&case.config))).await;
    said.extend(made.diagnostics.clone());
    if made.diagnostics.has_errors() {
        // What comes after creation is tried all the same.
        let all = world.command().await;
        if let Some(half) = &made.instance {
            all.apply(case.resource, Some(half), None).await;
        }
    }
    let made = match (made.instance, made.diagnostics.has_errors()) {
        (Some(instance), false) => instance,
        _ => world.command().await.apply(case.resource, None, Some(world.configuration(&case.config))).await.unwrap(),
    };
    let id = made.state.attribute("id").and_then(|id| id.as_str()).expect("an id").to_owned();
    if let Err(error) = world.command_with(narrow.clone()).await.core.import(case.resource, &id, None).await {
        said.extend(error);
    }
    let command = world.command_with(narrow.clone()).await;
    let mut instance = made;
    if !case.changed.is_null() {
        let changed = command.apply(case.resource, Some(&instance), Some(world.configuration(&case.changed))).await;
        said.extend(changed.diagnostics);
        instance = changed.instance.unwrap_or(instance);
    }
    said.extend(world.command_with(narrow).await.apply(case.resource, Some(&instance), None).await.diagnostics);
    said
}

async fn use_once(other: &Other, scopes: &BTreeSet<&str>) -> Diagnostics {
    let world = World::new(Service::Quay, Through::Calls);
    let config = coverage::prepared(&world, other).await;
    let command = world.command_with(json!({ "token": token(&world, scopes) })).await;
    coverage::call(&command.core, other, config).await.err().unwrap_or_default()
}

fn errors(said: &Diagnostics) -> Option<String> {
    said.has_errors().then(|| text(said))
}

/// Compares what is said of the scopes with what happens; `run` uses the thing with the given scopes.
async fn compare(
    name: &str,
    doc: &str,
    problems: &mut Vec<String>,
    run: impl AsyncFn(&BTreeSet<&'static str>) -> Diagnostics,
) {
    let scopes = named(doc);
    if scopes.is_empty() {
        problems.push(format!("{name}: its page names no scope"));
        return;
    }
    if let Some(said) = errors(&run(&scopes).await) {
        problems.push(format!("{name}: {scopes:?} are not enough: {said}"));
        return;
    }
    for scope in &scopes {
        let rest: BTreeSet<&str> = scopes.iter().copied().filter(|other| other != scope).collect();
        let excused = MORE.iter().any(|(thing, more, _)| name.starts_with(thing) && more == scope);
        match (errors(&run(&rest).await), excused) {
            (Some(said), false) if said.contains(scope) => {}
            (Some(said), false) => problems.push(format!("{name}: without {scope}, that is not said: {said}")),
            (None, false) => problems.push(format!("{name}: {scope} is not needed")),
            (None, true) => {}
            (Some(_), true) => problems.push(format!("{name}: {scope} is needed, against what is said here")),
        }
    }
}

#[tokio::test]
async fn what_a_page_says_of_scopes_is_enough_and_needed_for_every_resource() {
    let schema = Service::Quay.serve().schema().expect("a schema");
    let mut problems = Vec::new();
    for case in cases().iter().filter(|case| case.service() == Service::Quay) {
        let doc = &schema.resources[case.resource].block.doc;
        compare(&case.name(), doc, &mut problems, async |scopes| live(case, scopes).await).await;
    }
    assert!(problems.is_empty(), "scopes:\n  {}", problems.join("\n  "));
}

#[tokio::test]
async fn what_a_page_says_of_scopes_is_enough_and_needed_for_everything_else() {
    let schema = Service::Quay.serve().schema().expect("a schema");
    let mut problems = Vec::new();
    for other in &others() {
        let doc = match other.sort {
            Sort::Data => &schema.data_sources[other.name].block.doc,
            Sort::Ephemeral => &schema.ephemeral_resources[other.name].block.doc,
            Sort::Action => &schema.actions[other.name].block.doc,
            // A list needs what its resource needs.
            Sort::List => continue,
        };
        compare(other.name, doc, &mut problems, async |scopes| use_once(other, scopes).await).await;
    }
    assert!(problems.is_empty(), "scopes:\n  {}", problems.join("\n  "));
}
