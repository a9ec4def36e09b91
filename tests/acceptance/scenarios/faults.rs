//! Whatever can go wrong with a request goes wrong with every write of every kind of resource: while all are made, changed and
//! destroyed. The next apply, if there has to be one, finishes the work, and nothing exists twice. (One fault after the other is tried
//! without Terraform, in `tests/it`.)

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;

use registry_harness::terraform::{Cli, Workspace};
use registry_harness::{Error, Result};
use registry_simulator::{Action, Fault, Simulator};
use serde_json::Value;

use super::{check, stage};
use crate::dump;
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

/// What only a change can be seen by.
const FIRST: &str = r#"{"resource": {"quay_robot": {"ci": {"rotation": "1"}}}}"#;

/// The configuration changed: each kind of resource that can be, in all the ways that need a request of their own.
const CHANGED: &str = r#"{"resource": {
  "quay_organization": {"team": {"email": "changed@example.com"}},
  "quay_org_quota": {"team": {"limit": "20 GiB", "limits": [{"type": "Warning", "threshold_percent": 80}]}},
  "quay_repository": {"app": {"description": "Changed.", "visibility": "public"}},
  "quay_robot": {"ci": {"rotation": "2"}},
  "quay_team": {"developers": {"description": "Changed.", "role": "creator"}},
  "quay_repository_permission": {"ci": {"role": "admin"}, "developers": {"role": "write"}},
  "quay_repository_permissions": {"tools": {"teams": {"developers": "write"}}},
  "quay_team_members": {"deployers": {"members": []}},
  "harbor_project": {"team": {"public": true, "storage_limit": "1 GiB"}},
  "harbor_robot": {"mirror": {"description": "Changed."}}
}}"#;

/// What goes wrong, how often in a row, and whether nobody may notice it.
fn kinds() -> [(&'static str, Action, u32, bool); 6] {
    [
        ("503, twice", Action::answer(503, "{}"), 2, false),
        ("an error page", Action::quay_crash(), 1, false),
        ("a delay", Action::Delay { milliseconds: 50 }, 1, true),
        ("cut before it was handled", Action::CutBefore, 1, false),
        ("cut after it was handled", Action::CutAfter, 1, false),
        ("cut in the answer's body", Action::Truncate, 1, false),
    ]
}

/// The steps: what the configuration is changed by, and the command.
const STEPS: [(&str, &str, &str); 3] =
    [("making", FIRST, "apply"), ("changing", CHANGED, "apply"), ("destroying", CHANGED, "destroy")];

/// So many commands finish any step.
const ENOUGH: usize = 12;

/// A simulator, and a workspace with the configuration; pauses before repetitions are short.
fn scene(cli: &Cli) -> Result<(Simulator, Workspace)> {
    let (simulator, mut workspace) = stage(cli, MORE)?;
    workspace.copy(&service::examples().join("quickstart"))?;
    workspace.write("more.tf", MORE)?;
    for provider in ["QUAY", "HARBOR", "SAAGIE"] {
        workspace.set_env(format!("{provider}_RETRY_WAIT_MIN"), "1ms");
        workspace.set_env(format!("{provider}_RETRY_WAIT_MAX"), "5ms");
    }
    Ok((simulator, workspace))
}

/// The writes that were sent since the last reset.
fn writes(simulator: &Simulator) -> Vec<Sent> {
    let requests = simulator.requests();
    let of = |(route, count): (&String, &u64)| {
        let (method, path) = route.split_once(' ')?;
        (method != "GET" && method != "HEAD").then(|| (method.to_owned(), pattern(path), *count))
    };
    requests.routes.iter().filter_map(of).collect()
}

/// A star also stands for what comes behind a slash. So a route that others go on from ends in a name.
fn pattern(route: &str) -> String {
    let named = [("{orgname}", "quickstart"), ("{teamname}", "developers"), ("{repository}", "quickstart/app")];
    let (begin, last) = route.rsplit_once('/').unwrap_or_default();
    let name = named.iter().find(|(parameter, _)| *parameter == last).map(|(_, name)| *name);
    let star = |part: &str| if part.starts_with('{') { "*".to_owned() } else { part.to_owned() };
    let begin: Vec<String> = begin.split('/').map(star).collect();
    format!("{}/{}", begin.join("/"), name.map_or_else(|| star(last), str::to_owned))
}

/// How many faults a pattern gets. All that Saagie is asked has one route, and the first may be no write.
fn armed(pattern: &str, count: u64) -> u32 {
    if pattern.ends_with("/graphql") && count > 1 { 2 } else { 1 }
}

/// The faults that no request has met yet.
fn waiting(simulator: &Simulator) -> Result<Vec<Fault>> {
    let failed = |error: std::io::Error| Error::new(format!("the simulator does not list its faults: {error}"));
    let mut answer = String::new();
    let mut stream = TcpStream::connect(simulator.address()).map_err(failed)?;
    let request = "GET /-/simulator/faults HTTP/1.1\r\nHost: simulator\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).map_err(failed)?;
    stream.read_to_string(&mut answer).map_err(failed)?;
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    serde_json::from_str(body).map_err(|error| Error::new(format!("{error} in {answer}")))
}

/// What an undisturbed step sends, and what the servers hold after it.
type Undisturbed = (Vec<Sent>, BTreeMap<String, usize>);
/// Method and path of a fault, and how often there was such a request.
type Sent = (String, String, u64);

/// The story.
pub fn story(cli: &Cli) -> Result<()> {
    let (simulator, workspace) = scene(cli)?;
    let mut undisturbed: Vec<Undisturbed> = Vec::new();
    for (_, text, command) in STEPS {
        workspace.write("more_override.tf.json", text)?;
        simulator.reset_requests();
        workspace.run(&[command, "-auto-approve", "-input=false", "-no-color"])?.ok()?;
        undisturbed.push((writes(&simulator), dump::census(&simulator.dump())));
    }
    let kinds_of_writes: usize = undisturbed.iter().map(|(writes, _)| writes.len()).sum();
    check(kinds_of_writes >= 30, || format!("only {kinds_of_writes} kinds of writes were seen"))?;
    for (what, action, times, is_quiet) in kinds() {
        let (simulator, workspace) = scene(cli)?;
        for ((step, text, command), (writes, expected)) in STEPS.iter().zip(&undisturbed) {
            workspace.write("more_override.tf.json", text)?;
            for (method, pattern, count) in writes {
                for skip in 0..armed(pattern, *count) {
                    simulator.fault(Fault::once(method, pattern, action.clone()).times(times).skip(skip));
                }
            }
            finish(&simulator, &workspace, command, writes, is_quiet)
                .and_then(|()| judge(&simulator, &workspace, expected))
                .map_err(|error| Error::new(format!("{what}, while {step}: {error}")))?;
        }
    }
    Ok(())
}

/// Runs a command until it succeeds. Of each kind of write, one must have gone wrong then.
fn finish(simulator: &Simulator, workspace: &Workspace, command: &str, writes: &[Sent], is_quiet: bool) -> Result<()> {
    let mut last = String::new();
    for _ in 0..ENOUGH {
        let said = workspace.run(&[command, "-auto-approve", "-input=false", "-no-color"])?;
        if !said.is_ok() {
            check(!is_quiet && said.both().contains("Error: "), || format!("it failed\n{said}"))?;
            last = said.to_string();
            continue;
        }
        let left = waiting(simulator)?;
        simulator.clear_faults();
        let is_unmet = |(method, path, count): &&Sent| {
            left.iter().filter(|fault| fault.method == *method && fault.path == *path).count()
                == armed(path, *count) as usize
        };
        let unmet: Vec<_> = writes.iter().filter(is_unmet).collect();
        return check(unmet.is_empty(), || format!("nothing met the faults of {unmet:?}\n{said}"));
    }
    Err(Error::new(format!("{ENOUGH} times was not enough\n{last}")))
}

/// Everything is as it is without faults, and the robot's token is what the server has.
fn judge(simulator: &Simulator, workspace: &Workspace, expected: &BTreeMap<String, usize>) -> Result<()> {
    let held = simulator.dump();
    let found = dump::census(&held);
    let differing = |name: &&String| expected.get(*name) != found.get(*name);
    let names: Vec<&String> = expected.keys().chain(found.keys()).filter(differing).collect();
    check(names.is_empty(), || {
        let line = |name: &&String| format!("{:?} at {name} instead of {:?}", found.get(*name), expected.get(*name));
        format!("the servers hold {}", names.iter().map(line).collect::<Vec<_>>().join(", "))
    })?;
    let Some(robot) = held.pointer("/quay/robots/quickstart+ci") else {
        return check(workspace.raw_state()?["resources"] == Value::Array(Vec::new()), || {
            "the state is not empty".into()
        });
    };
    workspace.plan()?.expect_empty()?;
    let state = workspace.state_of("quay_robot.ci")?;
    check(state["token"] == robot["token"], || "the state does not hold the robot's token".to_owned())
}
