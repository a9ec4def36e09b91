//! Everything that can be seen is changed behind Terraform's back.

use registry_harness::Result;
use registry_harness::terraform::Plan;
use serde_json::{Map, Value, json};

use crate::catalog::Offer;
use crate::dump;
use crate::lockstep::{Lockstep, values};
use crate::variants::{Drift, held, locate};

/// First what needs no other configuration than the example, then the rest.
pub fn drift(all: &mut Lockstep<'_>) -> Result<()> {
    for number in 0..rounds(all, plain) {
        let taking_part = taking_part(all, plain, number);
        round(all, &format!("drift {}", number + 1), taking_part)?;
    }
    let more = rounds(all, configured);
    for number in 0..more {
        let taking_part = taking_part(all, configured, number);
        prepare(all, &taking_part)?;
        round(all, &format!("drift {} of another configuration", number + 1), taking_part)?;
    }
    if more > 0 {
        super::back(all)?;
    }
    all.enter("after all drift was healed");
    all.expect_nothing()
}

/// The drift of the example as it was written.
fn plain(offer: &Offer) -> &[Drift] {
    let drift = &offer.variants.drift;
    let end = drift.iter().position(|drift| !drift.set.is_empty()).unwrap_or(drift.len());
    &drift[..end]
}

/// The drift that needs other arguments.
fn configured(offer: &Offer) -> &[Drift] {
    &offer.variants.drift[plain(offer).len()..]
}

fn rounds(all: &Lockstep<'_>, of: impl Fn(&Offer) -> &[Drift]) -> usize {
    all.resources().iter().map(|offer| of(offer).len()).max().unwrap_or(0)
}

fn taking_part<'a>(all: &Lockstep<'a>, of: fn(&Offer) -> &[Drift], number: usize) -> Vec<(&'a Offer, &'a Drift)> {
    all.resources().into_iter().filter_map(|offer| Some((offer, of(offer).get(number)?))).collect()
}

/// Sets what the drift begins with.
fn prepare(all: &mut Lockstep<'_>, taking_part: &[(&Offer, &Drift)]) -> Result<()> {
    if taking_part.iter().all(|(_, drift)| drift.set.is_empty()) {
        return Ok(());
    }
    all.enter("another configuration for drift");
    for (offer, drift) in taking_part {
        all.set(offer, &drift.set)?;
        all.add(offer, &drift.with)?;
    }
    all.plan()?;
    all.apply()
}

fn round(all: &mut Lockstep<'_>, name: &str, taking_part: Vec<(&Offer, &Drift)>) -> Result<()> {
    all.enter(name);
    let mut edited = Vec::new();
    for (offer, drift) in taking_part {
        let before = all.simulator.dump();
        let object = all.state_of(&offer.address());
        match edit(all, offer, drift) {
            Ok(()) => edited.push((offer, drift, before, object, all.simulator.dump())),
            Err(error) => all.complain(&offer.key(), format!("drift of {}: {error}", drift.shows.join(", "))),
        }
    }
    let plan = all.plan()?;
    let strange: Vec<&String> =
        plan.drift.iter().filter(|(address, drift)| !all.follows(address, drift)).map(|(address, _)| address).collect();
    for address in strange.into_iter().filter(|a| !edited.iter().any(|(offer, ..)| offer.address() == **a)) {
        all.complain_at(address, format!("nobody changed {address}, and the plan says that it has changed"));
    }
    let heals: Vec<bool> = edited.iter().map(|(offer, drift, ..)| expect_drift(all, &plan, offer, drift)).collect();
    all.apply()?;
    let after = all.simulator.dump();
    for ((offer, drift, before, old, drifted), heals) in edited.iter().zip(heals) {
        let object = all.state_of(&offer.address());
        for pointer in drift.pointers().filter(|_| heals) {
            let is_renewed = drift.renews.iter().any(|renewed| renewed == pointer);
            let now = held(pointer, &object, &after);
            if !is_renewed && !dump::alike(held(pointer, old, before), now) {
                all.complain(&offer.key(), format!("the server does not hold again what it held at {pointer}"));
            }
            if is_renewed && (now.is_none() || now == held(pointer, old, drifted)) {
                all.complain(&offer.key(), format!("the server holds nothing new at {pointer}"));
            }
        }
    }
    Ok(())
}

fn edit(all: &Lockstep<'_>, offer: &Offer, drift: &Drift) -> std::result::Result<(), String> {
    let object = all.state_of(&offer.address());
    let there = all.simulator.dump();
    let mut patch = located(&drift.edit, &object, &there)?;
    if let Some(pointer) = &drift.pointer {
        let path = locate(pointer, &object, &there)?;
        let there = there.pointer(&path);
        if there == Some(&drift.value) {
            return Err(format!("the server holds {} at {path} already", drift.value));
        }
        let op = if there.is_some() { "replace" } else { "add" };
        patch.push(json!({"op": op, "path": path, "value": drift.value}));
    }
    all.simulator.edit(Value::Array(patch))
}

/// A JSON patch with the places that its pointers mean for the resource with these attributes.
pub fn located(
    patch: &[Map<String, Value>],
    attributes: &Value,
    there: &Value,
) -> std::result::Result<Vec<Value>, String> {
    let mut found = Vec::new();
    for operation in patch {
        let place = |member: &str| operation.get(member).and_then(Value::as_str).map(|p| locate(p, attributes, there));
        let path = place("path").ok_or("an operation has no path")??;
        // The simulator knows no `move`.
        if let (Some("move"), Some(from)) = (operation.get("op").and_then(Value::as_str), place("from")) {
            let from = from?;
            let value = there.pointer(&from).ok_or_else(|| format!("there is nothing at {from}"))?;
            found.extend([json!({"op": "remove", "path": from}), json!({"op": "add", "path": path, "value": value})]);
            continue;
        }
        let mut operation: Map<String, Value> = operation.clone();
        operation.insert("path".to_owned(), path.into());
        found.push(operation.into());
    }
    Ok(found)
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
