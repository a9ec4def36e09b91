//! Stories that need a configuration of their own.

use libtest_mimic::{Failed, Trial};
use registry_harness::progress::say;
use registry_harness::terraform::{Cli, Feature, Workspace};
use registry_harness::{Error, Result};
use registry_simulator::Simulator;

use crate::catalog::{Kind, Offer};
use crate::service::{self, Service};

mod actions;
mod afar;
mod debug;
mod faults;
mod guides;
mod harbor;
mod interrupt;
mod many;
mod mock;
mod quay;
mod readme;
mod secrets;
mod unknown;

/// A story.
type Story = fn(&Cli) -> Result<()>;
/// A story about all that a provider offers.
type StoryOfAll = fn(&Cli, &Service, &[Offer]) -> Result<()>;

/// Stories, each with what a command line must have for it. `true`: they are long, and run on the first command line alone.
const STORIES: [(&str, Option<Feature>, bool, Story); 14] = [
    ("a_robot_named_by_another_resource", None, false, unknown::name),
    ("providers_configured_by_a_resource", None, false, afar::story),
    ("an_unknown_place_in_known_permissions", None, false, unknown::nested),
    ("a_lookup_of_what_is_not_known_yet", None, false, unknown::lookups),
    ("quay::robots::a_replaced_robot_takes_its_rights_along", None, false, quay::robots::replacement::story),
    (
        "quay::robots::a_token_that_is_stored_nowhere",
        Some(Feature::WriteOnlyArguments),
        false,
        quay::robots::ephemeral_token::story,
    ),
    ("quay::builds::a_build_that_is_waited_for", Some(Feature::Actions), false, quay::builds::story),
    ("harbor::projects::a_proxy_cache", None, false, harbor::projects::story),
    ("readmes_first_configurations", None, false, readme::story),
    ("a_mocked_provider", Some(Feature::MockProvider), false, mock::story),
    ("a_provider_that_runs_already", None, false, debug::story),
    ("ctrl_c_while_200_robots_are_made", None, true, interrupt::story),
    ("every_write_goes_wrong_once", None, true, faults::story),
    ("a_thousand_robots", None, true, many::story),
];

const STORIES_OF_ALL: [(&str, StoryOfAll); 2] =
    [("unknown_everywhere", unknown::everywhere), ("no_secret_in_sight", secrets::story)];

/// The stories for one command line.
pub fn trials(cli: &Cli, is_first: bool, services: &[(Service, Vec<Offer>)]) -> Vec<Trial> {
    let product = cli.product.to_string().to_lowercase();
    let named = |name: &str| format!("{product}-{}::{name}", cli.version);
    let mut trials = Vec::new();
    for (name, feature, is_long, story) in STORIES {
        let lacks = feature.filter(|feature| !cli.supports(*feature));
        if lacks.is_some() || (is_long && !is_first) {
            let why =
                lacks.map_or("it is long, and runs on the first command line".to_owned(), |f| format!("no {f:?}"));
            say(format!("{cli}: {name} is left out: {why}"));
            continue;
        }
        let cli = cli.clone();
        trials.push(Trial::test(named(name), move || story(&cli).map_err(failed)));
    }
    trials.extend(
        guides::trials(cli)
            .into_iter()
            .map(|(name, story)| Trial::test(named(&format!("guide::{name}")), move || story().map_err(failed))),
    );
    for (service, offers) in services {
        for (name, story) in STORIES_OF_ALL {
            let (cli, service, name) = (cli.clone(), service.clone(), named(&format!("{name}::{}", service.name)));
            let offers = runnable(&cli, offers);
            if offers.iter().any(|offer| offer.kind == Kind::Resource) {
                trials.push(Trial::test(name, move || story(&cli, &service, &offers).map_err(failed)));
            }
        }
        trials.extend(
            actions::trials(cli, service, offers)
                .into_iter()
                .map(|(name, story)| Trial::test(named(&name), move || story().map_err(failed))),
        );
    }
    trials
}

/// What can stand in one configuration on this command line.
fn runnable(cli: &Cli, offers: &[Offer]) -> Vec<Offer> {
    let can = |offer: &&Offer| offer.kind.feature().is_none_or(|feature| cli.supports(feature));
    offers.iter().filter(|o| o.kind.is_in_lockstep() && o.is_complete()).filter(can).cloned().collect()
}

fn failed(error: Error) -> Failed {
    Failed::from(error.to_string())
}

/// A simulator, and a workspace with a configuration of one provider.
fn stage(cli: &Cli, configuration: &str) -> Result<(Simulator, Workspace)> {
    let simulator = service::simulator()?;
    let workspace = service::workspace(cli, &simulator).build()?;
    workspace.write("main.tf", configuration)?;
    Ok((simulator, workspace))
}

/// Fails with `what` when `truth` does not hold.
fn check(truth: bool, what: impl FnOnce() -> String) -> Result<()> {
    if truth { Ok(()) } else { Err(Error::new(what())) }
}

/// What a configuration with Quay begins with.
const QUAY: &str = r#"
terraform {
  required_providers {
    quay = { source = "container-registries/quay" }
  }
}
"#;
