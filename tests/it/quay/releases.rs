//! Older releases of Quay: every resource lives its life on them, and everything else is of use there, or says which release brought what it
//! needs.

use registry_simulator::{Action as Does, Fault, Options};
use serde_json::{Value as Json, json};

use crate::bad_input::says;
use crate::core::{Instance, text};
use crate::coverage;
use crate::world::table::other_kinds::others;
use crate::world::table::{Case, cases};
use crate::world::{Service, Through, World};

/// The oldest that is supported, and the last ones before something changed.
const RELEASES: &[&str] = &["3.9", "3.10", "3.11", "3.12", "3.14", "3.16", "3.17"];

/// What came later than the oldest supported release: an entry of the table, the release that brought it, and what a plan says before.
const SINCE: &[(&str, &str, &str)] = &[
    ("quay_org_auto_prune_policy", "3.10", "This Quay has no auto-prune policies"),
    ("quay_user_auto_prune_policy", "3.10", "This Quay has no auto-prune policies"),
    ("quay_org_auto_prune_policy (without patterns)", "3.10", "This Quay has no auto-prune policies"),
    ("quay_repository_auto_prune_policy", "3.11", "This Quay has no auto-prune policies of repositories"),
    ("quay_org_auto_prune_policy", "3.13", "This Quay knows no tag patterns"),
    ("quay_user_auto_prune_policy", "3.13", "This Quay knows no tag patterns"),
    ("quay_repository_auto_prune_policy", "3.13", "This Quay knows no tag patterns"),
    ("quay_robot_federation", "3.13", "This Quay has no robot federation"),
    ("quay_org_immutability_policy", "3.17", "This Quay has no immutability policies"),
    ("quay_repository_immutability_policy", "3.17", "This Quay has no immutability policies"),
    ("quay_repository_mirror (of some architectures)", "3.17", "This Quay does not choose architectures"),
    ("quay_org_mirror", "3.17", "This Quay has no organization mirror"),
    ("quay_org_mirror (with a write-only password)", "3.17", "This Quay has no organization mirror"),
    ("quay_oauth_application_token", "3.18", "This Quay has no tokens of OAuth applications"),
    ("quay_oauth_application_token (stored)", "3.18", "This Quay has no tokens of OAuth applications"),
    ("quay_repository_notification (of a quota)", "3.18", "This Quay has no event `quota_error`"),
    ("quay_org_notification", "3.18", "This Quay has no notifications of organizations and users"),
    ("quay_user_notification", "3.18", "This Quay has no notifications of organizations and users"),
    ("quay_robot_federation (of the token's own user)", "3.18", "This Quay has no federation of users' robots"),
];

fn number(release: &str) -> (u32, u32) {
    let (major, minor) = release.split_once('.').expect("a release");
    (major.parse().expect("a number"), minor.parse().expect("a number"))
}

fn world(release: &str) -> World {
    let mut options = Options::default();
    options.quay.release = release.into();
    World::with(Service::Quay, Through::Calls, options)
}

/// Makes, reads, imports, changes and destroys it; what went wrong.
pub(crate) async fn live(world: &World, case: &Case) -> Result<(), String> {
    let before = world.shape();
    let mut prior = None;
    for config in [&case.config, &case.changed].into_iter().filter(|config| !config.is_null()) {
        let config = world.configuration(config);
        let command = world.command().await;
        let applied = command.apply(case.resource, prior.as_ref(), Some(config.clone())).await;
        if applied.diagnostics.has_errors() {
            return Err(text(&applied.diagnostics));
        }
        let made = applied.instance.ok_or("it is not in the state")?;
        world.command().await.is_settled(&made, config).await?;
        prior = Some(made);
    }
    let made = prior.expect("a configuration");
    let id = made.state.attribute("id").and_then(|id| id.as_str()).expect("an id").to_owned();
    world.command().await.core.import(case.resource, &id, None).await.map_err(|said| text(&said))?;
    let destroyed = world.command().await.apply(case.resource, Some(&made), None).await;
    if destroyed.diagnostics.has_errors() || destroyed.instance.is_some() {
        return Err(format!("it was not destroyed: {}", text(&destroyed.diagnostics)));
    }
    match case.leaves || world.shape() == before {
        true => Ok(()),
        false => Err("something is left of it".to_owned()),
    }
}

#[tokio::test]
async fn every_resource_lives_on_old_releases_or_its_plan_says_since_when_it_would() {
    let mut problems = Vec::new();
    for case in cases().iter().filter(|case| case.service() == Service::Quay) {
        for release in RELEASES {
            let world = world(release);
            world.prepare(case).await;
            let missing =
                |(name, since, _): &&(&str, &str, &str)| *name == case.name() && number(release) < number(since);
            let lived = match SINCE.iter().find(missing) {
                None => live(&world, case).await,
                Some((_, since, words)) => {
                    let before = world.shape();
                    let planned =
                        world.command().await.plan(case.resource, None, world.configuration(&case.config)).await;
                    match planned {
                        Ok(_) => Err("nothing is said by its plan".to_owned()),
                        Err(said) if ![*words, since].iter().all(|words| text(&said).contains(words)) => {
                            Err(format!("the plan says: {}", text(&said)))
                        }
                        Err(_) if world.shape() != before => Err("the plan changed something".to_owned()),
                        Err(_) => Ok(()),
                    }
                }
            };
            if let Err(problem) = lived {
                problems.push(format!("{} on {release}: {problem}", case.name()));
            }
        }
    }
    assert!(problems.is_empty(), "older releases:\n  {}", problems.join("\n  "));
}

/// Whether it is said that something came with a release that is newer than this one.
fn says_since_when(said: &str, release: &str) -> bool {
    let since = |rest: &str| {
        let (major, minor) = rest.strip_prefix("Quay ").unwrap_or(rest).split_once('.')?;
        let minor: String = minor.chars().take_while(char::is_ascii_digit).collect();
        Some((major.parse().ok()?, minor.parse().ok()?))
    };
    said.split("came with ").skip(1).filter_map(since).any(|since: (u32, u32)| since > number(release))
}

#[tokio::test]
async fn everything_else_is_of_use_on_old_releases_or_says_since_when_it_would_be() {
    let mut problems = Vec::new();
    for other in &others() {
        for release in RELEASES {
            let world = world(release);
            // Of a later release's resource there is none; what asks for it says why.
            let (config, refused) = coverage::prepared_in_part(&world, other).await;
            let refused = refused.iter().map(text);
            let command = world.command().await;
            let before = world.shape();
            let said: Vec<String> = match coverage::call(&command.core, other, config).await {
                Ok(()) => refused.collect(),
                Err(_) if world.shape() != before => vec!["it failed, and changed something".to_owned()],
                Err(said) => refused.chain([text(&said)]).collect(),
            };
            let unclear = said.iter().filter(|said| !says_since_when(said, release));
            problems.extend(unclear.map(|said| format!("{:?} {} on {release}: {said}", other.sort, other.name)));
        }
    }
    assert!(problems.is_empty(), "older releases:\n  {}", problems.join("\n  "));
}

/// A Quay of a release, with features switched off.
pub(crate) async fn of_release(release: &str, off: &[&str], before: &[(&str, Json)]) -> World {
    let mut options = Options::default();
    options.quay.release = release.into();
    let world = World::with(Service::Quay, Through::Calls, options);
    let command = world.command().await;
    for (kind, config) in before {
        command.core.run(kind, None, config.clone()).await.unwrap();
    }
    command.end();
    off.iter().for_each(|feature| switch(&world, feature, false));
    world
}

pub(crate) fn switch(world: &World, feature: &str, on: bool) {
    world.simulator.edit(json!({ "quay": { "config": { feature: on } } })).unwrap();
}

/// A page that is not there, for a proxy in between, for one.
pub(crate) fn missing(path: &str) -> Fault {
    answering(404, path)
}

/// A Quay that has no description of its API, in its own words.
pub(crate) fn undescribed() -> Fault {
    let body = r#"{"message": "The requested URL was not found on the server."}"#.into();
    let action = Does::Answer { status: 404, content_type: "application/json".into(), body, headers: Vec::new() };
    Fault { method: "GET".into(), path: "/api/v1/discovery".into(), skip: 0, times: 100, action }
}

/// What a proxy answers in a server's place.
pub(crate) fn answering(status: u16, path: &str) -> Fault {
    let action =
        Does::Answer { status, content_type: "text/html".into(), body: "Not here".into(), headers: Vec::new() };
    Fault { method: "GET".into(), path: path.into(), skip: 0, times: 100, action }
}

/// How often a path was read.
pub(crate) fn asked(world: &World, path: &str) -> u64 {
    world.simulator.requests().of("GET", path)
}

pub(crate) fn acme_with_address() -> (&'static str, Json) {
    ("quay_organization", json!({ "name": "acme", "email": "acme@example.com" }))
}

/// Plans in a command of its own; the errors.
pub(crate) async fn refused_by_plan(world: &World, kind: &str, prior: Option<&Instance>, config: Json, words: &[&str]) {
    let command = world.command().await;
    let said = command.plan(kind, prior, config).await.expect_err("it cannot be done there");
    says(world, &said, words);
}
