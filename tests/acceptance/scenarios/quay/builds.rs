//! A build that Terraform waits for: its phases are told while it goes on; one that fails says why; and Ctrl-C ends the waiting, not the build.

use registry_harness::Result;
use registry_harness::terraform::{Cli, Workspace};
use registry_simulator::Simulator;
use serde_json::json;

use crate::scenarios::{QUAY, check, stage};

const CONFIGURATION: &str = r#"
provider "quay" {}

resource "quay_organization" "acme" {
  name = "acme"
}

resource "quay_repository" "app" {
  namespace = quay_organization.acme.name
  name      = "app"
}

action "quay_start_build" "app" {
  config {
    namespace   = "acme"
    repository  = "app"
    archive_url = "https://sources.example.com/app.tar.gz"
    show_log    = true
  }
}
"#;

const INVOKE: [&str; 5] =
    ["apply", "-auto-approve", "-input=false", "-no-color", "-invoke=action.quay_start_build.app"];

/// The story.
pub fn story(cli: &Cli) -> Result<()> {
    let (simulator, workspace) = stage(cli, &format!("{QUAY}{CONFIGURATION}"))?;
    workspace.apply()?;

    built_by(&simulator, &["build-scheduled", "building", "pushing", "complete"]);
    let told = workspace.run(&INVOKE)?.ok()?;
    for words in ["is asked for (tags: latest)", ": waiting", ": building (step 1 of 1)", ": complete"] {
        check(told.both().contains(words), || format!("{words:?} was not told: {told}"))?;
    }

    built_by(&simulator, &["building", "error"]);
    let failed = workspace.run(&INVOKE)?;
    let says = |words: &str| failed.both().contains(words);
    check(failed.code == Some(1) && says("failed") && says("The Dockerfile has no step FROM"), || failed.to_string())?;

    built_by(&simulator, &[]);
    interrupted(&workspace)?;
    let dump = simulator.dump();
    let builds = dump["quay"]["repositories"]["acme/app"]["builds"].as_object().cloned().unwrap_or_default();
    check(builds.values().any(|build| build["phase"] == "waiting"), || format!("it was ended too: {builds:?}"))
}

fn built_by(simulator: &Simulator, phases: &[&str]) {
    simulator.edit(json!({ "quay": { "builder": phases } })).expect("a list of phases");
}

fn interrupted(workspace: &Workspace) -> Result<()> {
    let running = workspace.start(&INVOKE)?.wait_for(": waiting")?;
    running.interrupt()?;
    let finished = running.wait()?;
    let says = |words: &str| finished.both().contains(words);
    let well = finished.code == Some(1) && says("is not over") && says("The wait was stopped");
    check(well, || finished.to_string())
}
