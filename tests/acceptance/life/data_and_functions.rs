//! What is not a resource: data sources and functions.

use std::fs;

use registry_harness::Result;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::catalog::{Kind, Offer};
use crate::lockstep::Lockstep;

/// `expect.json` beside an example: what comes of it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// Attributes of a data source, or outputs of a function's example.
    #[serde(default)]
    values: Map<String, Value>,
    /// What lists and sets of a data source hold among other things, an item each; of an object it is enough to name some members.
    #[serde(default)]
    holds: Map<String, Value>,
    /// Attributes of a data source that differ from the resource's, with the reason.
    #[serde(default)]
    differs: Map<String, Value>,
}

fn expected(offer: &Offer) -> std::result::Result<Expected, String> {
    let path = offer.folder.join("expect.json");
    match fs::read_to_string(&path) {
        Ok(text) => serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display())),
        Err(_) => Ok(Expected::default()),
    }
}

/// Looks at what data sources and functions said.
pub fn check(all: &mut Lockstep<'_>) -> Result<()> {
    let outputs = all.workspace.outputs()?;
    let offers: Vec<&Offer> = all.living().collect();
    for offer in offers {
        let expected = match expected(offer) {
            Ok(expected) => expected,
            Err(error) => {
                all.complain(&offer.key(), error);
                continue;
            }
        };
        let complaints = match offer.kind {
            Kind::DataSource => data(all, offer, &expected),
            Kind::Function => function(&outputs.get(&offer.key()).cloned().unwrap_or_default(), &expected),
            _ => Vec::new(),
        };
        for complaint in complaints {
            all.complain(&offer.key(), complaint);
        }
    }
    Ok(())
}

/// A data source says the same as the resource of its type beside it, or what `expect.json` says.
fn data(all: &Lockstep<'_>, offer: &Offer, expected: &Expected) -> Vec<String> {
    let found = all.state_of(&offer.address());
    let mut complaints = Vec::new();
    for (name, value) in &expected.values {
        if found[name] != *value {
            complaints.push(format!("{name} should be {value}, and is {}", found[name]));
        }
    }
    for (name, item) in &expected.holds {
        if !found[name].as_array().is_some_and(|items| items.iter().any(|there| has(there, item))) {
            complaints.push(format!("{name} should hold {item}, and is {}", found[name]));
        }
    }
    let mut compared = !expected.values.is_empty() || !expected.holds.is_empty();
    let resources: Vec<(&String, &Value)> =
        all.state_in(&offer.key()).filter(|(address, _)| !address.contains(".data.")).collect();
    for (address, object) in resources {
        let Some(kind) = address.split('.').nth(2) else { continue };
        if kind == offer.name {
            compared = true;
            complaints.extend(
                unlike(object, &found, expected).map(|name| {
                    format!("{name} is {}, and the resource {address} has {}", found[&name], object[&name])
                }),
            );
        } else if is_plural(&offer.name, kind) {
            compared = true;
            if !elements(&found).any(|element| unlike(object, element, expected).next().is_none()) {
                complaints.push(format!("no element is {address}: {found}"));
            }
        }
    }
    if !compared {
        complaints
            .push("nothing to compare with: let the example make the resource, or write `expect.json`".to_owned());
    }
    complaints
}

/// Whether it is the same, or has all members of the other.
fn has(there: &Value, item: &Value) -> bool {
    match item.as_object() {
        Some(members) => members.iter().all(|(name, value)| there[name] == *value),
        None => there == item,
    }
}

fn is_plural(name: &str, of: &str) -> bool {
    name.strip_suffix('s') == Some(of)
        || name.strip_suffix("ies") == of.strip_suffix('y') && of.ends_with('y')
        || name.strip_suffix("_list") == Some(of)
}

/// Names that both have, with other values.
fn unlike<'v>(one: &'v Value, other: &'v Value, expected: &'v Expected) -> impl Iterator<Item = String> + 'v {
    let names = one.as_object().into_iter().flat_map(Map::keys);
    names
        .filter(|name| {
            other.get(name.as_str()).is_some() && *name != "timeouts" && !expected.differs.contains_key(*name)
        })
        .filter(|name| one[name.as_str()] != other[name.as_str()])
        .cloned()
}

/// The objects in an object's lists, sets and maps.
fn elements(value: &Value) -> impl Iterator<Item = &Value> {
    let members = value.as_object().into_iter().flat_map(Map::values);
    members.flat_map(|member| match member {
        Value::Array(items) => items.iter().collect::<Vec<_>>(),
        Value::Object(members) => members.values().collect(),
        _ => Vec::new(),
    })
}

fn function(outputs: &Value, expected: &Expected) -> Vec<String> {
    if expected.values.is_empty() {
        return vec![format!("no expect.json says what comes of it, which is {outputs}")];
    }
    let wrong = expected.values.iter().filter(|(name, value)| outputs[name.as_str()] != **value);
    wrong.map(|(name, value)| format!("output {name} should be {value}, and is {}", outputs[name])).collect()
}
