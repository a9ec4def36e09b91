//! The connection is cut after a write was handled: each write of each kind of resource, once. The next apply, if there has to be
//! one, finishes the work, and nothing exists twice. (All faults at all requests are tried without Terraform, in `tests/it`.)

use std::collections::BTreeMap;

use registry_harness::terraform::{Cli, Workspace};
use registry_harness::{Error, Result};
use registry_simulator::{Action, Fault, Simulator};
use serde_json::Value;

use super::{check, stage};
use crate::service;

/// What the quickstart lacks.
const MORE: &str = r#"
resource "quay_team_member" "ci" {
  organization = quay_team.developers.organization
  team         = quay_team.developers.name
  member       = quay_robot.ci.username
}

resource "quay_team" "deployers" {
  organization = quay_organization.team.name
  name         = "deployers"
  role         = "member"
}

resource "quay_team_members" "deployers" {
  organization = quay_team.deployers.organization
  team         = quay_team.deployers.name
  members      = [quay_robot.ci.username]
}

resource "quay_repository" "tools" {
  namespace = quay_organization.team.name
  name      = "tools"
}

resource "quay_repository_permissions" "tools" {
  namespace  = quay_repository.tools.namespace
  repository = quay_repository.tools.name
  teams      = { (quay_team.developers.name) = "read" }
}
"#;

/// A simulator, and a workspace with the configuration; pauses before repetitions are short.
fn scene(cli: &Cli) -> Result<(Simulator, Workspace)> {
    let (simulator, mut workspace) = stage(cli, MORE)?;
    workspace.copy(&service::examples().join("quickstart"))?;
    workspace.write("more.tf", MORE)?;
    for provider in ["QUAY", "HARBOR", "SAAGIE"] {
        workspace.set_env(format!("{provider}_RETRY_WAIT_MIN"), "1ms");
        workspace.set_env(format!("{provider}_RETRY_WAIT_MAX"), "5ms");
    }
    simulator.reset_requests();
    Ok((simulator, workspace))
}

/// How many objects of each kind the servers hold.
fn census(simulator: &Simulator) -> BTreeMap<&'static str, usize> {
    let dump = simulator.dump();
    let project = &simulator.credentials().saagie_project_id;
    let count = |pointer: &str| match dump.pointer(pointer) {
        Some(Value::Object(all)) => all.len(),
        Some(Value::Array(all)) => all.len(),
        _ => 0,
    };
    BTreeMap::from([
        ("organizations", count("/quay/organizations")),
        ("robots", count("/quay/robots")),
        ("repositories", count("/quay/repositories")),
        ("projects", count("/harbor/projects/rows")),
        ("Harbor's robots", count("/harbor/robots/rows")),
        ("credentials", count(&format!("/saagie/projects/{project}/docker_credentials"))),
    ])
}

/// Writes of an apply, by method and pattern of their path, and how often they were sent.
fn writes(simulator: &Simulator) -> Vec<(String, String, u64)> {
    let requests = simulator.requests();
    let of = |(route, count): (&String, &u64)| {
        let (method, path) = route.split_once(' ')?;
        let pattern: Vec<&str> = path.split('/').map(|part| if part.starts_with('{') { "*" } else { part }).collect();
        (method != "GET" && method != "HEAD").then(|| (method.to_owned(), pattern.join("/"), *count))
    };
    requests.routes.iter().filter_map(of).collect()
}

/// The story.
pub fn story(cli: &Cli) -> Result<()> {
    let (simulator, workspace) = scene(cli)?;
    workspace.apply()?;
    let (expected, writes) = (census(&simulator), writes(&simulator));
    check(writes.len() >= 10, || format!("only {} kinds of writes were seen", writes.len()))?;
    for (method, pattern, count) in writes {
        for skip in 0..count.min(2) {
            let what = format!("{method} {pattern}, time {}", skip + 1);
            one(cli, &Fault::once(&method, &pattern, Action::CutAfter).skip(skip as u32), &expected)
                .map_err(|error| Error::new(format!("{what}: {error}")))?;
        }
    }
    Ok(())
}

fn one(cli: &Cli, fault: &Fault, expected: &BTreeMap<&'static str, usize>) -> Result<()> {
    let (simulator, workspace) = scene(cli)?;
    simulator.fault(fault.clone());
    let first = workspace.run(&["apply", "-auto-approve", "-input=false", "-no-color"])?;
    if !first.is_ok() {
        check(first.both().contains("Error: "), || format!("it failed without a word\n{first}"))?;
        workspace.apply()?;
    }
    workspace.plan()?.expect_empty()?;
    let found = census(&simulator);
    check(found == *expected, || format!("the servers hold {found:?} instead of {expected:?}"))
}
