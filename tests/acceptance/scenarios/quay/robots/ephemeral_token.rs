//! A robot's token goes from Quay to Saagie and Harbor, and is stored nowhere; when it is rotated, it goes again.

use registry_harness::Result;
use registry_harness::terraform::Cli;
use serde_json::Value;

use crate::scenarios::{check, stage};

const CONFIGURATION: &str = r#"
terraform {
  required_providers {
    quay   = { source = "container-registries/quay" }
    harbor = { source = "container-registries/harbor" }
    saagie = { source = "container-registries/saagie" }
  }
}

provider "quay" {}
provider "harbor" {}
provider "saagie" {}

variable "saagie_project_id" {
  type = string
}

variable "rotation" {
  default = "1"
}

resource "quay_organization" "acme" {
  name = "acme"
}

resource "quay_robot" "ci" {
  namespace = quay_organization.acme.name
  name      = "ci"
  rotation  = var.rotation
}

ephemeral "quay_robot_token" "ci" {
  username = quay_robot.ci.username
}

resource "saagie_docker_credentials" "quay" {
  project_id          = var.saagie_project_id
  registry            = "quay.example.com"
  username            = quay_robot.ci.username
  password_wo         = ephemeral.quay_robot_token.ci.token
  password_wo_version = quay_robot.ci.token_version
}

# Harbor asks for a lower-case letter, which Quay's tokens lack.
resource "harbor_robot" "mirror" {
  name              = "mirror"
  level             = "system"
  secret_wo         = "q${ephemeral.quay_robot_token.ci.token}"
  secret_wo_version = quay_robot.ci.token_version

  permissions = [{
    kind      = "project"
    namespace = "*"
    access    = [{ resource = "repository", action = "pull" }]
  }]
}
"#;

/// The robot's token, as Quay has it.
fn token(dump: &Value) -> String {
    dump.pointer("/quay/robots/acme+ci/token").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Where the token arrived.
fn arrived(dump: &Value, project: &str) -> [(&'static str, bool); 2] {
    let token = token(dump);
    let password = dump.pointer(&format!("/saagie/projects/{project}/docker_credentials/0/password"));
    let robots = dump.pointer("/harbor/robots/rows").and_then(Value::as_object);
    let secret = robots.and_then(|rows| rows.values().find(|row| row["name"] == "mirror")).map(|row| &row["secret"]);
    [
        ("Saagie", password.is_some_and(|password| *password == *token)),
        ("Harbor", secret.is_some_and(|secret| *secret == *format!("q{token}"))),
    ]
}

/// The story.
pub fn story(cli: &Cli) -> Result<()> {
    let (simulator, workspace) = stage(cli, CONFIGURATION)?;
    let project = simulator.credentials().saagie_project_id.clone();
    let mut seen = Vec::new();
    for rotation in ["1", "2"] {
        let rotated = format!("rotation={rotation}");
        workspace.apply_with(&["-var", &rotated])?;
        workspace.plan_with(&["-var", &rotated])?.expect_empty()?;
        let dump = simulator.dump();
        for (place, holds) in arrived(&dump, &project) {
            check(holds, || format!("rotation {rotation}: the token did not arrive at {place}"))?;
        }
        let state = workspace.raw_state()?.to_string();
        check(!state.contains(&token(&dump)), || format!("rotation {rotation}: the token is in the state"))?;
        seen.push(token(&dump));
    }
    check(seen[0] != seen[1], || "the rotation changed nothing".to_owned())?;
    workspace.destroy()?;
    Ok(())
}
