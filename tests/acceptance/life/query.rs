//! `terraform query`: what is found, and the configuration that is made of it.

use std::collections::BTreeSet;

use registry_harness::Result;
use registry_harness::terraform::{Feature, Plan};
use serde_json::{Map, Value};
use terraform_framework::schema::{Attribute, Mode, Rule, Schema, Shape};

use crate::catalog::{Kind, Offer};
use crate::lockstep::{Lockstep, root, values};
use crate::service::{self, Service};

/// `terraform query` finds all that is there, and the configuration that it writes imports everything as it is.
pub fn query(all: &mut Lockstep<'_>, service: &Service) -> Result<()> {
    all.enter("query");
    let lists: Vec<&Offer> = all.living().filter(|offer| offer.kind == Kind::List).collect();
    if lists.is_empty() || !all.cli().supports(Feature::Query) {
        return Ok(());
    }
    let found = all.insist(|workspace| workspace.query(Some("generated.tf")))?;
    let state = all.workspace.raw_state()?;
    for offer in lists {
        let address = format!("list.{}.example", offer.name);
        let finds: Vec<&Value> = found.found.iter().filter(|find| find["address"] == address).collect();
        if finds.iter().any(|find| find["display_name"].as_str().is_none_or(str::is_empty)) {
            all.complain(&offer.key(), format!("{address} found something without a name"));
        }
        let project = all.simulator.credentials().saagie_project_id.clone();
        for complaint in unlike_state(offer, &finds, &state, &project) {
            all.complain(&offer.key(), format!("{complaint}\n{}", found.command));
        }
    }
    if found.found.is_empty() {
        return Ok(());
    }
    let generated = all.workspace.read("generated.tf")?;
    all.workspace.remove("generated.tf")?;
    imports_as_it_is(all, service, &generated, &state)
}

/// What a list should have found and has not, or has found twice. It may find what no example makes, as an organization's owners.
fn unlike_state(offer: &Offer, finds: &[&Value], state: &Value, project: &str) -> Vec<String> {
    let filters = filters(&offer.example, project);
    let expected: Vec<Value> = instances(state, &offer.name)
        .filter(|instance| filters.iter().all(|filter| passes(&instance["attributes"], filter)))
        .map(|instance| without_nulls(&instance["identity"]))
        .collect();
    let found: Vec<Value> = finds.iter().map(|find| without_nulls(&find["identity"])).collect();
    let mut complaints: Vec<String> = expected
        .iter()
        .filter(|identity| !found.contains(identity))
        .map(|identity| format!("{identity} is in the state, and was not found"))
        .collect();
    if expected.is_empty() {
        complaints.push(format!("no example makes what this could find with {filters:?}"));
    }
    let distinct: BTreeSet<String> = found.iter().map(Value::to_string).collect();
    if distinct.len() < found.len() {
        complaints.push("something was found twice".to_owned());
    }
    complaints
}

/// The arguments of the `config` block, with their values.
fn filters(example: &str, project: &str) -> Vec<(String, String)> {
    let lines = example.lines().skip_while(|line| line.trim() != "config {").skip(1);
    let arguments = lines.take_while(|line| line.trim() != "}").filter_map(|line| line.split_once('='));
    let value = |text: &str| match text.trim() {
        "var.saagie_project_id" => project.to_owned(),
        text => text.trim_matches('"').to_owned(),
    };
    arguments.map(|(name, text)| (name.trim().to_owned(), value(text))).collect()
}

/// Whether an object of the state is one that a list with this argument finds.
fn passes(attributes: &Value, (name, value): &(String, String)) -> bool {
    let text = |name: &str| attributes[name].as_str().unwrap_or_default();
    if attributes.get(name).is_none() && name == "namespace" {
        // Of what is named by a robot.
        return text("id").split_once('+').is_some_and(|(namespace, _)| namespace == value);
    }
    match name.strip_suffix("_contains") {
        Some(name) => text(name).contains(value.as_str()),
        None => attributes[name] == **value,
    }
}

fn instances<'v>(state: &'v Value, kind: &'v str) -> impl Iterator<Item = &'v Value> {
    let resources = state["resources"].as_array().into_iter().flatten();
    let of_kind = resources.filter(move |resource| resource["mode"] == "managed" && resource["type"] == kind);
    of_kind.flat_map(|resource| resource["instances"].as_array().into_iter().flatten())
}

fn without_nulls(identity: &Value) -> Value {
    let members = identity.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    let sorted: std::collections::BTreeMap<_, _> = members.map(|(name, value)| (name.clone(), value.clone())).collect();
    sorted.into_iter().collect::<Map<_, _>>().into()
}

/// Another Terraform imports by the generated configuration, in which the user has filled in what cannot be read.
fn imports_as_it_is(all: &mut Lockstep<'_>, service: &Service, generated: &str, state: &Value) -> Result<()> {
    let other = service::workspace(all.cli(), &all.simulator).build()?;
    other.write("main.tf", &root(service))?;
    let (filled, missing) = filled_in(generated, service, state);
    if !missing.is_empty() {
        other.write("generated.tf", generated)?;
        let said = other.run(&["plan", "-input=false", "-no-color"])?;
        let text = said.both();
        for (address, name) in missing {
            let says = |error: &str| error.contains(&address) && error.contains(&name);
            if said.is_ok() || !text.split("Error: ").skip(1).any(says) {
                let key = format!("list_{}", address.split('.').next().unwrap_or_default());
                all.complain(&key, format!("nothing says that {address} lacks {name}\n{said}"));
            }
        }
    }
    other.write("generated.tf", &filled)?;
    match other.plan() {
        Ok(plan) => expect_imports(all, service, &plan),
        Err(error) => {
            let complaint = format!("the generated configuration cannot be planned: {error}\n{generated}");
            all.verdicts.note_general(complaint);
        }
    }
    Ok(())
}

fn expect_imports(all: &mut Lockstep<'_>, service: &Service, plan: &Plan) {
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
}

/// Whether a configuration must have an argument that cannot be read.
fn is_asked_for(schema: &Schema, name: &str) -> bool {
    let in_rule =
        |rule: &Rule| matches!(rule, Rule::ExactlyOneOf(names) | Rule::AtLeastOneOf(names) if names[0] == name);
    let is_required = |a: &Attribute| a.mode == Mode::Required || schema.rules.iter().any(in_rule);
    schema.block.attribute(name).is_some_and(|a| a.unread.is_some() && !a.write_only && is_required(a))
}

/// Whether Terraform writes null for an argument within `object` because it is a secret, also of one that is there.
fn is_hidden(schema: &Schema, object: &str, name: &str) -> bool {
    let Some(Shape::Nested(_, inside)) = schema.block.attribute(object).map(|a| &a.shape) else { return false };
    inside.iter().any(|a| a.name == name && a.sensitive && !a.write_only && a.mode.configurable())
}

/// The attributes of the object that the first `import` block in these lines names.
fn imported<'v>(lines: &[&str], state: &'v Value, kind: &'v str) -> &'v Value {
    let identity = lines.iter().skip_while(|line| !line.contains("identity = {"));
    let identity: Vec<&str> = identity.take_while(|line| line.trim() != "}").copied().collect();
    let has = |value: &Value| !value.is_string() || identity.iter().any(|line| line.ends_with(&format!("= {value}")));
    let is_it = |instance: &&Value| instance["identity"].as_object().is_some_and(|names| names.values().all(has));
    instances(state, kind).find(is_it).map_or(&Value::Null, |instance| &instance["attributes"])
}

/// A generated configuration in which the user has filled in the secrets that cannot be read or that Terraform does not write; and of
/// each, by address, its name.
fn filled_in(generated: &str, service: &Service, state: &Value) -> (String, Vec<(String, String)>) {
    let (mut kind, mut address, mut object) = ("", String::new(), "");
    let (mut lines, mut missing) = (Vec::new(), Vec::new());
    let all: Vec<&str> = generated.lines().collect();
    for (index, line) in all.iter().copied().enumerate() {
        if let [_, of, _, name, _] = line.split('"').collect::<Vec<_>>()[..]
            && line.starts_with("resource ")
        {
            (kind, address) = (of, format!("{of}.{name}"));
        }
        let name = line.split('=').next().unwrap_or_default().trim();
        if line.ends_with("= {") {
            object = name;
        }
        let schema = service.schema.resources.get(kind);
        let filled = if schema.is_some_and(|schema| is_asked_for(schema, name)) {
            Some(format!("  {name} = \"filled-in-by-hand\""))
        } else if line.ends_with("# sensitive") && schema.is_some_and(|schema| is_hidden(schema, object, name)) {
            Some(format!("    {name} = {}", imported(&all[index..], state, kind)[object][name]))
        } else {
            None
        };
        if filled.is_some() {
            missing.push((address.clone(), name.to_owned()));
        }
        lines.push(filled.unwrap_or_else(|| line.to_owned()));
    }
    (lines.join("\n"), missing)
}
