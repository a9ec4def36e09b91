//! The life of everything that a provider offers, step by step, for all at once.

use std::fs;

use registry_harness::Result;
use registry_harness::progress::say;
use registry_harness::terraform::{Change, Cli, Feature, Plan};
use serde_json::{Map, json};

use crate::catalog::{self, Offer};
use crate::dump;
use crate::lockstep::{Lockstep, Verdicts, root, values};
use crate::service::{self, Service};
use crate::variants::Deleted;

mod changes;
mod data_and_functions;
mod drift;
mod imports;
mod query;

pub use changes::needs_write_only;
use imports::{By, Stage, import};

/// Lives through everything.
pub fn run(cli: &Cli, service: &Service, offers: &[Offer]) -> Verdicts {
    match Lockstep::start(cli, service, offers) {
        Ok(mut lockstep) => {
            let outcome = steps(&mut lockstep, service);
            lockstep.finish(outcome)
        }
        Err(error) => {
            let mut verdicts = Verdicts::default();
            verdicts.end(&error);
            verdicts
        }
    }
}

fn steps(all: &mut Lockstep<'_>, service: &Service) -> Result<()> {
    let empty = all.simulator.dump();
    make(all)?;
    time_limits(all)?;
    changes::changes(all)?;
    if !all.cli().supports(Feature::WriteOnlyArguments) {
        changes::write_only_is_refused(all)?;
    }
    import(all, By::Id, Stage::Changed)?;
    back(all)?;
    query::query(all, service)?;
    import(all, By::Id, Stage::Written)?;
    if all.cli().supports(Feature::Identity) {
        import(all, By::Identity, Stage::Written)?;
    } else {
        say(format!("{} knows no identities: imports by identity are left out", all.cli()));
    }
    drift::drift(all)?;
    deletion(all, service)?;
    destruction(all, service)?;
    all.enter("the end");
    if all.is_whole() {
        all.seed()?;
        let left = dump::differences(&empty, &all.simulator.dump());
        for line in left {
            all.verdicts.note_general(format!("the simulator does not hold what it held at first: {line}"));
        }
    }
    Ok(())
}

/// Everything is made, and what it says of itself is looked at.
fn make(all: &mut Lockstep<'_>) -> Result<()> {
    all.enter("making it");
    all.insist(|workspace| workspace.run(&["get", "-no-color"])?.ok())?;
    let plan = all.plan()?;
    for offer in all.resources() {
        if !plan.resources.get(&offer.address()).is_some_and(Change::is_create) {
            all.complain(&offer.key(), format!("{} should be created", offer.address()));
        }
    }
    all.apply()?;
    for offer in all.resources() {
        let id = all.state_of(&offer.address())["id"].clone();
        let shown = catalog::import_id(offer).unwrap_or_default();
        if without_numbers(id.as_str().unwrap_or_default()) != without_numbers(&shown) {
            all.complain(&offer.key(), format!("import.sh shows the id {shown}, and it is {id}"));
        }
    }
    data_and_functions::check(all)?;
    all.enter("after it was made");
    all.expect_nothing()
}

/// An id in which what a server gives is made alike: numbers, UUIDs, ids of clients and of keys (32 bytes in base64), and what a shell would fill in.
fn without_numbers(id: &str) -> String {
    let is_uuid = |part: &str| part.len() == 36 && part.matches('-').count() == 4;
    let is_capital = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
    let is_client = |part: &str| part.len() == 20 && part.bytes().all(is_capital);
    let is_key = |part: &str| part.len() == 43 && !part.contains(['.', '+', ' ']);
    let is_given = |part: &str| part.parse::<u64>().is_ok() || is_uuid(part) || is_client(part) || is_key(part);
    let part = |part: &str| match is_given(part) || part.starts_with('$') {
        true => "#".to_owned(),
        false => part.to_owned(),
    };
    id.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// Time limits are Terraform's business alone.
fn time_limits(all: &mut Lockstep<'_>) -> Result<()> {
    all.enter("setting time limits");
    let before = all.simulator.dump();
    let limits = json!({"timeouts": {"create": "19m", "read": "18m", "update": "17m", "delete": "16m"}});
    for offer in all.resources() {
        all.set(offer, limits.as_object().unwrap_or(&Map::new()))?;
    }
    let plan = all.plan()?;
    for offer in all.resources() {
        let fits = |change: &Change| change.is_update() && change.attributes() == ["timeouts"];
        expect(all, &plan, offer, "only `timeouts` should be changed, in place", fits);
    }
    all.apply()?;
    for line in dump::differences(&before, &all.simulator.dump()) {
        all.verdicts.note_general(format!("new time limits changed something on the server: {line}"));
    }
    Ok(())
}

fn expect(all: &mut Lockstep<'_>, plan: &Plan, offer: &Offer, what: &str, fits: impl Fn(&Change) -> bool) -> bool {
    match plan.resources.get(&offer.address()) {
        Some(change) if fits(change) => true,
        Some(change) => {
            all.complain(&offer.key(), format!("{what}: {change}\n{}", values(change)));
            false
        }
        None => {
            all.complain(&offer.key(), format!("{what}, and the plan does not know it"));
            false
        }
    }
}

/// The examples as they were written, with what stands beside them.
fn back(all: &mut Lockstep<'_>) -> Result<()> {
    all.enter("going back to the example");
    all.restore()?;
    for offer in all.resources() {
        all.add(offer, &offer.variants.beside)?;
    }
    all.plan()?;
    all.apply()?;
    all.enter("after going back to the example");
    all.expect_nothing()
}

/// All are deleted behind Terraform's back, by another Terraform with a copy of the state, and made again.
fn deletion(all: &mut Lockstep<'_>, service: &Service) -> Result<()> {
    all.enter("deleted behind Terraform's back");
    let targets: Vec<String> = all.resources().iter().map(|offer| format!("-target={}", offer.address())).collect();
    if targets.is_empty() {
        return Ok(());
    }
    destroy_elsewhere(all, service, &targets)?;
    all.seed()?;
    let plan = all.plan()?;
    for offer in all.resources() {
        match offer.variants.deleted {
            None => expect(all, &plan, offer, "it should be created again", Change::is_create),
            Some(Deleted::Update) => expect(all, &plan, offer, "it should be changed in place", Change::is_update),
            Some(Deleted::Nothing) => {
                expect(all, &plan, offer, "it should be left as it is", |change| !change.is_change())
            }
        };
    }
    all.apply()?;
    all.enter("after it was created again");
    all.expect_nothing()
}

/// Everything is destroyed, once where it is there, and once where it is already gone.
fn destruction(all: &mut Lockstep<'_>, service: &Service) -> Result<()> {
    all.enter("destroy");
    destroy_elsewhere(all, service, &[])?;
    all.enter("destroy of what is already gone");
    all.insist(|workspace| {
        workspace.run(&["destroy", "-auto-approve", "-input=false", "-no-color", "-refresh=false"])?.ok()
    })?;
    all.refresh()?;
    let left: Vec<String> = all.living().flat_map(|o| all.state_in(&o.key()).map(|(a, _)| a.clone())).collect();
    for address in left {
        all.complain_at(&address, format!("{address} is still in the state"));
    }
    Ok(())
}

fn destroy_elsewhere(all: &mut Lockstep<'_>, service: &Service, targets: &[String]) -> Result<()> {
    let other = service::workspace(all.cli(), &all.simulator).build()?;
    other.write("main.tf", &root(service))?;
    let state = fs::read_to_string(all.workspace.path().join("terraform.tfstate")).unwrap_or_default();
    other.write("terraform.tfstate", &state)?;
    let mut arguments = vec!["destroy", "-auto-approve", "-input=false", "-no-color"];
    arguments.extend(targets.iter().map(String::as_str));
    all.insist(|_| other.run(&arguments)?.ok())?;
    Ok(())
}
