//! Actions: invoked by hand, and triggered by a resource. What an example takes for granted is in `before.tf` beside it.

use std::fs;

use registry_harness::Result;
use registry_harness::progress::say;
use registry_harness::terraform::{Cli, Feature, Workspace};
use registry_simulator::Simulator;
use serde_json::Value;

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
    workspace.apply()?;
    Ok((simulator, workspace))
}

/// `apply -invoke` does something on the server, and nothing to Terraform's own objects.
fn invoked(cli: &Cli, service: &Service, offer: &Offer) -> Result<()> {
    let (simulator, workspace) = made(cli, service, offer)?;
    let before = simulator.dump();
    let said = workspace.invoke(&[&format!("action.{}.example", offer.name)])?;
    changed(&before, &simulator, offer, &said.to_string())
}

/// Whether the server is another one now; an action that only looks says so in `expect.json`: `{"unchanged": "why"}`.
fn changed(before: &Value, simulator: &Simulator, offer: &Offer, said: &str) -> Result<()> {
    let changed = !dump::differences(before, &simulator.dump()).is_empty();
    let expected = fs::read_to_string(offer.folder.join("expect.json")).unwrap_or_default();
    let expected: Value = serde_json::from_str(&expected).unwrap_or_default();
    match expected["unchanged"].is_string() {
        true => check(!changed, || format!("the action changed something\n{said}")),
        false => check(changed, || format!("the action changed nothing\n{said}")),
    }
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
    changed(&before, &simulator, offer, &said.to_string())
}
