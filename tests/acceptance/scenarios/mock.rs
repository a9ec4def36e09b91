//! `terraform test` with a mocked provider: nothing is asked of a server.

use registry_harness::Result;
use registry_harness::terraform::Cli;

use super::{QUAY, check, stage};

const CONFIGURATION: &str = r#"
variable "name" {
  default = "ci"
}

resource "quay_robot" "r" {
  namespace = "acme"
  name      = var.name
}

output "username" {
  value = quay_robot.r.username
}
"#;

const TEST: &str = r#"
mock_provider "quay" {
  mock_resource "quay_robot" {
    defaults = {
      username = "acme+mocked"
    }
  }
}

run "mocked" {
  assert {
    condition     = output.username == "acme+mocked"
    error_message = "It is not the mocked one."
  }
}
"#;

/// The story.
pub fn story(cli: &Cli) -> Result<()> {
    let (simulator, workspace) = stage(cli, &format!("{QUAY}{CONFIGURATION}"))?;
    workspace.write("main.tftest.hcl", TEST)?;
    let said = workspace.test(&[])?;
    check(said.both().contains("1 passed, 0 failed"), || said.to_string())?;
    check(simulator.requests().total == 0, || format!("a mocked provider asked {:?}", simulator.requests()))
}
