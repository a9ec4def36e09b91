//! A thousand robots: how many requests it takes to make them, and to look at them again.

use registry_harness::Result;
use registry_harness::progress::{human, say};
use registry_harness::terraform::Cli;

use super::{QUAY, check, stage};

const CONFIGURATION: &str = r#"
provider "quay" {}

resource "quay_robot" "r" {
  count     = 1000
  namespace = "admin"
  name      = "r${count.index}"
}
"#;

/// Requests that may come on top of one for each robot.
const CONSTANT: u64 = 10;

/// The story.
pub fn story(cli: &Cli) -> Result<()> {
    let (simulator, workspace) = stage(cli, &format!("{QUAY}{CONFIGURATION}"))?;
    let applied = workspace.apply()?;
    let making = simulator.requests();
    check(making.total <= 1000 + CONSTANT, || format!("making 1,000 robots took {making:?}"))?;
    simulator.reset_requests();
    let plan = workspace.plan()?;
    plan.expect_empty()?;
    let looking = simulator.requests();
    check(looking.total <= 10, || format!("looking at 1,000 robots took {looking:?}"))?;
    let (made, looked) = (human(applied.duration), human(plan.command.duration));
    let line = format!("{} requests in {made}, and looked at with {} in {looked}", making.total, looking.total);
    say(format!("{cli}: 1,000 robots were made with {line}"));
    Ok(())
}
