//! Acceptance tests: the lives of all that the providers offer, on a real Terraform against the simulator, driven by the examples.
//!
//! - [`catalog`]: what is on offer, with its example; what an example must have,
//! - [`variants`]: `variants.json`, which says how a resource's example changes,
//! - [`images`]: `images.json`, which names the images that an example takes for granted,
//! - [`lockstep`]: one configuration that holds all examples of a provider, and commands for all at once,
//! - [`life`]: the steps,
//! - [`scenarios`]: stories that need a configuration of their own.
//!
//! A trial is named after the command line that it ran with: `cargo test --test acceptance quay_robot` runs the
//! life of one resource, `cargo test --test acceptance 1.15.5` all of one version, and `cargo test --test acceptance quay::robots` what concerns an area.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use libtest_mimic::{Arguments, Failed, Trial};
use registry_harness::Result;
use registry_harness::progress::say;
use registry_harness::terraform::Cli;

mod catalog;
mod dump;
mod images;
mod life;
mod lockstep;
mod scenarios;
mod service;
mod variants;

use catalog::Offer;
use lockstep::Verdicts;
use service::Service;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // The first trials are whole lockstep runs, and the last ones wait for them.
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    arguments.test_threads.get_or_insert(cores + 1);
    let trials = Cli::selected(&Cli::TEST_VERSIONS).and_then(|clis| trials(&arguments, &clis));
    let trials = trials.unwrap_or_else(|error| {
        let error = error.to_string();
        vec![Trial::test("something to run", move || Err(Failed::from(error)))]
    });
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trials(arguments: &Arguments, clis: &[Cli]) -> Result<Vec<Trial>> {
    let with_offers = |service: Service| catalog::offers(&service).map(|offers| (service, offers));
    let services: Vec<(Service, Vec<Offer>)> = Service::all()?.into_iter().map(with_offers).collect::<Result<_>>()?;
    let mut trials = Vec::new();
    let mut verdicts = Vec::new();
    for (service, offers) in &services {
        trials.extend(offers.iter().cloned().map(catalog::trial));
        for cli in clis {
            let (run, of_each) = lives(arguments, cli, service, offers);
            trials.extend(run);
            verdicts.extend(of_each);
        }
    }
    for (index, cli) in clis.iter().enumerate() {
        trials.extend(scenarios::trials(cli, index == 0, &services));
    }
    trials.extend(verdicts);
    Ok(trials)
}

/// The lockstep run of one provider on one command line: the run itself, and the verdict on each offer.
fn lives(arguments: &Arguments, cli: &Cli, service: &Service, offers: &[Offer]) -> (Option<Trial>, Vec<Trial>) {
    let product = cli.product.to_string().to_lowercase();
    let name = |what: &str| format!("{product}-{}::{what}", cli.version);
    let named = |offer: &Offer| name(&format!("life::{}", offer.path()));
    let whole = name(&format!("lives::{}", service.name));
    let asked = |name: String| !arguments.is_filtered_out(&Trial::test(name, || Ok(())));
    let all = asked(whole.clone());
    let (can, cannot): (Vec<Offer>, Vec<Offer>) = offers
        .iter()
        .filter(|offer| offer.kind.is_in_lockstep() && offer.is_complete() && (all || asked(named(offer))))
        .cloned()
        .partition(|offer| offer.kind.feature().is_none_or(|feature| cli.supports(feature)));
    for offer in cannot {
        say(format!("{cli} has no {:?}: {} is left out", offer.kind, offer.key()));
    }
    if can.is_empty() {
        return (None, Vec::new());
    }
    let names: Vec<(String, String)> = can.iter().map(|offer| (offer.key(), named(offer))).collect();
    let outcome: Arc<OnceLock<Verdicts>> = Arc::default();
    let run = {
        let (cli, service, outcome) = (cli.clone(), service.clone(), outcome);
        Arc::new(move || outcome.get_or_init(|| life::run(&cli, &service, &can)).clone())
    };
    let of_each = names.into_iter().map(|(key, name)| {
        let run = run.clone();
        Trial::test(name, move || run().of(&key).map_err(Failed::from))
    });
    let of_each = of_each.collect();
    (Some(Trial::test(whole, move || run().of_all().map_err(Failed::from))), of_each)
}
