//! Every argument is changed, and the server is looked at each time.

use std::collections::BTreeSet;

use registry_harness::Result;
use registry_harness::progress::say;
use registry_harness::terraform::{Change, Feature, Plan};
use serde_json::{Map, Value, json};

use super::drift::located;
use super::expect;
use crate::catalog::Offer;
use crate::dump;
use crate::lockstep::{Lockstep, names_module, values};
use crate::variants::{Drift, Expect, Step, held, locate};

/// Every argument is changed.
pub fn changes(all: &mut Lockstep<'_>) -> Result<()> {
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
            let (object, there) = (all.state_of(&offer.address()), all.simulator.dump());
            let edited = located(&step.edit, &object, &there).and_then(|patch| all.simulator.edit(Value::Array(patch)));
            if let Err(error) = edited {
                all.complain(&offer.key(), format!("before change {}: {error}", round + 1));
            }
            taking_part.push((offer, step));
        }
        change(all, round, &taking_part)?;
    }
    Ok(())
}

/// Whether a step sets a write-only argument.
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
    let objects: Vec<Value> = taking_part.iter().map(|(offer, _)| all.state_of(&offer.address())).collect();
    let plan = all.plan()?;
    for (offer, step) in taking_part {
        expect_change(all, &plan, offer, step);
    }
    all.apply()?;
    let after = all.simulator.dump();
    for ((offer, step), object) in taking_part.iter().zip(objects) {
        let old = Moment { dump: &before, object };
        let new = Moment { dump: &after, object: all.state_of(&offer.address()) };
        for complaint in
            [changed(offer, step, &old, &new), told(step, &old, &new), whole(offer, step, &old, &new)].concat()
        {
            all.complain(&offer.key(), complaint);
        }
    }
    all.enter(format!("after change {}", round + 1));
    all.expect_nothing()
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

/// What a server held, and Terraform knew of one object.
struct Moment<'a> {
    dump: &'a Value,
    object: Value,
}

impl Moment<'_> {
    fn held(&self, pointer: &str) -> Option<&Value> {
        held(pointer, &self.object, self.dump)
    }
}

/// What is not as it should be where drift of the changed arguments points.
fn changed(offer: &Offer, step: &Step, old: &Moment<'_>, new: &Moment<'_>) -> Vec<String> {
    let names = step.set.keys().filter(|_| step.expect != Expect::None);
    names.filter_map(|name| argument(offer, step, name, old, new)).collect()
}

fn argument(offer: &Offer, step: &Step, name: &String, old: &Moment<'_>, new: &Moment<'_>) -> Option<String> {
    let telling: Vec<&Drift> = offer.variants.drift.iter().filter(|drift| drift.shows.contains(name)).collect();
    let places: Vec<&str> = telling.iter().flat_map(|drift| drift.pointers()).collect();
    if places.iter().any(|place| step.holds.contains_key(*place)) {
        return None;
    }
    if !places.is_empty() && places.iter().all(|place| old.held(place) == new.held(place)) {
        return Some(format!("{name}: the server holds the same as before at {}", places.join(", ")));
    }
    let whole = telling.iter().filter(|drift| drift.pointers().count() == 1).flat_map(|drift| drift.pointers());
    let wanted = &new.object[name];
    let wrong = whole.into_iter().find(|place| is_held(wanted, new.held(place)) == Some(false))?;
    let hint = "if it is written so there, say so in `holds`";
    Some(format!("{name} is {wanted}, and the server holds something else at {wrong}: {hint}"))
}

/// Whether the server holds this value of an argument. `None`: it can only be written in another way there.
fn is_held(wanted: &Value, held: Option<&Value>) -> Option<bool> {
    let is_plain = |value: &Value| !value.is_null() && !value.is_array() && !value.is_object();
    let Some(held) = held else {
        let is_empty = matches!(wanted, Value::Null | Value::Bool(false))
            || wanted.as_str().is_some_and(str::is_empty)
            || wanted.as_array().is_some_and(Vec::is_empty);
        return (is_plain(wanted) && !is_empty).then_some(false);
    };
    let parsed = held.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| held.clone());
    match (wanted, held) {
        (Value::String(_), Value::String(_)) => Some(wanted == held),
        (Value::Bool(_), _) if parsed.is_boolean() => Some(*wanted == parsed),
        (Value::Number(_), _) if parsed.is_number() => Some(wanted.as_f64() == parsed.as_f64()),
        (Value::Array(one), Value::Array(other)) if one.iter().chain(other).all(is_plain) => {
            Some(dump::alike(Some(wanted), Some(held)))
        }
        _ => None,
    }
}

/// What is not as the step itself tells.
fn told(step: &Step, old: &Moment<'_>, new: &Moment<'_>) -> Vec<String> {
    let differs = step.differs.iter().filter(|pointer| old.held(pointer) == new.held(pointer));
    let differs = differs.map(|pointer| format!("the server holds the same as before at {pointer}"));
    let same = step.same.iter().filter(|p| old.held(p) != new.held(p) || new.held(p).is_none());
    let same = same.map(|pointer| format!("the server does not hold what it held before at {pointer}"));
    let wrong = step.holds.iter().filter(|(pointer, value)| {
        let wanted = Some(*value).filter(|value| !value.is_null());
        !dump::alike(new.held(pointer), wanted)
    });
    let wrong = wrong.map(|(pointer, value)| format!("the server should hold {value} at {pointer}, and does not"));
    differs.chain(same).chain(wrong).collect()
}

/// What is wrong with the whole object on the server: it must be there, and what it replaces must be gone.
fn whole(offer: &Offer, step: &Step, old: &Moment<'_>, new: &Moment<'_>) -> Vec<String> {
    let Some(pointer) = offer.variants.object.as_deref() else { return Vec::new() };
    let Some(there) = new.held(pointer) else { return vec![format!("the server holds no object at {pointer}")] };
    if step.expect != Expect::Replace {
        return Vec::new();
    }
    let is_elsewhere = locate(pointer, &old.object, old.dump) != locate(pointer, &new.object, new.dump);
    if is_elsewhere && held(pointer, &old.object, new.dump).is_some_and(|left| !std::ptr::eq(left, there)) {
        return vec!["the server still holds what was replaced".to_owned()];
    }
    if !is_elsewhere && old.held(pointer) == Some(there) {
        return vec!["the server holds the same object as before".to_owned()];
    }
    Vec::new()
}

/// An old command line gets an error for every write-only argument, which says what it lacks.
pub fn write_only_is_refused(all: &mut Lockstep<'_>) -> Result<()> {
    all.enter("a write-only argument on an old Terraform");
    let of = |offer: &Offer| -> Vec<String> {
        offer.attributes().iter().filter(|a| a.write_only).map(|a| a.name.clone()).collect()
    };
    let rounds = all.resources().iter().map(|offer| of(offer).len()).max().unwrap_or(0);
    for round in 0..rounds {
        let tried: Vec<(&Offer, String)> =
            all.resources().into_iter().filter_map(|offer| Some((offer, of(offer).get(round)?.clone()))).collect();
        for (offer, name) in &tried {
            // Terraform turns a text into whatever else the argument is.
            let set = Map::from_iter([(name.clone(), json!("1"))]);
            let text = json!({"resource": {&offer.name: {"example": set}}}).to_string();
            all.workspace.write(&file(offer), &text)?;
        }
        let said = all.workspace.run(&["validate", "-no-color"])?;
        let text = said.both();
        for (offer, name) in tried {
            all.workspace.remove(&file(offer))?;
            let is_it = |error: &&str| names_module(error, &offer.key()) && error.contains(&name);
            let says = |error: &str| error.contains("1.11") && error.to_lowercase().contains("write-only");
            if !text.split("Error: ").skip(1).filter(is_it).any(says) {
                all.complain(
                    &offer.key(),
                    format!("{name}: there should be an error that names Terraform 1.11:\n{said}"),
                );
            }
        }
    }
    Ok(())
}

fn file(offer: &Offer) -> String {
    format!("{}/zz_override.tf.json", offer.key())
}
