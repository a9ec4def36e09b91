//! Which operation of Quay's API is sent by what: observed, one thing at a time, and written down in a page. An operation that nothing
//! sends needs a reason; a reason for one that is sent fails too.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::{Map, Value as Json, json};
use terraform_framework::Diagnostics;

use crate::core::{Core, Instance, text};
use crate::docs;
use crate::world::table::other_kinds::{Other, Sort, others};
use crate::world::table::{Case, cases};
use crate::world::{Service, Through, World};

/// Every operation of the server's own description, and of the guides.
const OPERATIONS: &str = include_str!("../recordings/operations.txt");

/// Why nothing sends an operation. There are no other reasons.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// The server answers 410 to it.
    Gone,
    /// It is a step of a browser's login.
    Browser,
}

impl Reason {
    fn words(self) -> String {
        match self {
            Self::Gone => "Nothing: the server answers 410 to it.".to_owned(),
            Self::Browser => {
                "Nothing: it needs a browser's login: it begins, opens or confirms a session of the web pages."
                    .to_owned()
            }
        }
    }
}

/// Operations that nothing sends: a method (or `*`) and a route, whose end `**` takes any rest.
const REASONS: &[(&str, Reason)] = &[
    ("* repository/{repository}/tokens/**", Reason::Gone),
    // Gives the address of another service's login page; what is entered there comes back to the browser's session.
    ("POST externallogin/{service_id}", Reason::Browser),
    // All that these two do is to open or confirm a session of the web pages, which a cookie carries.
    ("POST signin", Reason::Browser),
    ("POST signin/verify", Reason::Browser),
];

/// `GET organization/{}/robots/{}`.
fn bare(operation: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "{}" } else { part }.to_owned();
    operation.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn fits(pattern: &str, operation: &str) -> bool {
    let (method, route) = operation.split_once(' ').expect("a method and a route");
    let (m, r) = pattern.split_once(' ').expect("a method and a route");
    let same = match r.strip_suffix("**") {
        Some(start) => bare(route).starts_with(&bare(start)),
        None => bare(route) == bare(r),
    };
    same && (m == "*" || m == method)
}

fn reason(operation: &str) -> Option<Reason> {
    REASONS.iter().find(|(pattern, _)| fits(pattern, operation)).map(|(_, reason)| *reason)
}

/// What was sent since the last look, without what asked for it.
fn sent(world: &World) -> BTreeSet<String> {
    let requests = world.simulator.requests().routes;
    world.simulator.reset_requests();
    let operation = |key: &String| {
        let (method, path) = key.split_once(' ').expect("a method and a path");
        let path = path.split('?').next().unwrap_or(path);
        Some(bare(&format!("{method} {}", path.strip_prefix("/api/v1/")?)))
    };
    requests.keys().filter_map(operation).collect()
}

/// A resource's whole life: made, changed, imported, replaced, destroyed; and two of them, where there can be two, in one refresh.
async fn live(case: &Case) -> BTreeSet<String> {
    let world = World::new(Service::Quay, Through::Calls);
    world.prepare(case).await;
    world.simulator.reset_requests();
    let mut instance = apply(&world, case, None, &case.config).await;
    let command = world.command().await;
    let id = instance.state.attribute("id").and_then(|id| id.as_str()).expect("an id").to_owned();
    command
        .core
        .import(case.resource, &id, None)
        .await
        .unwrap_or_else(|said| panic!("{}: {}", case.name(), text(&said)));
    for config in [&case.changed, &case.replaced].into_iter().filter(|config| !config.is_null()) {
        instance = apply(&world, case, Some(&instance), config).await;
    }
    let gone = world.command().await.apply(case.resource, Some(&instance), None).await;
    assert!(!gone.diagnostics.has_errors(), "{}: {}", case.name(), text(&gone.diagnostics));
    if !case.replaced.is_null() && !case.leaves {
        refresh_two(&world, case).await;
    }
    sent(&world)
}

/// From the second read on, what can be listed is.
async fn refresh_two(world: &World, case: &Case) {
    let mut instances = Vec::new();
    for config in [&case.config, &case.replaced] {
        let made = world.command().await.apply(case.resource, None, Some(world.configuration(config))).await;
        // Of some there is one alone, whatever its configuration is.
        instances.extend(made.instance.filter(|_| !made.diagnostics.has_errors()));
    }
    let command = world.command().await;
    for instance in &instances {
        let there = command.refresh(instance).await.unwrap_or_else(|said| panic!("{}: {}", case.name(), text(&said)));
        assert!(there.is_some(), "{}: it is not there", case.name());
    }
}

async fn apply(world: &World, case: &Case, prior: Option<&Instance>, config: &Json) -> Instance {
    let command = world.command().await;
    let applied = command.apply(case.resource, prior, Some(world.configuration(config))).await;
    assert!(!applied.diagnostics.has_errors(), "{}: {}", case.name(), text(&applied.diagnostics));
    applied.instance.expect("it is there")
}

/// Reads, lists, opens or invokes something.
async fn use_once(other: &Other) -> BTreeSet<String> {
    let world = World::new(Service::Quay, Through::Calls);
    let config = prepared(&world, other).await;
    world.simulator.reset_requests();
    let command = world.command().await;
    let failed = call(&command.core, other, config).await.err();
    assert!(failed.is_none(), "{}: {}", other.name, failed.map(|said| text(&said)).unwrap_or_default());
    sent(&world)
}

/// A superuser who may not do everything destroys what it owns no more: what is sent for each resource.
async fn destroy_as_superuser() -> Vec<(&'static str, BTreeSet<String>)> {
    let world = World::new(Service::Quay, Through::Calls);
    let mut made = Vec::new();
    for (resource, config) in [
        ("quay_organization", json!({ "name": "acme", "force_destroy": true })),
        ("quay_org_quota", json!({ "organization": "acme", "limit": "1 GiB" })),
    ] {
        made.push((resource, world.command().await.core.run(resource, None, config).await.unwrap()));
    }
    let edit = json!({ "quay": {
        "config": { "FEATURE_SUPERUSERS_FULL_ACCESS": false },
        "organizations": { "acme": { "teams": { "owners": { "members": ["alice"] } } } },
    } });
    world.simulator.edit(edit).expect("a patch");
    let mut all = Vec::new();
    for (resource, instance) in made.iter().rev() {
        world.simulator.reset_requests();
        let gone = world.command().await.apply(resource, Some(instance), None).await;
        assert!(!gone.diagnostics.has_errors(), "{resource}: {}", text(&gone.diagnostics));
        all.push((*resource, sent(&world)));
    }
    assert!(world.simulator.dump().pointer("/quay/organizations/acme").is_none());
    all
}

/// Makes what must be there first; gives the configuration.
pub(crate) async fn prepared(world: &World, other: &Other) -> Json {
    let (config, refused) = prepared_in_part(world, other).await;
    assert!(refused.is_empty(), "{}: {}", other.name, refused.iter().map(text).collect::<String>());
    config
}

/// Makes what this server lets be made of what must be there first; gives the configuration, and what was said of the rest.
pub(crate) async fn prepared_in_part(world: &World, other: &Other) -> (Json, Vec<Diagnostics>) {
    let command = world.command().await;
    let mut made: BTreeMap<&str, Instance> = BTreeMap::new();
    let mut refused = Vec::new();
    for (type_name, config) in &other.before {
        let config = world.configuration(&filled(&made, config));
        let applied = command.core.run(type_name, None, config).await;
        match applied.instance.filter(|_| !applied.diagnostics.has_errors()) {
            Some(instance) => drop(made.entry(type_name).or_insert(instance)),
            None => refused.push(applied.diagnostics),
        }
    }
    let config = world.configuration(&filled(&made, &other.config));
    command.end();
    world.simulator.edit(other.edit.clone()).expect("a patch");
    world.push(&other.images);
    // Digests are known from now on.
    (world.configuration(&config), refused)
}

pub(crate) async fn call(core: &Core, other: &Other, config: Json) -> Result<(), Diagnostics> {
    match other.sort {
        Sort::Data => core.read_data(other.name, config).await.map(drop),
        Sort::List => core.list(other.name, config).await.map(drop),
        Sort::Ephemeral => core.open_and_close(other.name, config).await.map(drop),
        Sort::Action => core.invoke(other.name, config).await.map(drop),
    }
}

/// The type and the attribute of `${quay_robot.username}`.
fn reference(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix("${")?.strip_suffix('}')?.split_once('.')
}

/// Stands for an attribute of what could not be made.
const NOWHERE: &str = "00000000-0000-0000-0000-000000000000";

/// A configuration with the attributes that it refers to.
fn filled(made: &BTreeMap<&str, Instance>, config: &Json) -> Json {
    match config {
        Json::String(text) => match reference(text) {
            Some((type_name, attribute)) => {
                let Some(found) = made.get(type_name) else { return Json::from(NOWHERE) };
                let value = found.state.attribute(attribute).and_then(|value| value.as_str());
                Json::from(value.unwrap_or_else(|| panic!("{text} is no text")))
            }
            None => config.clone(),
        },
        Json::Object(map) => map.iter().map(|(k, v)| (k.clone(), filled(made, v))).collect::<Map<_, _>>().into(),
        Json::Array(items) => items.iter().map(|item| filled(made, item)).collect(),
        other => other.clone(),
    }
}

/// Who sends an operation, by sort (resources first) and name.
type Senders = BTreeSet<(Option<Sort>, String)>;

/// All of them, with links to their pages.
fn named(senders: &Senders) -> String {
    let mut words: Vec<String> = Vec::new();
    for of_sort in senders.iter().collect::<Vec<_>>().chunk_by(|one, other| one.0 == other.0) {
        let (folder, word) = match of_sort[0].0 {
            None => ("resources", "resource"),
            Some(Sort::Data) => ("data-sources", "data source"),
            Some(Sort::List) => ("list-resources", "list"),
            Some(Sort::Ephemeral) => ("ephemeral-resources", "ephemeral resource"),
            Some(Sort::Action) => ("actions", "action"),
        };
        let link = |(_, name): &&(Option<Sort>, String)| {
            format!("[{name}](../{folder}/{}.md)", name.strip_prefix("quay_").unwrap_or(name))
        };
        let links: Vec<String> = of_sort.iter().map(link).collect();
        words.push(format!("{word}{} {}", if links.len() > 1 { "s" } else { "" }, links.join(", ")));
    }
    words.join("; ")
}

/// Who sends what.
async fn observed() -> BTreeMap<String, Senders> {
    let mut all: BTreeMap<String, Senders> = BTreeMap::new();
    for case in cases().iter().filter(|case| case.service() == Service::Quay) {
        for operation in live(case).await {
            all.entry(operation).or_default().insert((None, case.resource.to_owned()));
        }
    }
    for other in others() {
        for operation in use_once(&other).await {
            all.entry(operation).or_default().insert((Some(other.sort), other.name.to_owned()));
        }
    }
    for (resource, operations) in destroy_as_superuser().await {
        for operation in operations {
            all.entry(operation).or_default().insert((None, resource.to_owned()));
        }
    }
    all
}

fn page(observed: &BTreeMap<String, Senders>, problems: &mut Vec<String>) -> String {
    let mut page = "---\npage_title: \"Which operation is sent by what\"\nsubcategory: \"\"\ndescription: |-\n  Every operation of Quay's API, and \
                    what of the provider sends it, or why nothing does.\n---\n\n# Which operation is sent by what\n\nEvery operation of the \
                    API of Quay, as the server itself and the API guides describe it (paths are below `/api/v1/`), with what of this \
                    provider sends it, as observed in a test, or the reason why nothing does. What an operation needs of the server (a \
                    feature, a release) and of the token (a scope) is on the pages.\n\nServers with FEATURE_BILLING (quay.io), FEATURE_SIGNING or \
                    FEATURE_PROGRAMMATIC_BOOTSTRAP describe a few operations more, which nothing here sends: subscriptions are paid for in a \
                    browser, signatures are of Docker Content Trust and come with a push, and the token that is renewed belongs to the \
                    installation of the server.\n"
        .to_owned();
    let mut areas: Vec<String> = Vec::new();
    for line in OPERATIONS.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        let (method, route) = (words.next().expect("a method"), words.next().expect("a route"));
        let begin = route.split('/').next().unwrap_or_default();
        if areas.last().is_none_or(|area| area != begin) {
            assert!(!areas.iter().any(|area| area == begin), "{begin} stands in two places in operations.txt");
            areas.push(begin.to_owned());
            let _ = write!(page, "\n## {begin}\n\n| operation | sent by |\n|---|---|\n");
        }
        let operation = format!("{method} {route}");
        let who = match (observed.get(&bare(&operation)), reason(&operation)) {
            (Some(who), None) => named(who),
            (None, Some(reason)) => reason.words(),
            (Some(_), Some(_)) => {
                problems.push(format!("{operation} is sent, and there is a reason why it is not"));
                continue;
            }
            (None, None) => {
                problems.push(format!("{operation}: nothing sends it, and there is no reason"));
                continue;
            }
        };
        let _ = writeln!(page, "| `{operation}` | {who} |");
    }
    page
}

#[tokio::test]
async fn every_operation_is_sent_by_something_or_has_a_reason() {
    let mut problems = Vec::new();
    let page = page(&observed().await, &mut problems);
    assert!(problems.is_empty(), "operations of Quay:\n  {}", problems.join("\n  "));
    assert!(
        !docs::rewrite_page("quay/guides/api-coverage.md", &page),
        "the page was rewritten: look at it, and commit it"
    );
}

/// A reason that fits nothing is none.
#[test]
fn every_reason_is_of_an_operation() {
    let operations = OPERATIONS.lines().filter(|line| !line.starts_with('#'));
    let named: BTreeSet<&str> = operations
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let operation = format!("{} {}", words.next()?, words.next()?);
            REASONS.iter().find(|(pattern, _)| fits(pattern, &operation)).map(|(pattern, _)| *pattern)
        })
        .collect();
    for (pattern, _) in REASONS {
        assert!(named.contains(pattern), "{pattern} is no operation, or is covered by another one");
    }
}

/// Adding a data source, list, ephemeral resource or action adds an entry.
#[test]
fn everything_else_has_an_entry() {
    let schema = Service::Quay.serve().schema().expect("a schema");
    let offered = |sort| -> BTreeSet<String> {
        match sort {
            Sort::Data => schema.data_sources.keys().cloned().collect(),
            Sort::List => schema.list_resources.keys().cloned().collect(),
            Sort::Ephemeral => schema.ephemeral_resources.keys().cloned().collect(),
            Sort::Action => schema.actions.keys().cloned().collect(),
        }
    };
    for sort in [Sort::Data, Sort::List, Sort::Ephemeral, Sort::Action] {
        let named: BTreeSet<String> =
            others().iter().filter(|other| other.sort == sort).map(|other| other.name.to_owned()).collect();
        assert_eq!(named, offered(sort), "{sort:?}");
    }
}
