//! All that is on offer, each with its example, and what examples must have.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use libtest_mimic::{Failed, Trial};
use registry_harness::Result;
use registry_harness::terraform::Feature;
use serde_json::Value;
use terraform_framework::Value as Known;
use terraform_framework::schema::{Attribute, Schema, Shape};

use crate::service::{self, Service};
use crate::variants::Variants;

/// What kind of thing is on offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A managed resource.
    Resource,
    /// A data source.
    DataSource,
    /// An ephemeral resource.
    Ephemeral,
    /// A function.
    Function,
    /// A list resource.
    List,
    /// An action.
    Action,
}

impl Kind {
    const ALL: [Self; 6] =
        [Self::Resource, Self::DataSource, Self::Ephemeral, Self::Function, Self::List, Self::Action];

    /// Folder in `examples/`, and the file in the folder of each.
    fn files(self) -> (&'static str, &'static str) {
        match self {
            Self::Resource => ("resources", "resource.tf"),
            Self::DataSource => ("data-sources", "data-source.tf"),
            Self::Ephemeral => ("ephemeral-resources", "ephemeral-resource.tf"),
            Self::Function => ("functions", "function.tf"),
            Self::List => ("list-resources", "list-resource.tfquery.hcl"),
            Self::Action => ("actions", "action.tf"),
        }
    }

    /// Before the type's name, in names of modules and trials.
    fn prefix(self) -> &'static str {
        match self {
            Self::Resource => "",
            Self::DataSource => "data_",
            Self::Ephemeral => "ephemeral_",
            Self::Function => "function_",
            Self::List => "list_",
            Self::Action => "action_",
        }
    }

    /// What a command line must have for it.
    pub fn feature(self) -> Option<Feature> {
        match self {
            Self::Resource | Self::DataSource => None,
            Self::Ephemeral => Some(Feature::EphemeralResources),
            Self::Function => Some(Feature::ProviderFunctions),
            Self::List => Some(Feature::Query),
            Self::Action => Some(Feature::Actions),
        }
    }

    /// Whether its example can stand in one configuration with all others.
    pub fn is_in_lockstep(self) -> bool {
        self != Self::Action
    }
}

/// One thing on offer.
#[derive(Clone)]
pub struct Offer {
    /// What it is.
    pub kind: Kind,
    /// Its type, or a function's name.
    pub name: String,
    /// The provider.
    pub service: &'static str,
    /// The area that it belongs to, as the folders of its code and its tests are named.
    pub area: String,
    /// Empty for a function.
    pub schema: Schema,
    /// Names that the identity is made of: an object with others is another object.
    pub identity: BTreeSet<String>,
    /// Where its example is.
    pub folder: PathBuf,
    /// The example.
    pub example: String,
    /// How it changes.
    pub variants: Variants,
    /// What it should have and does not.
    pub problems: Vec<String>,
    /// Whether there is enough to run it.
    runs: bool,
}

impl Offer {
    /// Its name in the lockstep configuration and in trials.
    pub fn key(&self) -> String {
        let service = if self.kind == Kind::Function { format!("{}_", self.service) } else { String::new() };
        format!("{}{service}{}", self.kind.prefix(), self.name)
    }

    /// Where it stands: service, area, and its name. Trials have this in their names, so that a filter finds all of an area.
    pub fn path(&self) -> String {
        format!("{}::{}::{}", self.service, self.area, self.key())
    }

    /// The address of its example.
    pub fn address(&self) -> String {
        let data = if self.kind == Kind::DataSource { "data." } else { "" };
        format!("module.{}.{data}{}.example", self.key(), self.name)
    }

    /// Whether there is an example to run.
    pub fn is_complete(&self) -> bool {
        self.runs
    }

    /// Its attributes.
    pub fn attributes(&self) -> &[Attribute] {
        &self.schema.block.attributes
    }

    /// The attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.schema.block.attribute(name)
    }
}

/// All that a provider offers.
pub fn offers(service: &Service) -> Result<Vec<Offer>> {
    let schema = &service.schema;
    let mut offers = Vec::new();
    for kind in Kind::ALL {
        let types = match kind {
            Kind::Resource => &schema.resources,
            Kind::DataSource => &schema.data_sources,
            Kind::Ephemeral => &schema.ephemeral_resources,
            Kind::List => &schema.list_resources,
            Kind::Action => &schema.actions,
            Kind::Function => {
                offers.extend(schema.functions.keys().map(|name| load(service, kind, name, &Schema::default())));
                continue;
            }
        };
        offers.extend(types.iter().map(|(name, schema)| load(service, kind, name, schema)));
    }
    Ok(offers)
}

fn load(service: &Service, kind: Kind, name: &str, schema: &Schema) -> Offer {
    let (folder, file) = kind.files();
    let mut folder = service::examples().join(folder).join(name);
    if kind == Kind::Function {
        // Providers have functions of the same name.
        let own = folder.with_file_name(format!("{}_{name}", service.name));
        folder = if own.is_dir() { own } else { folder };
    }
    let mut problems = Vec::new();
    let example = fs::read_to_string(folder.join(file));
    let variants = match kind {
        Kind::Resource => Variants::read(&folder.join("variants.json")),
        _ => Ok(Variants::default()),
    };
    let runs = example.is_ok() && variants.is_ok();
    if let Err(error) = &example {
        problems.push(format!("no example: {}: {error}", folder.join(file).display()));
    }
    if let Err(error) = &variants {
        problems.push(error.clone());
    }
    let identity = schema_identity(service, kind, name);
    let mut offer = Offer {
        kind,
        name: name.to_owned(),
        service: service.name,
        area: service.area(kind.files().0, name),
        schema: schema.clone(),
        identity,
        folder,
        example: example.unwrap_or_default(),
        variants: variants.unwrap_or_default(),
        problems,
        runs,
    };
    if offer.runs && kind == Kind::Resource {
        offer.problems.extend(gaps(&offer));
    }
    offer
}

fn schema_identity(service: &Service, kind: Kind, name: &str) -> BTreeSet<String> {
    let identity = service.schema.identities.get(name).filter(|_| kind == Kind::Resource);
    identity.into_iter().flat_map(|identity| identity.attributes.iter().map(|a| a.name.clone())).collect()
}

/// The trial that an offer has all that it needs.
pub fn trial(offer: Offer) -> Trial {
    Trial::test(format!("examples::{}", offer.path()), move || match &offer.problems[..] {
        [] => Ok(()),
        problems => Err(Failed::from(problems.join("\n"))),
    })
}

/// What the variants of a resource leave out.
fn gaps(offer: &Offer) -> Vec<String> {
    let mut gaps = Vec::new();
    let variants = &offer.variants;
    let excused = |name: &str| variants.unobserved.contains_key(name);
    let seen: BTreeSet<&str> = variants.drift.iter().flat_map(|d| &d.shows).map(String::as_str).collect();
    // `id` follows from the others, and the harness changes `timeouts` of every resource itself.
    for attribute in offer.attributes().iter().filter(|a| a.name != "id" && a.name != "timeouts") {
        let name = attribute.name.as_str();
        if attribute.mode.configurable() && !excused(name) {
            gaps.extend(never_set(offer, attribute));
        }
        let is_observable = attribute.unread.is_none() && !attribute.write_only && !offer.identity.contains(name);
        if is_observable && !seen.contains(name) && !excused(name) {
            gaps.push(format!("{name}: no drift shows it"));
        }
        let is_changed = !attribute.mode.configurable() || never_set(offer, attribute).is_empty();
        if excused(name) && is_changed && seen.contains(name) {
            gaps.push(format!("{name}: is in `unobserved`, but it is changed and its drift is shown"));
        }
    }
    let known = |name: &&str| offer.attribute(name).is_some();
    let set = variants.changes.iter().flat_map(|change| change.set.keys());
    let named = set.chain(variants.unobserved.keys()).chain(variants.drift.iter().flat_map(|d| &d.shows));
    gaps.extend(named.map(String::as_str).filter(|n| !known(n)).map(|n| format!("{n}: there is no such attribute")));
    gaps.extend(bad_import(offer));
    gaps
}

/// The parts of an argument that no change sets to something that is not their default.
fn never_set(offer: &Offer, attribute: &Attribute) -> Vec<String> {
    let values: Vec<&Value> = offer.variants.changes.iter().filter_map(|c| c.set.get(&attribute.name)).collect();
    let default = attribute.default.as_ref().and_then(plain);
    // What the example sets is no default either, and any change of it will do.
    let in_example = offer.example.lines().any(|line| {
        let rest = line.trim_start().strip_prefix(attribute.name.as_str());
        rest.is_some_and(|rest| rest.trim_start().starts_with('='))
    });
    let is_other = |value: &&&Value| in_example || (!value.is_null() && default.as_ref() != Some(**value));
    if !values.iter().any(|value| is_other(&value)) {
        return vec![format!("{}: no change sets it to something that is not its default", attribute.name)];
    }
    inner(attribute, &values, &attribute.name)
}

fn inner(attribute: &Attribute, values: &[&Value], path: &str) -> Vec<String> {
    let Shape::Nested(_, inside) = &attribute.shape else { return Vec::new() };
    // An expression may set anything.
    if values.iter().any(|value| value.is_string()) {
        return Vec::new();
    }
    let objects: Vec<&Value> = values.iter().flat_map(|value| objects(value, inside)).collect();
    let configurable = inside.iter().filter(|a| a.mode.configurable());
    configurable
        .flat_map(|a| {
            let path = format!("{path}.{}", a.name);
            let values: Vec<&Value> = objects.iter().filter_map(|o| o.get(&a.name)).filter(|v| !v.is_null()).collect();
            match values[..] {
                [] if offer_default_only(a) => Vec::new(),
                [] => vec![format!("{path}: no change sets it")],
                _ => inner(a, &values, &path),
            }
        })
        .collect()
}

/// Whether an inner argument is not the user's to set in a life.
fn offer_default_only(attribute: &Attribute) -> bool {
    attribute.write_only
}

/// The objects in a value of a nested attribute, whichever way they are nested.
fn objects<'a>(value: &'a Value, attributes: &[Attribute]) -> Vec<&'a Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(members) if members.keys().all(|key| attributes.iter().any(|a| a.name == *key)) => vec![value],
        Value::Object(members) => members.values().collect(),
        _ => Vec::new(),
    }
}

/// A plain value as JSON.
pub fn plain(value: &Known) -> Option<Value> {
    match value {
        Known::Bool(flag) => Some(Value::Bool(*flag)),
        Known::String(text) => Some(Value::String(text.clone())),
        Known::Number(number) => number.as_i64().map(Value::from),
        _ => None,
    }
}

/// What is wrong with `import.sh`.
fn bad_import(offer: &Offer) -> Option<String> {
    let path = offer.folder.join("import.sh");
    let begin = format!("terraform import {}.example ", offer.name);
    match fs::read_to_string(&path) {
        Ok(text) if text.lines().any(|line| line.starts_with(&begin)) => None,
        Ok(_) => Some(format!("{}: no line begins with `{begin}`", path.display())),
        Err(error) => Some(format!("{}: {error}", path.display())),
    }
}

/// The id that `import.sh` shows.
pub fn import_id(offer: &Offer) -> Option<String> {
    let text = fs::read_to_string(offer.folder.join("import.sh")).ok()?;
    let begin = format!("terraform import {}.example ", offer.name);
    let id = text.lines().find_map(|line| line.strip_prefix(&begin))?;
    Some(id.trim().trim_matches(['"', '\'']).to_owned())
}
