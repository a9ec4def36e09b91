//! Actions: invoked by hand, and triggered by a resource. What an example takes for granted is in `before.tf` beside it, what no
//! resource can make in `before.json` (a JSON merge patch to what the simulator holds) and `images.json`, and what comes of it in `expect.json`:
//! `{"unchanged": "why"}`, or `{"differs": ["/pointer"], "holds": {"/pointer": value}}`, which mean what they mean in `variants.json`.

use std::collections::BTreeMap;
use std::fs;

use registry_harness::progress::say;
use registry_harness::terraform::{Cli, Feature, Workspace};
use registry_harness::{Error, Result};
use registry_simulator::Simulator;
use serde::Deserialize;
use serde_json::Value;

use super::{check, stage};
use crate::catalog::{Kind, Offer};
use crate::dump;
use crate::images;
use crate::lockstep::root;
use crate::service::Service;
use crate::variants::held;

/// What an action does to the server.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// Why the server is the same afterwards: the action only looks.
    #[serde(default)]
    unchanged: Option<String>,
    /// Pointers to what is otherwise then, and not nothing.
    #[serde(default)]
    differs: Vec<String>,
    /// What is there then.
    #[serde(default)]
    holds: BTreeMap<String, Value>,
}

/// What is done with an action.
type Story = fn(&Cli, &Service, &Offer) -> Result<()>;
/// A named story.
type Told = (String, Box<dyn FnOnce() -> Result<()> + Send>);

/// Two stories of each action.
pub fn trials(cli: &Cli, service: &Service, offers: &[Offer]) -> Vec<Told> {
    let mut trials: Vec<Told> = Vec::new();
    for offer in offers.iter().filter(|offer| offer.kind == Kind::Action && offer.is_complete()) {
        if !cli.supports(Feature::Actions) {
            say(format!("{cli} has no actions: {} is left out", offer.key()));
            continue;
        }
        let stories: [(&str, Story); 2] = [("invoked", invoked), ("triggered", triggered)];
        for (name, story) in stories {
            let (cli, service, offer) = (cli.clone(), service.clone(), offer.clone());
            trials.push((format!("{}::{name}", offer.path()), Box::new(move || story(&cli, &service, &offer))));
        }
    }
    trials
}

fn made(cli: &Cli, service: &Service, offer: &Offer) -> Result<(Simulator, Workspace)> {
    let (simulator, workspace) = stage(cli, &root(service))?;
    workspace.write("example.tf", &offer.example)?;
    if let Ok(before) = fs::read_to_string(offer.folder.join("before.tf")) {
        workspace.write("before.tf", &before)?;
    }
    // What is patched may be in what is made, or be read by it.
    let patch = fs::read_to_string(offer.folder.join("before.json")).ok().map(|text| serde_json::from_str(&text));
    let patch: Option<serde_json::Value> =
        patch.transpose().map_err(|error| Error::new(format!("before.json: {error}")))?;
    let is_first = !offer.folder.join("before.tf").exists();
    if let Some(patch) = patch.clone().filter(|_| is_first) {
        simulator.edit(patch).map_err(Error::new)?;
    }
    images::push(&simulator, &offer.folder)?;
    workspace.apply()?;
    if let Some(patch) = patch.filter(|_| !is_first) {
        simulator.edit(patch).map_err(Error::new)?;
    }
    Ok((simulator, workspace))
}

/// The server holds what `expect.json` says.
fn expect_done(offer: &Offer, before: &Value, after: &Value) -> Result<()> {
    let path = offer.folder.join("expect.json");
    let unreadable = |error: String| Error::new(format!("{}: {error}", path.display()));
    let Ok(text) = fs::read_to_string(&path) else {
        say(format!("{} is missing: that something changes is all that is looked at", path.display()));
        let changes = dump::differences(before, after);
        return check(!changes.is_empty(), || "the action changed nothing".to_owned());
    };
    let expected: Expected = serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
    if expected.unchanged.is_some() {
        let changes = dump::differences(before, after);
        return check(changes.is_empty(), || format!("the action changed something: {changes:?}"));
    }
    check(!expected.differs.is_empty() || !expected.holds.is_empty(), || {
        format!("{}: it says nothing", path.display())
    })?;
    let at = |pointer: &str, dump| held(pointer, &Value::Null, dump);
    for pointer in &expected.differs {
        let (old, new) = (at(pointer, before), at(pointer, after));
        check(old.is_some() && new.is_some() && old != new, || format!("the action did not change {pointer}"))?;
    }
    for (pointer, value) in &expected.holds {
        let wanted = Some(value).filter(|value| !value.is_null());
        let found = at(pointer, after);
        check(dump::alike(found, wanted), || {
            format!("the action should leave {value} at {pointer}, and there is {found:?}")
        })?;
        check(!dump::alike(at(pointer, before), wanted), || format!("{value} was at {pointer} before the action"))?;
    }
    Ok(())
}

/// `apply -invoke` does something on the server, and nothing to Terraform's own objects.
fn invoked(cli: &Cli, service: &Service, offer: &Offer) -> Result<()> {
    let (simulator, workspace) = made(cli, service, offer)?;
    let before = simulator.dump();
    let said = workspace.invoke(&[&format!("action.{}.example", offer.name)])?;
    expect_done(offer, &before, &simulator.dump()).map_err(|error| Error::new(format!("{error}\n{said}")))
}

/// A resource that is made runs it.
fn triggered(cli: &Cli, service: &Service, offer: &Offer) -> Result<()> {
    let (simulator, workspace) = made(cli, service, offer)?;
    let before = simulator.dump();
    let name = &offer.name;
    let trigger = format!(
        r#"
        resource "terraform_data" "trigger" {{
          lifecycle {{
            action_trigger {{
              events  = [after_create]
              actions = [action.{name}.example]
            }}
          }}
        }}
        "#
    );
    workspace.write("trigger.tf", &trigger)?;
    let said = workspace.apply()?;
    expect_done(offer, &before, &simulator.dump()).map_err(|error| Error::new(format!("{error}\n{said}")))
}
