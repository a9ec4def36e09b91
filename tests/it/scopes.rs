//! Least privilege: the scopes that a page names are enough for a token, and for resources none of them is idle; without one, the error
//! names it. (Much that is no resource has several uses, each with a scope of its own.) A list needs what its resource needs; where its own
//! page names more, each of these is enough beside that, and there is a use that needs one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use terraform_framework::Diagnostics;

use crate::core::text;
use crate::coverage;
use crate::world::table::other_kinds::{Other, Sort, others};
use crate::world::table::{Case, cases};
use crate::world::{Service, Through, World};

/// Scopes that Quay has.
const SCOPES: &[&str] =
    &["repo:read", "repo:write", "repo:admin", "repo:create", "user:read", "user:admin", "org:admin", "super:user"];

/// Scopes that a page names and this use of the thing does not need.
const MORE: &[(&str, &str)] = &[
    // For the robot that pulls.
    ("quay_build_trigger", "org:admin"),
    ("quay_robot", "user:admin"),
    ("quay_robot (with its token stored)", "user:admin"),
    ("quay_robot (of the token's own user)", "org:admin"),
    ("quay_robot_federation", "user:admin"),
    // A superuser may do it where FEATURE_SUPERUSERS_FULL_ACCESS is on.
    ("quay_team_sync", "org:admin"),
    ("quay_robot_federation (of the token's own user)", "org:admin"),
    ("quay_robot_federation (of the token's own user)", "user:admin"),
];

/// Scopes that this use needs because of what it gives away: no token can give more than it has.
const GIVEN: &[(&str, &[&str])] = &[("quay_oauth_application_token", &["repo:read", "repo:write"])];

/// What an error may name where a scope is missing: the least that the request at hand needs.
fn least(scope: &str) -> &[&str] {
    match scope {
        "repo:admin" => &["repo:admin", "repo:write", "repo:read"],
        "repo:write" => &["repo:write", "repo:read"],
        "user:admin" => &["user:admin", "user:read"],
        "user:read" => &["user:read"],
        "repo:read" => &["repo:read"],
        "repo:create" => &["repo:create"],
        "org:admin" => &["org:admin"],
        _ => &["super:user"],
    }
}

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

/// Compares what is said of the scopes with what happens; `run` uses the thing with the given scopes. With `each`, none may be idle.
async fn compare(
    name: &str,
    doc: &str,
    each: bool,
    problems: &mut Vec<String>,
    run: impl AsyncFn(&BTreeSet<&'static str>) -> Diagnostics,
) {
    let scopes = named(doc);
    if scopes.is_empty() && doc.contains("needs no scope") {
        return;
    }
    if scopes.is_empty() {
        problems.push(format!("{name}: its page names no scope"));
        return;
    }
    let given = GIVEN.iter().filter(|(thing, _)| name.starts_with(thing)).flat_map(|(_, given)| given.iter().copied());
    let given: BTreeSet<&'static str> = given.collect();
    let with_given = |scopes: BTreeSet<&'static str>| scopes.into_iter().chain(given.iter().copied()).collect();
    if let Some(said) = errors(&run(&with_given(scopes.clone())).await) {
        problems.push(format!("{name}: {scopes:?} are not enough: {said}"));
        return;
    }
    if !each {
        return;
    }
    for scope in &scopes {
        let rest = with_given(scopes.iter().copied().filter(|other| other != scope).collect());
        let excused = MORE.contains(&(name, scope));
        match (errors(&run(&rest).await), excused) {
            (Some(said), false) if least(scope).iter().any(|named| said.contains(named)) => {}
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
        compare(&case.name(), doc, true, &mut problems, async |scopes| live(case, scopes).await).await;
    }
    assert!(problems.is_empty(), "scopes:\n  {}", problems.join("\n  "));
}

#[tokio::test]
async fn what_a_page_says_of_scopes_is_enough_for_everything_else() {
    let schema = Service::Quay.serve().schema().expect("a schema");
    let mut problems = Vec::new();
    for other in &others() {
        let doc = match other.sort {
            Sort::Data => &schema.data_sources[other.name].block.doc,
            Sort::Ephemeral => &schema.ephemeral_resources[other.name].block.doc,
            Sort::Action => &schema.actions[other.name].block.doc,
            Sort::List => continue,
        };
        compare(other.name, doc, false, &mut problems, async |scopes| use_once(other, scopes).await).await;
    }
    assert!(problems.is_empty(), "scopes:\n  {}", problems.join("\n  "));
}

#[tokio::test]
async fn the_scopes_of_a_resource_and_one_of_those_that_its_list_names_are_enough_to_list() {
    let schema = Service::Quay.serve().schema().expect("a schema");
    let mut problems = Vec::new();
    // Lists that name scopes, and whether something was seen to need one.
    let mut needed: BTreeMap<&str, bool> = BTreeMap::new();
    for other in others().iter().filter(|other| other.sort == Sort::List) {
        let of_resource = named(&schema.resources[other.name].block.doc);
        let doc = &schema.list_resources[other.name].block.doc;
        let own = SCOPES.iter().copied().filter(|scope| doc.contains(&format!("`{scope}`")));
        let own: Vec<&str> = own.filter(|scope| !of_resource.contains(scope)).collect();
        let without = errors(&use_once(other, &of_resource).await);
        if own.is_empty() {
            problems.extend(without.map(|said| format!("{}: {of_resource:?} are not enough: {said}", other.name)));
            continue;
        }
        // One that a scope of the resource comes with is not missed.
        let comes_along = own.iter().any(|scope| of_resource.iter().any(|more| least(more).contains(scope)));
        *needed.entry(other.name).or_default() |= without.is_some() || comes_along;
        if let Some(said) = without.filter(|said| !own.iter().any(|scope| said.contains(scope))) {
            problems.push(format!("{}: without {own:?}, none of them is said: {said}", other.name));
        }
        for scope in own {
            let scopes = of_resource.iter().copied().chain([scope]).collect();
            let said = errors(&use_once(other, &scopes).await);
            problems.extend(said.map(|said| format!("{}: {scopes:?} are not enough: {said}", other.name)));
        }
    }
    problems
        .extend(needed.iter().filter(|(_, needed)| !**needed).map(|(name, _)| format!("{name}: names idle scopes")));
    assert!(problems.is_empty(), "scopes of lists:\n  {}", problems.join("\n  "));
}
