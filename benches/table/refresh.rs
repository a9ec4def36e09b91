//! Many resources on a real Terraform: requests that a refresh and a creation need, and what a slow server costs.

use std::time::Duration;

use registry_harness::terraform::{Cli, Installation, Workspace};
use registry_harness::{Error, Providers, Result};
use registry_simulator::{Options, Requests, Simulator};

use crate::executable::median;
use crate::report::{Row, Unit};

/// How long a slow server takes to answer.
const SLOW: Duration = Duration::from_millis(50);

/// Plans per latency, with coalesced reads and without.
const PLANS: usize = 5;
const PLANS_WITHOUT: usize = 3;

/// A name for people, and how its figures are made.
type Scene = (&'static str, fn(&Cli, &Providers) -> Result<Vec<Row>>);

/// All of them.
pub(crate) const SCENES: [Scene; 3] = [
    ("1,000 `quay_robot` of one organization", one_organization),
    ("1,000 `quay_robot` over 50 organizations", fifty_organizations),
    ("1,000 `harbor_robot`", harbor),
];

const ONE_ORGANIZATION: &str = r#"
resource "quay_organization" "o" {
  name  = "bench"
  email = "bench@example.com"
}
resource "quay_robot" "r" {
  count     = 1000
  namespace = quay_organization.o.name
  name      = "robot_${count.index}"
}
"#;

const FIFTY_ORGANIZATIONS: &str = r#"
resource "quay_organization" "o" {
  count = 50
  name  = "bench${count.index}"
  email = "bench${count.index}@example.com"
}
resource "quay_robot" "r" {
  count     = 1000
  namespace = quay_organization.o[count.index % 50].name
  name      = "robot_${count.index}"
}
"#;

const HARBOR: &str = r#"
resource "harbor_robot" "r" {
  count    = 1000
  name     = "bench${count.index}"
  level    = "system"
  duration = -1
  permissions = [{
    kind      = "project"
    namespace = "*"
    access    = [{ resource = "repository", action = "pull" }]
  }]
}
"#;

fn one_organization(cli: &Cli, providers: &Providers) -> Result<Vec<Row>> {
    let mut stage = Stage::new(cli, providers, ONE_ORGANIZATION)?;
    let created = stage.apply()?;
    let robots = created.of("PUT", "/api/v1/organization/{orgname}/robots/{robot_shortname}");
    let beside = created.total - robots;
    let refreshed = stage.plan(Duration::ZERO)?.1;
    let (quick, slow) = stage.plans(PLANS)?;
    stage.workspace.set_env("QUAY_COALESCE_MAX_AGE", "0s");
    let singly = stage.plan(Duration::ZERO)?.1;
    let (quick_singly, slow_singly) = stage.plans(PLANS_WITHOUT)?;
    let plan = "plan over 1,000 `quay_robot`, 50 ms per request against none";
    Ok(vec![
        Row::at_most(10.0, Unit::Requests, count(&refreshed), "requests to refresh 1,000 `quay_robot` of one organization"),
        Row::beside(singly.total.to_string(), "the same with `coalesce_max_age = \"0s\"`"),
        Row::at_most(1000.0, Unit::Requests, robots as f64, "requests that create 1,000 `quay_robot`"),
        Row::at_most(10.0, Unit::Requests, beside as f64, "other requests of that apply (its organization's among them)"),
        Row::at_most(1.3, Unit::Times, slow / quick, format!("{plan} ({slow:.1} s against {quick:.1} s)")),
        Row::beside(
            format!("{:.2} times", slow_singly / quick_singly),
            format!("the same with `coalesce_max_age = \"0s\"` ({slow_singly:.1} s against {quick_singly:.1} s)"),
        ),
    ])
}

fn fifty_organizations(cli: &Cli, providers: &Providers) -> Result<Vec<Row>> {
    let stage = Stage::new(cli, providers, FIFTY_ORGANIZATIONS)?;
    stage.apply()?;
    let refreshed = stage.plan(Duration::ZERO)?.1;
    let what = "requests to refresh 1,000 `quay_robot` over 50 organizations, and these";
    Ok(vec![Row::at_most(160.0, Unit::Requests, count(&refreshed), what)])
}

fn harbor(cli: &Cli, providers: &Providers) -> Result<Vec<Row>> {
    let stage = Stage::new(cli, providers, HARBOR)?;
    let created = stage.apply()?;
    let refreshed = stage.plan(Duration::ZERO)?.1;
    let robots = created.of("POST", "/api/v2.0/robots");
    let beside = created.total - robots;
    Ok(vec![
        Row::at_most(15.0, Unit::Requests, count(&refreshed), "requests to refresh 1,000 `harbor_robot`"),
        Row::at_most(1000.0, Unit::Requests, robots as f64, "requests that create 1,000 `harbor_robot`"),
        Row::at_most(10.0, Unit::Requests, beside as f64, "other requests of that apply"),
    ])
}

fn count(requests: &Requests) -> f64 {
    requests.total as f64
}

/// A Terraform and the servers it works on.
struct Stage {
    simulator: Simulator,
    workspace: Workspace,
}

impl Stage {
    fn new(cli: &Cli, providers: &Providers, configuration: &str) -> Result<Self> {
        let simulator = Simulator::start(Options::default())
            .map_err(|error| Error::new(format!("the simulator does not start: {error}")))?;
        let credentials = simulator.credentials();
        let workspace = Workspace::builder(cli)
            .providers(providers, Installation::DevOverrides)
            .env("QUAY_URL", &credentials.url)
            .env("QUAY_TOKEN", &credentials.quay_token)
            .env("HARBOR_URL", &credentials.url)
            .env("HARBOR_USERNAME", &credentials.harbor_username)
            .env("HARBOR_PASSWORD", &credentials.harbor_password)
            .build()?;
        let required = |name: &str| format!("    {name} = {{ source = \"container-registries/{name}\" }}\n");
        let required = ["quay", "harbor"].map(required).concat();
        let required = format!("terraform {{\n  required_providers {{\n{required}  }}\n}}\n");
        workspace.write("main.tf", &format!("{required}{configuration}"))?;
        Ok(Self { simulator, workspace })
    }

    /// Creates everything; which requests that took.
    fn apply(&self) -> Result<Requests> {
        self.simulator.reset_requests();
        self.workspace.apply()?;
        Ok(self.simulator.requests())
    }

    /// Plans, which must find nothing to do: seconds, and requests.
    fn plan(&self, latency: Duration) -> Result<(f64, Requests)> {
        self.simulator.reset_requests();
        self.simulator.set_latency(latency);
        let arguments = ["plan", "-input=false", "-no-color", "-detailed-exitcode"];
        let finished = self.workspace.run(&arguments)?.expect_code(&[0])?;
        Ok((finished.duration.as_secs_f64(), self.simulator.requests()))
    }

    /// Plans alternately on a server that answers at once and on a slow one; the medians in seconds.
    fn plans(&self, rounds: usize) -> Result<(f64, f64)> {
        let (mut quick, mut slow) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            quick.push(self.plan(Duration::ZERO)?.0);
            slow.push(self.plan(SLOW)?.0);
        }
        Ok((median(quick), median(slow)))
    }
}
