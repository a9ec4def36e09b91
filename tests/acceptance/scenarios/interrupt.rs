//! Ctrl-C while many robots are made: what was made is known, the rest is made by the next apply, and nothing exists twice.

use std::time::Duration;

use registry_harness::Result;
use registry_harness::terraform::{Cli, Workspace};
use registry_simulator::Simulator;

use super::{QUAY, check, stage};

const CONFIGURATION: &str = r#"
provider "quay" {}

resource "quay_robot" "r" {
  count     = 200
  namespace = "admin"
  name      = "r${count.index}"
}
"#;

/// The story.
pub fn story(cli: &Cli) -> Result<()> {
    let (simulator, workspace) = stage(cli, &format!("{QUAY}{CONFIGURATION}"))?;
    // Ten at a time: the interrupt arrives long before the last of them is asked for.
    simulator.set_latency(Duration::from_millis(100));
    let running = workspace.start(&["apply", "-auto-approve", "-input=false", "-no-color"])?;
    let running = running.wait_for("Creation complete")?;
    running.interrupt()?;
    let finished = running.wait()?;
    check(finished.code == Some(1) && finished.both().contains("Interrupt received"), || finished.to_string())?;
    simulator.set_latency(Duration::ZERO);

    let (held, made) = (in_state(&workspace)?, on_server(&simulator));
    check(!made.is_empty() && made.len() < 200, || format!("{} of 200 were made", made.len()))?;
    check(held == made, || format!("made: {made:?}\nin the state: {held:?}\n{finished}"))?;

    let rest = workspace.plan()?;
    let fits = rest.changed().len() == 200 - made.len() && rest.changes().all(|change| change.is_create());
    check(fits, || format!("{} were made\n{}", made.len(), rest.summary()))?;
    workspace.apply_saved()?;
    check(on_server(&simulator).len() == 200, || format!("{} in the end", on_server(&simulator).len()))?;
    workspace.plan()?.expect_empty()?;
    Ok(())
}

fn in_state(workspace: &Workspace) -> Result<Vec<String>> {
    let state = workspace.raw_state()?;
    let resources = state["resources"].as_array().into_iter().flatten();
    let instances = resources.flat_map(|resource| resource["instances"].as_array().into_iter().flatten());
    let mut names: Vec<String> =
        instances.filter_map(|instance| Some(instance["attributes"]["username"].as_str()?.to_owned())).collect();
    names.sort();
    Ok(names)
}

fn on_server(simulator: &Simulator) -> Vec<String> {
    let dump = simulator.dump();
    let mut names: Vec<String> =
        dump["quay"]["robots"].as_object().into_iter().flat_map(|r| r.keys().cloned()).collect();
    names.sort();
    names
}
