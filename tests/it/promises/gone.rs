//! What Quay answers for what is not there: 400, 403, 404, 200 with an empty list, or 204, as it comes. What belonged to it is gone then, and
//! whoever asks for it by name is told.

use serde_json::{Value as Json, json};

use crate::core::{Instance, text};
use crate::world::inspect::{edit, held};
use crate::world::table::other_kinds::{Other, Sort, others};
use crate::world::table::{Case, cases};
use crate::world::{Service, Through, World, merged};

/// Takes all organizations away, or one repository, with all that belongs to it.
fn remove(world: &World, namespace: bool) {
    let dump = world.simulator.dump();
    let quay = &dump["quay"];
    let of = |kind: &str, begin: &str| -> serde_json::Map<String, Json> {
        let all = quay[kind].as_object().expect("an object");
        all.keys().filter(|name| name.starts_with(begin)).map(|name| (name.clone(), Json::Null)).collect()
    };
    match namespace {
        true => edit(
            world,
            json!({ "quay": { "organizations": of("organizations", ""), "robots": of("robots", "acme"),
                "repositories": of("repositories", "acme") } }),
        ),
        false => edit(world, json!({ "quay": { "repositories": of("repositories", "acme/") } })),
    }
}

/// Whether something is in the organization, or in the repository, of the table.
fn is_in(config: &Json, member: &str) -> bool {
    let robot = config["robot"].as_str().is_some_and(|robot| robot.starts_with("acme+"));
    match member {
        "namespace" => config["organization"] == "acme" || config["namespace"] == "acme" || robot,
        _ => config["repository"] == "app",
    }
}

async fn made(world: &World, case: &Case) -> Instance {
    world.prepare(case).await;
    let config = world.configuration(&case.config);
    world.command().await.storing(case.stores).apply(case.resource, None, Some(config)).await.unwrap()
}

/// What is wrong with something that is gone: it must be seen, and be no obstacle to a destruction, before which Terraform may leave the
/// refresh out.
async fn seen_as_gone(world: &World, made: &Instance, stays: bool) -> Result<(), String> {
    let before = held(world);
    match world.command().await.core.refresh(made).await {
        Ok(None) => {}
        Ok(Some(_)) if stays => {}
        Ok(Some(_)) => return Err("it is still there".to_owned()),
        Err(said) => return Err(format!("the refresh says: {}", text(&said))),
    }
    let destroyed = world.command().await.core.destroy(made).await;
    if destroyed.diagnostics.has_errors() || destroyed.instance.is_some() {
        return Err(format!("the destruction says: {}", text(&destroyed.diagnostics)));
    }
    match held(world) == before {
        true => Ok(()),
        false => Err("the destruction changed something".to_owned()),
    }
}

#[tokio::test]
async fn what_belongs_to_something_that_is_gone_is_gone_too() {
    let mut wrong = Vec::new();
    for case in cases().iter().filter(|case| case.service() == Service::Quay) {
        for (member, full) in [("namespace", true), ("namespace", false), ("repository", true), ("repository", false)] {
            if !is_in(&case.config, member) {
                continue;
            }
            let world = World::new(Service::Quay, Through::Calls);
            let made = made(&world, case).await;
            remove(&world, member == "namespace");
            edit(&world, json!({ "quay": { "config": { "FEATURE_SUPERUSERS_FULL_ACCESS": full } } }));
            let found = seen_as_gone(&world, &made, false).await.err();
            wrong.extend(found.map(|what| format!("{}, {member}, full access {full}: {what}", case.name())));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_is_gone_itself_is_seen_to_be_and_destroyed_without_a_word() {
    let mut wrong = Vec::new();
    for case in cases().iter().filter(|case| case.service() == Service::Quay) {
        // The settings of a user are always there.
        if case.resource == "quay_user_settings" {
            continue;
        }
        let world = World::new(Service::Quay, Through::Calls);
        world.prepare(case).await;
        let before = world.simulator.dump();
        let config = world.configuration(&case.config);
        let made = world.command().await.storing(case.stores).apply(case.resource, None, Some(config)).await.unwrap();
        world.restore(&before);
        // Of an invitation that is gone it cannot be told whether it was accepted, and the lists of a team and of a repository are there as
        // long as these are.
        let stays = ["quay_team_invitation", "quay_team_members", "quay_repository_permissions"];
        let found = seen_as_gone(&world, &made, stays.contains(&case.resource)).await.err();
        wrong.extend(found.map(|what| format!("{}: {what}", case.name())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Asks for it; what was said, or nothing when it went well.
async fn asked(world: &World, other: &Other, config: Json) -> Option<String> {
    let command = world.command().await;
    let config = world.configuration(&config);
    let said = match other.sort {
        Sort::Data => command.core.read_data(other.name, config).await.err(),
        Sort::List => command.core.list(other.name, config).await.err(),
        Sort::Ephemeral => command.core.open_and_close(other.name, config).await.err(),
        Sort::Action => command.core.invoke(other.name, config).await.err(),
    };
    said.map(|said| text(&said))
}

/// The lists of an organization, and of a repository, that is not there are empty for superusers; and some actions answer with success.
#[tokio::test]
async fn who_asks_for_something_of_what_is_not_there_is_told() {
    let mut wrong = Vec::new();
    for other in others() {
        let named = |member: &str, name: &str| (other.config[member] == name).then(|| json!({ member: "nosuch" }));
        let names = [
            named("organization", "acme"),
            named("namespace", "acme"),
            named("repository", "app"),
            named("name", "app").filter(|_| other.name == "quay_repository"),
            named("team", "devs"),
        ];
        for name in names.into_iter().flatten() {
            for full in [true, false] {
                let world = World::new(Service::Quay, Through::Calls);
                let before = [("quay_organization", json!({ "name": "acme" })), crate::quay::app()];
                let application = ("quay_oauth_application", json!({ "organization": "acme", "name": "x" }));
                for (kind, config) in before.into_iter().chain([application]) {
                    world.command().await.core.run(kind, None, config).await.unwrap();
                }
                edit(&world, json!({ "quay": { "config": { "FEATURE_SUPERUSERS_FULL_ACCESS": full } } }));
                let before = held(&world);
                let config = merged(other.config.clone(), name.clone());
                let said = asked(&world, &other, config.clone()).await;
                let what = match said {
                    None => "no error",
                    Some(said) if said.contains("answered with 500") => "an error of the server is passed on",
                    Some(_) if held(&world) != before => "something was changed",
                    Some(_) => continue,
                };
                wrong.push(format!("{:?} {} {name}, full access {full}: {what}", other.sort, other.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
