//! One configuration that holds the examples of a provider, each as a module of its own, and commands for all at once.
//!
//! A command that fails names the modules that are to blame. These are noted, taken out of the configuration, and the others go
//! on: one broken example does not hide the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::time::Instant;

use registry_harness::progress::{human, say};
use registry_harness::terraform::{Change, Cli, Plan, Workspace};
use registry_harness::{Error, Result};
use registry_simulator::Simulator;
use serde_json::{Map, Value, json};
use terraform_framework::schema::Mode;

use crate::catalog::{Kind, Offer};
use crate::images;
use crate::service::{self, INITIAL_PASSWORD, Service};

/// So many complaints about one offer are enough.
const ENOUGH: usize = 6;

/// What was found, by offer.
#[derive(Clone, Debug, Default)]
pub struct Verdicts {
    of: BTreeMap<String, Vec<String>>,
    general: Vec<String>,
    /// What ended the run for all.
    ended: Option<String>,
}

impl Verdicts {
    /// Notes a complaint about one offer.
    pub fn note(&mut self, key: &str, complaint: impl Into<String>) {
        let complaints = self.of.entry(key.to_owned()).or_default();
        if complaints.len() < ENOUGH {
            complaints.push(complaint.into());
        }
    }

    /// Notes what ended the run for all.
    pub fn end(&mut self, error: &Error) {
        self.ended = Some(error.to_string());
    }

    /// Notes what is nobody's alone.
    pub fn note_general(&mut self, complaint: impl Into<String>) {
        self.general.push(complaint.into());
    }

    /// The verdict on one offer. What ended the run for all speaks against it too.
    pub fn of(&self, key: &str) -> std::result::Result<(), String> {
        let own = self.of.get(key).into_iter().flatten();
        let complaints: Vec<String> = own.chain(&self.ended).cloned().collect();
        if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n\n")) }
    }

    /// The verdict on the whole run.
    pub fn of_all(&self) -> std::result::Result<(), String> {
        let mut all: Vec<String> = self.general.iter().chain(&self.ended).cloned().collect();
        all.extend(self.of.iter().map(|(key, complaints)| format!("{key}: {} complaint(s)", complaints.len())));
        if all.is_empty() { Ok(()) } else { Err(all.join("\n")) }
    }

    /// The verdict on the whole run, with all complaints.
    pub fn of_all_in_full(&self) -> std::result::Result<(), String> {
        let mut all: Vec<String> = self.general.iter().chain(&self.ended).cloned().collect();
        all.extend(self.of.iter().map(|(key, complaints)| format!("{key}: {}", complaints.join("\n"))));
        if all.is_empty() { Ok(()) } else { Err(all.join("\n\n")) }
    }

    fn is_clean(&self) -> bool {
        self.of.is_empty() && self.general.is_empty() && self.ended.is_none()
    }
}

/// The configuration, the server, and what came of it so far.
pub struct Lockstep<'a> {
    service: &'a Service,
    offers: &'a [Offer],
    /// The server.
    pub simulator: Simulator,
    /// Where the configuration is.
    pub workspace: Workspace,
    /// What came of it so far.
    pub verdicts: Verdicts,
    /// Keys of those that go on.
    live: BTreeSet<String>,
    /// What changes have set so far.
    overrides: BTreeMap<String, Map<String, Value>>,
    /// What changes have added so far, by type and name.
    added: BTreeMap<String, BTreeMap<String, Map<String, Value>>>,
    /// What the step under way is called.
    step: String,
    started: Instant,
    /// Attributes by address, as of the last [`refresh`](Self::refresh).
    state: BTreeMap<String, Value>,
}

impl<'a> Lockstep<'a> {
    /// Writes the configuration.
    pub fn start(cli: &Cli, service: &'a Service, offers: &'a [Offer]) -> Result<Self> {
        let simulator = service::simulator()?;
        let workspace = service::workspace(cli, &simulator).build()?;
        Self::begin(simulator, workspace, service, offers)
    }

    /// Writes the configuration, for commands that log all that they can.
    pub fn start_logged(cli: &Cli, service: &'a Service, offers: &'a [Offer]) -> Result<Self> {
        let simulator = service::simulator()?;
        let workspace = service::workspace(cli, &simulator).log("TRACE").build()?;
        Self::begin(simulator, workspace, service, offers)
    }

    fn begin(simulator: Simulator, workspace: Workspace, service: &'a Service, offers: &'a [Offer]) -> Result<Self> {
        let live = offers.iter().map(Offer::key).collect();
        let this = Self {
            service,
            offers,
            simulator,
            workspace,
            verdicts: Verdicts::default(),
            live,
            overrides: BTreeMap::new(),
            added: BTreeMap::new(),
            step: "the start".to_owned(),
            started: Instant::now(),
            state: BTreeMap::new(),
        };
        this.seed()?;
        for offer in offers {
            this.write_module(offer)?;
            images::push(&this.simulator, &offer.folder)?;
        }
        this.write_root()?;
        Ok(this)
    }

    /// Puts onto the server what examples want there and no resource can make: their `before.json`, a merge patch.
    pub fn seed(&self) -> Result<()> {
        for offer in self.offers.iter().filter(|offer| offer.kind != Kind::List) {
            let Ok(text) = fs::read_to_string(offer.folder.join("before.json")) else { continue };
            let unreadable =
                |error: &dyn std::fmt::Display| Error::new(format!("{}: before.json: {error}", offer.key()));
            let patch = serde_json::from_str(&text).map_err(|error| unreadable(&error))?;
            self.simulator.edit(patch).map_err(|error| unreadable(&error))?;
        }
        Ok(())
    }

    fn write_module(&self, offer: &Offer) -> Result<()> {
        let key = offer.key();
        if offer.kind == Kind::List {
            return self.workspace.write(&format!("{key}.tfquery.hcl"), &offer.example);
        }
        if !offer.example.contains("required_providers") {
            self.workspace.write(&format!("{key}/versions.tf"), &self.service.requirement())?;
        }
        if offer.kind == Kind::Ephemeral {
            self.workspace.write(&format!("{key}/probe.tf.json"), &probe(offer).to_string())?;
        }
        // Providers share functions, and these an example.
        let own = format!("provider::{}::", self.service.name);
        let example = match offer.kind {
            Kind::Function => offer.example.replace("provider::quay::", &own),
            _ => offer.example.clone(),
        };
        self.workspace.write(&format!("{key}/example.tf"), &example)
    }

    fn write_root(&self) -> Result<()> {
        let mut text = root(self.service);
        for offer in self.living().filter(|offer| offer.kind != Kind::List) {
            let key = offer.key();
            // Writing to a String cannot fail.
            let _ = write!(text, "\nmodule \"{key}\" {{\n  source = \"./{key}\"\n");
            if offer.example.contains("variable \"saagie_project_id\"") {
                text.push_str("  saagie_project_id = var.acceptance_project\n");
            }
            if offer.example.contains("variable \"initial_password\"") {
                let _ = writeln!(text, "  initial_password = {INITIAL_PASSWORD:?}");
            }
            text.push_str("}\n");
            if offer.kind == Kind::Function {
                let _ = writeln!(text, "output \"{key}\" {{\n  value     = module.{key}\n  sensitive = true\n}}");
            }
        }
        self.workspace.write("main.tf", &text)
    }

    /// Those that go on.
    pub fn living(&self) -> impl Iterator<Item = &'a Offer> + use<'a, '_> {
        self.offers.iter().filter(|offer| self.live.contains(&offer.key()))
    }

    /// The resources among those that go on.
    pub fn resources(&self) -> Vec<&'a Offer> {
        self.living().filter(|offer| offer.kind == Kind::Resource).collect()
    }

    /// Says what comes next.
    pub fn enter(&mut self, step: impl Into<String>) {
        self.step = step.into();
    }

    /// Notes a complaint about an offer in this step.
    pub fn complain(&mut self, key: &str, complaint: impl std::fmt::Display) {
        let complaint = format!("{}: {complaint}", self.step);
        self.verdicts.note(key, complaint);
    }

    /// Notes a complaint about whatever an address belongs to.
    pub fn complain_at(&mut self, address: &str, complaint: impl std::fmt::Display) {
        match self.owner(address) {
            Some(key) => self.complain(&key, complaint),
            None => self.verdicts.note_general(format!("{}: {complaint}", self.step)),
        }
    }

    /// The key of the module in an address.
    pub fn owner(&self, address: &str) -> Option<String> {
        let key = address.strip_prefix("module.")?.split('.').next()?;
        self.offers.iter().map(Offer::key).find(|other| other == key)
    }

    /// Does something until it succeeds, without those that it fails for.
    pub fn insist<T>(&mut self, what: impl Fn(&Workspace) -> Result<T>) -> Result<T> {
        loop {
            match what(&self.workspace) {
                Ok(outcome) => return Ok(outcome),
                Err(error) => self.blame(error)?,
            }
        }
    }

    /// Takes those out that an error names.
    fn blame(&mut self, error: Error) -> Result<()> {
        let text = error.to_string();
        let mut blamed = BTreeSet::new();
        for complaint in text.split("Error: ").skip(1) {
            let complaint = complaint.split("╷").next().unwrap_or_default().replace("│ ", "").replace(['│', '╵'], "");
            for key in self.live.iter().filter(|key| names_module(&complaint, key)) {
                self.verdicts.note(key, format!("{}: Error: {}", self.step, complaint.trim()));
                blamed.insert(key.clone());
            }
        }
        if blamed.is_empty() {
            return Err(Error::new(format!("{}: {text}", self.step)));
        }
        for key in blamed {
            self.live.remove(&key);
            // There may be nothing of it in the state.
            let _ = self.workspace.state_rm(&[&format!("module.{key}")]);
        }
        self.write_root()
    }

    /// `plan`.
    pub fn plan(&mut self) -> Result<Plan> {
        self.insist(Workspace::plan)
    }

    /// Applies what was planned last, and reads the state.
    pub fn apply(&mut self) -> Result<()> {
        if let Err(error) = self.workspace.apply_saved() {
            self.blame(error)?;
            self.insist(Workspace::apply)?;
        }
        self.refresh()
    }

    /// `plan`, where nothing should happen. Who does not keep still is complained about.
    pub fn expect_nothing(&mut self) -> Result<()> {
        let plan = self.plan()?;
        for change in plan.changes() {
            self.complain_at(&change.address, format!("the plan should be empty: {change}\n{}", values(change)));
        }
        for (address, drift) in &plan.drift {
            if self.follows(address, drift) {
                continue;
            }
            self.complain_at(address, format!("nothing should have changed: {drift}"));
        }
        if !plan.outputs.is_empty() {
            self.verdicts.note_general(format!("{}: outputs change\n{}", self.step, plan.summary()));
        }
        Ok(())
    }

    /// Whether only such attributes of a resource have changed as an offer beside it says that they follow.
    pub fn follows(&self, address: &str, drift: &Change) -> bool {
        let step = |at: usize| address.split('.').nth(at).unwrap_or_default();
        let offer = self.living().find(|offer| offer.key() == step(1));
        let follow = |name: &String| {
            let name = format!("{}.{name}", step(2));
            offer.is_some_and(|offer| offer.variants.follows.contains(&name))
        };
        drift.attributes().iter().all(follow)
    }

    /// Sets arguments of an offer's example, besides those that are set already.
    pub fn set(&mut self, offer: &Offer, set: &Map<String, Value>) -> Result<()> {
        let all = self.overrides.entry(offer.key()).or_default();
        all.extend(set.clone());
        let text = json!({"resource": {&offer.name: {"example": all}}}).to_string();
        self.workspace.write(&format!("{}/override.tf.json", offer.key()), &text)
    }

    /// Adds resources to the module of an offer.
    pub fn add(&mut self, offer: &Offer, with: &BTreeMap<String, Map<String, Value>>) -> Result<()> {
        if with.is_empty() {
            return Ok(());
        }
        let all = self.added.entry(offer.key()).or_default();
        for (kind, resources) in with {
            all.entry(kind.clone()).or_default().extend(resources.clone());
        }
        self.workspace.write(&format!("{}/added.tf.json", offer.key()), &json!({"resource": all}).to_string())
    }

    /// Lets all examples stand as they were written.
    pub fn restore(&mut self) -> Result<()> {
        self.seed()?;
        let overridden = std::mem::take(&mut self.overrides);
        overridden.keys().try_for_each(|key| self.workspace.remove(&format!("{key}/override.tf.json")))?;
        let added = std::mem::take(&mut self.added);
        added.keys().try_for_each(|key| self.workspace.remove(&format!("{key}/added.tf.json")))
    }

    /// Reads the state.
    pub fn refresh(&mut self) -> Result<()> {
        let shown = self.workspace.show_json()?;
        self.state.clear();
        collect(&shown["values"]["root_module"], &mut self.state);
        Ok(())
    }

    /// What the state says of an address; null when it is not in there.
    pub fn state_of(&self, address: &str) -> Value {
        self.state.get(address).cloned().unwrap_or_default()
    }

    /// All addresses below a module.
    pub fn state_in(&self, key: &str) -> impl Iterator<Item = (&String, &Value)> + use<'_, 'a> {
        let module = format!("module.{key}.");
        self.state.iter().filter(move |(address, _)| address.starts_with(&module))
    }

    /// What the command line is called.
    pub fn cli(&self) -> &Cli {
        self.workspace.cli()
    }

    /// Says how it went. A run that failed is kept for a look at it.
    pub fn finish(self, outcome: Result<()>) -> Verdicts {
        let mut verdicts = self.verdicts;
        if let Err(error) = outcome {
            verdicts.end(&error);
        }
        let (cli, name) = (self.workspace.cli().clone(), self.service.name);
        let took = human(self.started.elapsed());
        say(format!("{cli}: {} offers of {name} lived through in {took}", self.offers.len()));
        if !verdicts.is_clean() && std::env::var_os("REGISTRY_KEEP_FAILED").is_some() {
            say(format!("{cli}: kept {}", self.workspace.keep().display()));
        }
        verdicts
    }

    /// Whether all are still there, so that nothing is left behind by those who were taken out.
    pub fn is_whole(&self) -> bool {
        self.live.len() == self.offers.len()
    }
}

/// The configuration's beginning.
pub fn root(service: &Service) -> String {
    let variable = "variable \"acceptance_project\" {\n  type = string\n}\n";
    format!("{}{variable}", service.header())
}

/// An output that fails unless an ephemeral resource sets all that it is to set. Nobody sees its value.
fn probe(offer: &Offer) -> Value {
    let address = format!("ephemeral.{}.example", offer.name);
    let outputs = offer.attributes().iter().filter(|a| a.mode == Mode::Computed);
    let set: Vec<String> = outputs.map(|a| format!("{address}.{} != null", a.name)).collect();
    let condition = format!("${{{}}}", set.join(" && "));
    let check = json!({"condition": condition, "error_message": "Something is not set."});
    json!({"output": {"probe": {"value": format!("${{{address}}}"), "ephemeral": true, "precondition": [check]}}})
}

/// Whether an error speaks of a module: by an address, or by a file.
pub fn names_module(complaint: &str, key: &str) -> bool {
    let ends = |text: &str| text.starts_with(['.', '/', '"', ',', ' ', '\n']);
    [format!("module.{key}"), format!("on {key}"), format!("module \"{key}")]
        .iter()
        .any(|begin| complaint.match_indices(begin.as_str()).any(|(at, _)| ends(&complaint[at + begin.len()..])))
}

fn collect(module: &Value, into: &mut BTreeMap<String, Value>) {
    for resource in module["resources"].as_array().into_iter().flatten() {
        let address = resource["address"].as_str().unwrap_or_default();
        into.insert(address.to_owned(), resource["values"].clone());
    }
    for child in module["child_modules"].as_array().into_iter().flatten() {
        collect(child, into);
    }
}

/// Before and after of all that changes, without what is sensitive.
pub fn values(change: &registry_harness::terraform::Change) -> String {
    let is_true = |marks: &Value, name: &str| marks.get(name).is_some_and(|mark| mark.to_string().contains("true"));
    let line = |name: &String| {
        if is_true(&change.before_sensitive, name) || is_true(&change.after_sensitive, name) {
            return format!("  {name}: (sensitive)");
        }
        let after = if change.is_unknown(name) { "(unknown)".to_owned() } else { change.after[name].to_string() };
        format!("  {name}: {} -> {after}", change.before[name])
    };
    change.attributes().iter().map(line).collect::<Vec<_>>().join("\n")
}
