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
pub(crate) const SCENES: [Scene; 4] = [
    ("1,000 `quay_robot` of one organization", one_organization),
    ("1,000 `quay_robot` over 50 organizations", fifty_organizations),
    ("a large organization of Quay", large_organization),
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

/// What permissions are for comes before them: default permissions would give each new repository more.
const LARGE_ORGANIZATION: &str = r#"
resource "quay_organization" "o" {
  name = "bench"
}
resource "quay_robot" "r" {
  count     = 1000
  namespace = quay_organization.o.name
  name      = "robot_${count.index}"
}
resource "quay_repository" "a" {
  count     = 500
  namespace = quay_organization.o.name
  name      = "app${count.index}"
}
resource "quay_team" "t" {
  count        = 50
  organization = quay_organization.o.name
  name         = "team${count.index}"
  role         = "member"
}
resource "quay_default_permission" "d" {
  count        = 200
  organization = quay_organization.o.name
  robot        = quay_robot.r[count.index].username
  role         = "read"
  depends_on   = [quay_repository.a]
}
"#;

const PERMISSIONS: &str = r#"
resource "quay_repository_permission" "u" {
  count      = 500
  namespace  = quay_organization.o.name
  repository = quay_repository.a[count.index].name
  user       = ["alice", "bob", "carol"][count.index % 3]
  role       = "write"
}
resource "quay_repository_permission" "r" {
  count      = 500
  namespace  = quay_organization.o.name
  repository = quay_repository.a[count.index].name
  robot      = quay_robot.r[count.index * 2].username
  role       = "write"
}
resource "quay_repository_permission" "t" {
  count      = 500
  namespace  = quay_organization.o.name
  repository = quay_repository.a[count.index].name
  team       = quay_team.t[count.index % 50].name
  role       = "write"
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
    let together = stage.plans(PLANS)?;
    stage.workspace.set_env("QUAY_COALESCE_MAX_AGE", "0s");
    let refreshed_singly = stage.plan(Duration::ZERO)?.1;
    let singly = stage.plans(PLANS_WITHOUT)?;
    let without = "the same with `coalesce_max_age = \"0s\"`";
    let refresh = "requests to refresh 1,000 `quay_robot` of one organization";
    let plan = "plan over 1,000 `quay_robot`: with 50 ms per request, against answers at once";
    Ok(vec![
        Row::at_most(10.0, Unit::Requests, count(&refreshed), refresh),
        Row::beside(Unit::Requests, count(&refreshed_singly), without),
        Row::at_most(1000.0, Unit::Requests, robots as f64, "requests that create 1,000 `quay_robot`"),
        Row::at_most(
            10.0,
            Unit::Requests,
            beside as f64,
            "other requests of that apply, their organization's included",
        ),
        Row::at_most(1.3, Unit::Times, together.ratio(), plan).out_of(&together.text()),
        Row::beside(Unit::Times, singly.ratio(), without).out_of(&singly.text()),
    ])
}

fn fifty_organizations(cli: &Cli, providers: &Providers) -> Result<Vec<Row>> {
    let stage = Stage::new(cli, providers, FIFTY_ORGANIZATIONS)?;
    stage.apply()?;
    let refreshed = stage.plan(Duration::ZERO)?.1;
    let what = "requests to refresh 1,000 `quay_robot` over 50 organizations, these included";
    Ok(vec![Row::at_most(160.0, Unit::Requests, count(&refreshed), what)])
}

fn large_organization(cli: &Cli, providers: &Providers) -> Result<Vec<Row>> {
    let stage = Stage::new(cli, providers, LARGE_ORGANIZATION)?;
    stage.apply()?;
    let without = stage.plan(Duration::ZERO)?.1;
    stage.workspace.write("permissions.tf", PERMISSIONS)?;
    stage.apply()?;
    let with = stage.plan(Duration::ZERO)?.1;
    let what =
        "requests to refresh an organization with 1,000 robots, 500 repositories, 50 teams, 200 default permissions";
    let more = "the same with 1,500 permissions of users, robots and teams";
    Ok(vec![
        Row::at_most(60.0, Unit::Requests, count(&without), what),
        Row::at_most(580.0, Unit::Requests, count(&with), more),
    ])
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

    /// Plans alternately on a server that answers at once and on a slow one.
    fn plans(&self, rounds: usize) -> Result<Plans> {
        let (mut quick, mut slow) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            quick.push(self.plan(Duration::ZERO)?.0);
            slow.push(self.plan(SLOW)?.0);
        }
        Ok(Plans { quick: median(quick), slow: median(slow) })
    }
}

/// How long planning took, in seconds.
struct Plans {
    /// On a server that answers at once.
    quick: f64,
    /// On a slow one.
    slow: f64,
}

impl Plans {
    fn ratio(&self) -> f64 {
        self.slow / self.quick
    }

    fn text(&self) -> String {
        format!("{:.1} s against {:.1} s", self.slow, self.quick)
    }
}
