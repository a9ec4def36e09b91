//! What is not a resource: data sources, functions, ephemeral resources, lists.

use std::fs;

use container_registries::framework::schema::{Attribute, Mode, Rule, Schema};
use registry_harness::Result;
use registry_harness::terraform::Feature;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::catalog::{Kind, Offer};
use crate::lockstep::{Lockstep, root, values};
use crate::service::{self, Service};

/// `expect.json` beside an example: what comes of it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// Attributes of a data source, or outputs of a function's example.
    #[serde(default)]
    values: Map<String, Value>,
    /// What lists and sets of a data source hold among other things, an item each.
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
        if !found[name].as_array().is_some_and(|items| items.contains(item)) {
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

/// `terraform query` finds what is there, and the configuration that it writes imports everything as it is.
pub fn query(all: &mut Lockstep<'_>, service: &Service) -> Result<()> {
    all.enter("query");
    let lists: Vec<&Offer> = all.living().filter(|offer| offer.kind == Kind::List).collect();
    if lists.is_empty() || !all.cli().supports(Feature::Query) {
        return Ok(());
    }
    let found = all.insist(|workspace| workspace.query(Some("generated.tf")))?;
    for offer in lists {
        let address = format!("list.{}.example", offer.name);
        let finds: Vec<&Value> = found.found.iter().filter(|find| find["address"] == address).collect();
        if finds.is_empty() {
            all.complain(&offer.key(), format!("{address} found nothing\n{}", found.command));
        }
        if finds.iter().any(|find| find["display_name"].as_str().is_none_or(str::is_empty)) {
            all.complain(&offer.key(), format!("{address} found something without a name"));
        }
    }
    if found.found.is_empty() {
        return Ok(());
    }
    let generated = all.workspace.read("generated.tf")?;
    all.workspace.remove("generated.tf")?;
    let other = service::workspace(all.cli(), &all.simulator).build()?;
    other.write("main.tf", &root(service))?;
    other.write("generated.tf", &filled_in(&generated, service))?;
    let plan = match other.plan() {
        Ok(plan) => plan,
        Err(error) => {
            all.verdicts.note_general(format!("the generated configuration cannot be planned: {error}\n{generated}"));
            return Ok(());
        }
    };
    for change in plan.resources.values() {
        let schema = service.schema.resources.get(&change.kind);
        let follows = |name: &String| {
            let attribute = schema.and_then(|schema| schema.block.attribute(name));
            change.is_unknown(name) && attribute.is_some_and(|a| a.mode.computed())
        };
        let unreadable = |name: &String| schema.is_some_and(|schema| is_asked_for(schema, name)) || follows(name);
        if change.importing.is_none() || !change.attributes().iter().all(unreadable) {
            let key = format!("list_{}", change.kind);
            all.complain(&key, format!("what was generated is not imported as it is: {change}\n{}", values(change)));
        }
    }
    Ok(())
}

/// Whether a configuration must have an argument that cannot be read.
fn is_asked_for(schema: &Schema, name: &str) -> bool {
    let in_rule =
        |rule: &Rule| matches!(rule, Rule::ExactlyOneOf(names) | Rule::AtLeastOneOf(names) if names[0] == name);
    let is_required = |a: &Attribute| a.mode == Mode::Required || schema.rules.iter().any(in_rule);
    schema.block.attribute(name).is_some_and(|a| a.unread.is_some() && !a.write_only && is_required(a))
}

/// A generated configuration in which the user has filled in the secrets that cannot be read.
fn filled_in(generated: &str, service: &Service) -> String {
    let mut kind = "";
    let mut lines = Vec::new();
    for line in generated.lines() {
        if let Some(rest) = line.strip_prefix("resource \"") {
            kind = rest.split('"').next().unwrap_or_default();
        }
        let name = line.split('=').next().unwrap_or_default().trim();
        let asked = service.schema.resources.get(kind).is_some_and(|schema| is_asked_for(schema, name));
        lines.push(if asked { format!("  {name} = \"filled-in-by-hand\"") } else { line.to_owned() });
    }
    lines.join("\n")
}
