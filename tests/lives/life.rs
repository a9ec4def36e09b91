//! The life of everything that a provider offers, step by step, for all at once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use registry_harness::Result;
use registry_harness::progress::say;
use registry_harness::terraform::{Change, Cli, Feature, Plan};
use serde_json::{Map, Value, json};

use crate::catalog::{self, Offer};
use crate::dump;
use crate::lockstep::{Lockstep, Verdicts, root, values};
use crate::service::{self, Service};
use crate::variants::{Deleted, Drift, Expect, Step, locate};

mod others;

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
    changes(all)?;
    if !all.cli().supports(Feature::WriteOnlyArguments) {
        write_only_is_refused(all)?;
    }
    import(all, By::Id, Stage::Changed)?;
    back(all)?;
    others::query(all, service)?;
    import(all, By::Id, Stage::Written)?;
    if all.cli().supports(Feature::Identity) {
        import(all, By::Identity, Stage::Written)?;
    } else {
        say(format!("{} knows no identities: imports by identity are left out", all.cli()));
    }
    drift(all)?;
    deletion(all, service)?;
    destruction(all, service)?;
    all.enter("the end");
    if all.is_whole() {
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
    others::check(all)?;
    all.enter("after it was made");
    all.expect_nothing()
}

/// An id in which what a server gives is made alike: numbers, UUIDs, and what a shell would fill in.
fn without_numbers(id: &str) -> String {
    let is_uuid = |part: &str| part.len() == 36 && part.matches('-').count() == 4;
    let part = |part: &str| match part.parse::<u64>().is_ok() || is_uuid(part) || part.starts_with('$') {
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

/// Every argument is changed.
fn changes(all: &mut Lockstep<'_>) -> Result<()> {
    let rounds = all.resources().iter().map(|offer| offer.variants.changes.len()).max().unwrap_or(0);
    for round in 0..rounds {
        let mut taking_part = Vec::new();
        for offer in all.resources() {
            let Some(step) = offer.variants.changes.get(round) else { continue };
            if needs_write_only(offer, step) && !all.cli().supports(Feature::WriteOnlyArguments) {
                let (cli, key) = (all.cli(), offer.key());
                say(format!("{cli} knows no write-only arguments: change {} of {key} is left out", round + 1));
                continue;
            }
            all.set(offer, &step.set)?;
            all.add(offer, &step.with)?;
            taking_part.push((offer, step));
        }
        change(all, round, &taking_part)?;
    }
    Ok(())
}

pub fn needs_write_only(offer: &Offer, step: &Step) -> bool {
    // Inside an object, by its name.
    let inside =
        |value: &Value| value.as_object().is_some_and(|object| object.keys().any(|name| name.ends_with("_wo")));
    let itself = |name: &str| offer.attribute(name).is_some_and(|a| a.write_only);
    step.set.iter().any(|(name, value)| !value.is_null() && (itself(name) || inside(value)))
}

fn change(all: &mut Lockstep<'_>, round: usize, taking_part: &[(&Offer, &Step)]) -> Result<()> {
    all.enter(format!("change {}", round + 1));
    let before = all.simulator.dump();
    let places: Vec<_> = taking_part.iter().map(|(offer, step)| held(all, offer, step, &before)).collect();
    let plan = all.plan()?;
    for (offer, step) in taking_part {
        expect_change(all, &plan, offer, step);
    }
    all.apply()?;
    let after = all.simulator.dump();
    for ((offer, step), places) in taking_part.iter().zip(places) {
        for ((pointer, old), (_, new)) in places.into_iter().zip(held(all, offer, step, &after)) {
            if old == new {
                all.complain(&offer.key(), format!("the server holds the same as before at {pointer}"));
            }
        }
    }
    all.enter(format!("after change {}", round + 1));
    all.expect_nothing()
}

/// What the server holds where a step changes it, beside the pointer.
fn held(all: &Lockstep<'_>, offer: &Offer, step: &Step, dump: &Value) -> Vec<(String, Option<Value>)> {
    let object = all.state_of(&offer.address());
    if step.expect == Expect::None {
        return Vec::new();
    }
    let shown = |drift: &&Drift| drift.shows.len() == 1 && step.set.contains_key(&drift.shows[0]);
    let told = offer.variants.drift.iter().filter(shown).filter_map(|drift| drift.pointer.as_deref());
    let pointers = told.chain(step.differs.iter().map(String::as_str));
    let value = |pointer: &str| dump.pointer(&locate(pointer, &object, dump).ok()?).cloned();
    pointers.map(|pointer| (pointer.to_owned(), value(pointer))).collect()
}

/// A planned change must be of the announced kind, touch what was set, and nothing else that is the user's to set.
fn expect_change(all: &mut Lockstep<'_>, plan: &Plan, offer: &Offer, step: &Step) {
    let wanted = format!("{:?} is expected", step.expect);
    let fits = |change: &Change| match step.expect {
        Expect::Update => change.is_update(),
        Expect::Replace => change.is_replace(),
        Expect::None => !change.is_change(),
    };
    if !expect(all, plan, offer, &wanted, fits) || step.expect == Expect::None {
        return;
    }
    let change = &plan.resources[&offer.address()];
    let changed: BTreeSet<String> = change.attributes().into_iter().collect();
    for name in step.set.keys() {
        let shown = offer.attribute(name).is_none_or(|attribute| !attribute.write_only);
        if shown && !changed.contains(name) {
            all.complain(&offer.key(), format!("{name} was set, and the plan does not change it: {change}"));
        }
    }
    for name in changed.iter().filter(|name| !step.set.contains_key(*name)) {
        if offer.attribute(name).is_some_and(|attribute| !attribute.mode.computed()) {
            all.complain(&offer.key(), format!("{name} was not set, and the plan changes it\n{}", values(change)));
        }
    }
}

/// An old command line gets an error that says what it lacks.
fn write_only_is_refused(all: &mut Lockstep<'_>) -> Result<()> {
    for offer in all.resources() {
        let Some(step) = offer.variants.changes.iter().find(|step| needs_write_only(offer, step)) else { continue };
        all.enter("a write-only argument on an old Terraform");
        let file = format!("{}/zz_override.tf.json", offer.key());
        let text = json!({"resource": {&offer.name: {"example": &step.set}}}).to_string();
        all.workspace.write(&file, &text)?;
        let said = all.workspace.run(&["validate", "-no-color"])?;
        all.workspace.remove(&file)?;
        let text = said.both();
        if said.is_ok() || !(text.contains("1.11") && text.to_lowercase().contains("write-only")) {
            all.complain(&offer.key(), format!("there should be an error that names Terraform 1.11:\n{said}"));
        }
    }
    Ok(())
}

/// The examples as they were written.
fn back(all: &mut Lockstep<'_>) -> Result<()> {
    all.enter("going back to the example");
    all.restore()?;
    all.plan()?;
    all.apply()?;
    all.enter("after going back to the example");
    all.expect_nothing()
}

/// What an import goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Id,
    Identity,
}

/// What stands in the configuration while importing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The example.
    Written,
    /// The example after all changes.
    Changed,
}

/// All are taken out of the state, and imported.
fn import(all: &mut Lockstep<'_>, by: By, stage: Stage) -> Result<()> {
    all.enter(format!("import by {by:?}, {stage:?}").to_lowercase());
    let before: BTreeMap<String, Value> =
        all.resources().iter().map(|offer| (offer.key(), all.state_of(&offer.address()))).collect();
    let blocks = import_blocks(all, by)?;
    if blocks.is_empty() {
        return Ok(());
    }
    let addresses: Vec<String> = all.resources().iter().map(|offer| offer.address()).collect();
    all.workspace.state_rm(&addresses.iter().map(String::as_str).collect::<Vec<_>>())?;
    all.workspace.write("imports.tf.json", &json!({"import": blocks}).to_string())?;
    let plan = all.plan()?;
    for offer in all.resources() {
        let fits = |change: &Change| {
            let changed = change.attributes();
            // What is sent again may change what the server says.
            let follows =
                |name: &str| change.is_unknown(name) && offer.attribute(name).is_some_and(|a| a.mode.computed());
            let chosen = |name: &str| is_chosen(offer, name, &change.after);
            let own = |name: &str| is_terraforms_own(offer, name, stage) || chosen(name) || follows(name);
            let only_known_here = changed.iter().all(|name| own(name));
            let caused = changed.is_empty() || changed.iter().any(|name| !follows(name));
            change.importing.is_some() && !change.is_replace() && !change.is_create() && only_known_here && caused
        };
        expect(all, &plan, offer, "it should be imported as it is", fits);
    }
    all.apply()?;
    all.workspace.remove("imports.tf.json")?;
    for offer in all.resources() {
        let (old, new) = (before[&offer.key()].clone(), all.state_of(&offer.address()));
        // The user's own arguments have kept the plan empty, however they are spelled now.
        for attribute in offer.attributes().iter().filter(|attribute| attribute.mode.computed()) {
            let name = attribute.name.as_str();
            let follows = plan.resources.get(&offer.address()).is_some_and(|change| change.is_unknown(name));
            if !follows && !is_terraforms_own(offer, name, Stage::Changed) && old[name] != new[name] {
                let (old, new) = (&old[name], &new[name]);
                all.complain(&offer.key(), format!("{name} was {old}, and is {new} after the import"));
            }
        }
    }
    all.enter(format!("after import by {by:?}, {stage:?}").to_lowercase());
    all.expect_nothing()
}

/// Whether an imported object may differ from the configuration in this attribute.
fn is_terraforms_own(offer: &Offer, name: &str, stage: Stage) -> bool {
    let unread = offer.attribute(name).is_some_and(|a| a.unread.is_some() || a.write_only);
    let version = name.strip_suffix("_version").and_then(|name| offer.attribute(name)).is_some_and(|a| a.write_only);
    let excused = name == "timeouts" || offer.variants.unobserved.contains_key(name);
    unread || version || (stage == Stage::Changed && excused)
}

/// Whether the example sets what only Terraform knows to something that an import cannot guess.
fn is_chosen(offer: &Offer, name: &str, after: &Value) -> bool {
    let default = offer.attribute(name).and_then(|attribute| attribute.default.as_ref()).and_then(catalog::plain);
    offer.variants.unobserved.contains_key(name) && after[name] != default.unwrap_or_default()
}

fn import_blocks(all: &mut Lockstep<'_>, by: By) -> Result<Vec<Value>> {
    let identities = if by == By::Identity { identities(&all.workspace.raw_state()?) } else { BTreeMap::new() };
    let mut blocks = Vec::new();
    for offer in all.resources() {
        let address = offer.address();
        let block = match by {
            By::Id => json!({"to": address, "id": literal(&all.state_of(&address)["id"])}),
            By::Identity => match identities.get(&address) {
                Some(identity) => json!({"to": address, "identity": literal(identity)}),
                None => {
                    all.complain(&offer.key(), "the state holds no identity");
                    continue;
                }
            },
        };
        blocks.push(block);
    }
    Ok(blocks)
}

/// A value in JSON syntax that is no template.
fn literal(value: &Value) -> Value {
    match value {
        Value::String(text) => text.replace("${", "$${").replace("%{", "%%{").into(),
        // An attribute of an identity may be left out, but not null.
        Value::Object(members) => {
            let set = members.iter().filter(|(_, value)| !value.is_null());
            set.map(|(name, value)| (name.clone(), literal(value))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

/// Identities by address.
fn identities(state: &Value) -> BTreeMap<String, Value> {
    let resources = state["resources"].as_array().into_iter().flatten();
    resources
        .filter(|resource| resource["mode"] == "managed")
        .filter_map(|resource| {
            let text = |name: &str| resource[name].as_str();
            let address = format!("{}.{}.{}", text("module")?, text("type")?, text("name")?);
            let identity = &resource["instances"][0]["identity"];
            identity.is_object().then(|| (address, identity.clone()))
        })
        .collect()
}

/// Everything that can be seen is changed behind Terraform's back.
fn drift(all: &mut Lockstep<'_>) -> Result<()> {
    let rounds = all.resources().iter().map(|offer| offer.variants.drift.len()).max().unwrap_or(0);
    for round in 0..rounds {
        all.enter(format!("drift {}", round + 1));
        let mut edited = Vec::new();
        for offer in all.resources() {
            let Some(drift) = offer.variants.drift.get(round) else { continue };
            let before = (all.state_of(&offer.address()), all.simulator.dump());
            match edit(all, offer, drift) {
                Ok(()) => edited.push((offer, drift, before)),
                Err(error) => all.complain(&offer.key(), format!("drift of {}: {error}", drift.shows.join(", "))),
            }
        }
        let plan = all.plan()?;
        let strange: Vec<&String> = plan
            .drift
            .iter()
            .filter(|(address, drift)| !all.follows(address, drift))
            .map(|(address, _)| address)
            .collect();
        for address in strange.into_iter().filter(|a| !edited.iter().any(|(offer, ..)| offer.address() == **a)) {
            all.complain_at(address, format!("nobody changed {address}, and the plan says that it has changed"));
        }
        let heals: Vec<bool> = edited.iter().map(|(offer, drift, _)| expect_drift(all, &plan, offer, drift)).collect();
        all.apply()?;
        let after = all.simulator.dump();
        for ((offer, drift, before), heals) in edited.iter().zip(heals) {
            // What was replaced may stand elsewhere now.
            let object = all.state_of(&offer.address());
            for pointer in drift.pointers() {
                let value = |object: &Value, dump: &Value| dump.pointer(&locate(pointer, object, dump).ok()?).cloned();
                let (before, after) = (value(&before.0, &before.1), value(&object, &after));
                if heals && !dump::alike(before.as_ref(), after.as_ref()) {
                    all.complain(&offer.key(), format!("the server does not hold again what it held at {pointer}"));
                }
            }
        }
    }
    all.enter("after all drift was healed");
    all.expect_nothing()
}

fn edit(all: &Lockstep<'_>, offer: &Offer, drift: &Drift) -> std::result::Result<(), String> {
    let object = all.state_of(&offer.address());
    let there = all.simulator.dump();
    let mut patch = drift.edit.clone();
    for operation in &mut patch {
        for member in ["path", "from"] {
            if let Some(path) = operation.get(member).and_then(Value::as_str) {
                let path = locate(path, &object, &there)?;
                operation.insert(member.to_owned(), path.into());
            }
        }
    }
    if let Some(pointer) = &drift.pointer {
        let path = locate(pointer, &object, &there)?;
        let there = there.pointer(&path);
        if there == Some(&drift.value) {
            return Err(format!("the server holds {} at {path} already", drift.value));
        }
        let op = if there.is_some() { "replace" } else { "add" };
        let Value::Object(operation) = json!({"op": op, "path": path, "value": drift.value}) else { return Ok(()) };
        patch.push(operation);
    }
    all.simulator.edit(Value::Array(patch.into_iter().map(Value::Object).collect()))
}

/// The plan shows exactly this drift. Returns whether it also heals it.
fn expect_drift(all: &mut Lockstep<'_>, plan: &Plan, offer: &Offer, drift: &Drift) -> bool {
    let mut shows = drift.shows.clone();
    shows.sort();
    match plan.drift.get(&offer.address()) {
        Some(change) if change.attributes() == shows => {}
        Some(change) => {
            let shows = shows.join(", ");
            all.complain(&offer.key(), format!("exactly [{shows}] should have changed: {change}\n{}", values(change)));
        }
        None => all.complain(&offer.key(), format!("nobody saw that {} changed", shows.join(", "))),
    }
    let Some(change) = plan.resources.get(&offer.address()) else { return false };
    let foreign: Vec<_> = change.attributes().into_iter().filter(|name| !shows.contains(name)).collect();
    let is_users = |name: &&String| offer.attribute(name).is_some_and(|a| !a.mode.computed() || a.default.is_some());
    if change.is_change() {
        if let Some(name) = foreign.iter().find(is_users) {
            all.complain(&offer.key(), format!("{name} did not change, and the plan changes it\n{}", values(change)));
        }
    } else if let Some(name) = shows.iter().find(is_users) {
        all.complain(&offer.key(), format!("{name} has changed, and the plan does not heal it"));
    }
    change.is_change()
}

/// All are deleted behind Terraform's back, by another Terraform with a copy of the state, and made again.
fn deletion(all: &mut Lockstep<'_>, service: &Service) -> Result<()> {
    all.enter("deleted behind Terraform's back");
    let targets: Vec<String> = all.resources().iter().map(|offer| format!("-target={}", offer.address())).collect();
    if targets.is_empty() {
        return Ok(());
    }
    destroy_elsewhere(all, service, &targets)?;
    let plan = all.plan()?;
    for offer in all.resources() {
        match offer.variants.deleted {
            None => expect(all, &plan, offer, "it should be created again", Change::is_create),
            Some(Deleted::Update) => expect(all, &plan, offer, "it should be changed in place", Change::is_update),
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
