//! Imports: everything is taken out of the state, and comes back as it was.

use std::collections::BTreeMap;

use registry_harness::Result;
use registry_harness::terraform::Change;
use serde_json::{Map, Value, json};
use terraform_framework::Value as Known;
use terraform_framework::schema::Attribute;

use super::expect;
use crate::catalog::{self, Offer};
use crate::lockstep::Lockstep;

/// What an import goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Id,
    Identity,
}

/// What stands in the configuration while importing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The example.
    Written,
    /// The example after all changes.
    Changed,
}

/// All are taken out of the state, and imported.
pub fn import(all: &mut Lockstep<'_>, by: By, stage: Stage) -> Result<()> {
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
            if !follows
                && !is_terraforms_own(offer, name, Stage::Changed)
                && !is_same(attribute, &old[name], &new[name])
            {
                let (old, new) = (&old[name], &new[name]);
                all.complain(&offer.key(), format!("{name} was {old}, and is {new} after the import"));
            }
        }
    }
    all.enter(format!("after import by {by:?}, {stage:?}").to_lowercase());
    all.expect_nothing()
}

/// Whether two values of an attribute mean the same, however they are spelled.
fn is_same(attribute: &Attribute, old: &Value, new: &Value) -> bool {
    match (attribute.same, old.as_str(), new.as_str()) {
        (Some(same), Some(old), Some(new)) => same(&Known::String(old.to_owned()), &Known::String(new.to_owned())),
        _ => old == new,
    }
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
