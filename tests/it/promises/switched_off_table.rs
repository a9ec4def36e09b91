//! Every feature switched off, one at a time, under everything that the table has: nothing counts as gone, or as done, that is not.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use crate::core::text;
use crate::coverage;
use crate::world::inspect::{edit, held};
use crate::world::table::Case;
use crate::world::table::other_kinds::{Other, Sort, others};
use crate::world::{Service, Through, World, table};

/// The features that bring abilities, as the list of abilities names them, and those that take something away from what stays there.
pub(crate) fn features() -> BTreeSet<String> {
    let abilities = include_str!("../../../crates/quay/src/features.rs");
    let is_part = |letter: char| letter.is_ascii_uppercase() || letter == '_';
    let words = abilities.split(|letter: char| !is_part(letter)).filter(|word| word.starts_with("FEATURE_"));
    words.chain(["FEATURE_CHANGE_TAG_EXPIRATION"]).map(str::to_owned).collect()
}

/// Switches one feature, or, with an empty name, all of them.
pub(crate) fn switch(world: &World, feature: &str, on: bool) {
    let all = features();
    let named = all.iter().filter(|name| feature.is_empty() || *name == feature);
    let config: serde_json::Map<String, Json> = named.map(|name| (name.clone(), Json::Bool(on))).collect();
    edit(world, json!({ "quay": { "config": config } }));
}

/// What is wrong when a feature is switched off under a resource that is there.
async fn under(world: &World, case: &Case, feature: &str) -> Result<(), String> {
    let config = world.configuration(&case.config);
    let made = world.command().await.apply(case.resource, None, Some(config)).await.unwrap();
    let there = held(world);
    switch(world, feature, false);
    match world.command().await.refresh(&made).await {
        Ok(None) => return Err("it counts as gone".to_owned()),
        Err(said) if !text(&said).contains(feature) => return Err(format!("the refresh says: {}", text(&said))),
        Ok(Some(_)) | Err(_) => {}
    }
    // Terraform may leave the refresh out.
    let destroyed = world.command().await.core.destroy(&made).await;
    switch(world, feature, true);
    if destroyed.diagnostics.has_errors() {
        let said = text(&destroyed.diagnostics);
        return match said.contains(feature) {
            true if destroyed.instance.is_some() => Ok(()),
            true => Err("it left the state".to_owned()),
            false => Err(format!("the destruction says: {said}")),
        };
    }
    let left = world.command().await.refresh(&made).await.map_err(|said| text(&said))?;
    // Settings that are always there only go back to what they were.
    match left.is_some() && held(world) == there {
        true => Err("the destruction did nothing".to_owned()),
        false => Ok(()),
    }
}

/// What is wrong when it is made where the feature is off.
async fn without(world: &World, case: &Case, feature: &str) -> Result<(), String> {
    switch(world, feature, false);
    let config = world.configuration(&case.config);
    let before = held(world);
    let applied = world.command().await.apply(case.resource, None, Some(config.clone())).await;
    let said = text(&applied.diagnostics);
    match applied.instance {
        None if !said.contains(feature) => Err(format!("creating says: {said}")),
        None if held(world) != before => Err("something was made of it".to_owned()),
        None => Ok(()),
        Some(made) if made.tainted && said.contains(feature) => Ok(()),
        Some(_) if applied.diagnostics.has_errors() => Err(format!("creating says: {said}")),
        Some(made) => world.command().await.is_settled(&made, config).await,
    }
}

/// Whether anything goes wrong where all features are off: what does not care is not tried with each of them.
async fn cares(world: &World, case: &Case) -> bool {
    switch(world, "", false);
    let config = world.configuration(&case.config);
    let command = world.command().await;
    let made = command.apply(case.resource, None, Some(config.clone())).await;
    let Some(instance) = made.instance.filter(|_| !made.diagnostics.has_errors()) else { return true };
    command.is_settled(&instance, config).await.is_err()
        || command.core.destroy(&instance).await.diagnostics.has_errors()
}

#[tokio::test]
async fn no_feature_that_is_switched_off_makes_anything_count_as_gone() {
    let mut problems = Vec::new();
    for case in table::cases().iter().filter(|case| case.service() == Service::Quay) {
        let world = World::new(Service::Quay, Through::Calls);
        world.prepare(case).await;
        let start: Json = world.simulator.dump();
        let cares = cares(&world, case).await;
        world.restore(&start);
        for feature in features().into_iter().filter(|_| cares) {
            for (moment, problem) in [
                ("under it", under(&world, case, &feature).await),
                ("before it", {
                    world.restore(&start);
                    without(&world, case, &feature).await
                }),
            ] {
                if let Err(problem) = problem {
                    problems.push(format!("{}: {feature} switched off {moment}: {problem}", case.name()));
                }
            }
            world.restore(&start);
        }
    }
    assert!(problems.is_empty(), "features that are off:\n  {}", problems.join("\n  "));
}

/// What is wrong when something that is not a resource is used where a feature, or (without a name) every one, is off.
async fn used_without(other: &Other, feature: &str) -> Result<(), String> {
    let named = |said: &str| !feature.is_empty() && said.contains(feature);

    let world = World::new(Service::Quay, Through::Calls);
    let config = coverage::prepared(&world, other).await;
    switch(&world, feature, false);
    let command = world.command().await;
    if other.sort == Sort::List {
        let listed = command.core.list(other.name, config.clone()).await;
        switch(&world, feature, true);
        let all = world.command().await.core.list(other.name, config).await.unwrap();
        return match listed {
            Ok(found) if found.len() == all.len() => Ok(()),
            Ok(_) => Err("the list is not whole".to_owned()),
            Err(said) if named(&text(&said)) => Ok(()),
            Err(said) => Err(text(&said)),
        };
    }
    match coverage::call(&command.core, other, config).await {
        Err(said) if !named(&text(&said)) => Err(text(&said)),
        _ => Ok(()),
    }
}

#[tokio::test]
async fn whatever_is_used_without_a_feature_works_or_names_the_feature() {
    let mut problems = Vec::new();
    for other in others() {
        let cares = used_without(&other, "").await.is_err();
        for feature in features().into_iter().filter(|_| cares) {
            if let Err(problem) = used_without(&other, &feature).await {
                problems.push(format!("{:?} {} without {feature}: {problem}", other.sort, other.name));
            }
        }
    }
    assert!(problems.is_empty(), "features that are off:\n  {}", problems.join("\n  "));
}
