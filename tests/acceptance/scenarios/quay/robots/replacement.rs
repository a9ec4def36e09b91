//! A robot is replaced, and all that hung on it is made again in the same apply.

use registry_harness::Result;
use registry_harness::terraform::Cli;

use crate::scenarios::{QUAY, check, stage};

const CONFIGURATION: &str = r#"
provider "quay" {}

variable "description" {
  default = "first"
}

resource "quay_organization" "acme" {
  name  = "acme"
  email = "acme@example.com"
}

resource "quay_repository" "app" {
  namespace = quay_organization.acme.name
  name      = "app"
}

resource "quay_robot" "ci" {
  namespace   = quay_organization.acme.name
  name        = "ci"
  description = var.description
}

resource "quay_repository_permission" "ci" {
  namespace  = quay_repository.app.namespace
  repository = quay_repository.app.name
  robot      = quay_robot.ci.username
  role       = "write"
}

resource "quay_team" "builders" {
  organization = quay_organization.acme.name
  name         = "builders"
  role         = "member"
}

resource "quay_team_member" "ci" {
  organization = quay_team.builders.organization
  team         = quay_team.builders.name
  member       = quay_robot.ci.username
}
"#;

/// The story.
pub fn story(cli: &Cli) -> Result<()> {
    let (simulator, workspace) = stage(cli, &format!("{QUAY}{CONFIGURATION}"))?;
    workspace.apply()?;
    workspace.plan()?.expect_empty()?;
    let of_robot = |what: &str| -> [(bool, &'static str); 3] {
        let dump = simulator.dump();
        let at = |pointer: &str| dump.pointer(pointer).cloned().unwrap_or_default();
        let members = at("/quay/organizations/acme/teams/builders/members");
        [
            (at("/quay/robots/acme+ci/description") == what, "the robot"),
            (at("/quay/repositories/acme~1app/users/acme+ci") == "write", "its permission"),
            (members.as_array().is_some_and(|all| all.iter().any(|m| m == "acme+ci")), "its membership"),
        ]
    };
    for (holds, what) in of_robot("first") {
        check(holds, || format!("{what} is missing"))?;
    }

    let plan = workspace.plan_with(&["-var", "description=second"])?;
    plan.expect_changes(&["quay_robot.ci", "quay_repository_permission.ci", "quay_team_member.ci"])?;
    check(plan.changes().all(|change| change.is_replace()), || plan.summary())?;
    let said = plan.command.both();
    let warnings = said.matches("Warning: A robot's token will stop working").count();
    check(warnings == 1, || format!("the warning was said {warnings} times\n{}", plan.command))?;
    workspace.apply_saved()?;
    workspace.plan_with(&["-var", "description=second"])?.expect_empty()?;
    for (holds, what) in of_robot("second") {
        check(holds, || format!("{what} is missing after the replacement"))?;
    }
    workspace.destroy()?;
    Ok(())
}
