//! Actions: invoked by hand, and triggered by a resource. What an example takes for granted is in `before.tf` beside it, and what no
//! resource can make in `before.json`: a JSON merge patch to what the simulator holds.

use std::fs;

use registry_harness::progress::say;
use registry_harness::terraform::{Cli, Feature, Workspace};
use registry_harness::{Error, Result};
use registry_simulator::Simulator;

use super::{check, stage};
use crate::catalog::{Kind, Offer};
use crate::dump;
use crate::lockstep::root;
use crate::service::Service;

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
            trials.push((format!("{}::{name}", offer.key()), Box::new(move || story(&cli, &service, &offer))));
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
    workspace.apply()?;
    if let Some(patch) = patch.filter(|_| !is_first) {
        simulator.edit(patch).map_err(Error::new)?;
    }
    Ok((simulator, workspace))
}

/// `apply -invoke` does something on the server, and nothing to Terraform's own objects.
fn invoked(cli: &Cli, service: &Service, offer: &Offer) -> Result<()> {
    let (simulator, workspace) = made(cli, service, offer)?;
    let before = simulator.dump();
    let said = workspace.invoke(&[&format!("action.{}.example", offer.name)])?;
    let changed = !dump::differences(&before, &simulator.dump()).is_empty();
    check(changed, || format!("the action changed nothing\n{said}"))
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
    let changed = !dump::differences(&before, &simulator.dump()).is_empty();
    check(changed, || format!("the action changed nothing\n{said}"))
}
