//! A provider that a person started with `--debug`, and commands that are attached to it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};

use registry_harness::terraform::{Cli, Workspace};
use registry_harness::{Error, Result};
use registry_simulator::Simulator;
use rustix::process::{Pid, Signal, kill_process};

use super::{QUAY, check};
use crate::service;

const CONFIGURATION: &str = r#"
provider "quay" {}

resource "quay_robot" "r" {
  namespace = "admin"
  name      = "attached"
}
"#;

/// The story.
pub fn story(cli: &Cli) -> Result<()> {
    let simulator = service::simulator()?;
    let (mut provider, reattach) = Provider::start(&simulator)?;
    // The workspace knows no other provider.
    let workspace = Workspace::builder(cli).env("TF_REATTACH_PROVIDERS", reattach).build()?;
    workspace.write("main.tf", &format!("{QUAY}{CONFIGURATION}"))?;
    workspace.init()?;
    workspace.apply()?;
    check(simulator.dump()["quay"]["robots"]["admin+attached"].is_object(), || simulator.dump().to_string())?;
    workspace.plan()?.expect_empty()?;
    workspace.destroy()?;
    check(simulator.dump()["quay"]["robots"]["admin+attached"].is_null(), || simulator.dump().to_string())?;
    check(provider.is_running(), || format!("{cli} ended a process that is not its own"))?;
    let ended = provider.interrupt()?;
    check(ended.success(), || format!("the provider ended with {ended}"))
}

/// The process. Killed when it is dropped.
struct Provider(Child);

impl Provider {
    /// Starts it, and reads how to attach to it.
    fn start(simulator: &Simulator) -> Result<(Self, String)> {
        let login = simulator.credentials();
        let mut command = Command::new(env!("CARGO_BIN_EXE_terraform-provider-quay"));
        command.arg("--debug").env_clear().env("TMPDIR", std::env::temp_dir());
        command.env("QUAY_URL", &login.url).env("QUAY_TOKEN", &login.quay_token);
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut child = Self(spawned.map_err(|error| Error::new(format!("cannot start the provider: {error}")))?);
        let said = child.0.stdout.take().map(BufReader::new);
        let line = said.into_iter().flat_map(BufRead::lines).map_while(std::result::Result::ok);
        let value = line.filter_map(|line| Some(line.split_once("TF_REATTACH_PROVIDERS='")?.1.to_owned())).next();
        let value = value.ok_or_else(|| Error::new("the provider does not say how to attach to it"))?;
        Ok((child, value.trim_end().trim_end_matches('\'').to_owned()))
    }

    fn is_running(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(None))
    }

    /// Ctrl-C.
    fn interrupt(&mut self) -> Result<ExitStatus> {
        let signal = kill_process(Pid::from_child(&self.0), Signal::INT);
        let ended = signal.map_err(Into::into).and_then(|()| self.0.wait());
        ended.map_err(|error| Error::new(format!("cannot end the provider: {error}")))
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
