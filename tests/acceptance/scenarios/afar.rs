//! Providers whose block is made of what another resource computes: nothing can be asked while planning.

use std::collections::BTreeMap;

use registry_harness::terraform::{Change, Cli};
use registry_harness::{Error, Result};
use serde_json::json;

use super::{check, stage};
use crate::variants::held;

/// A provider whose block is made by a resource.
struct Afar {
    service: &'static str,
    /// Arguments of the provider block that stand in the environment otherwise.
    arguments: &'static [&'static str],
    /// A resource.
    resource: &'static str,
    /// Where it is on the server.
    place: &'static str,
}

const AFAR: [Afar; 3] = [
    Afar {
        service: "quay",
        arguments: &["url", "token"],
        resource: r#"
            resource "quay_robot" "r" {
              namespace = "admin"
              name      = "from-afar"
            }
        "#,
        place: "/quay/robots/admin+from-afar",
    },
    Afar {
        service: "harbor",
        arguments: &["url", "username", "password"],
        resource: r#"
            resource "harbor_project" "r" {
              name = "from-afar"
            }
        "#,
        place: "/harbor/projects/rows/[name=from-afar]",
    },
    Afar {
        service: "saagie",
        arguments: &["url", "platform_id", "realm", "username", "password"],
        resource: r#"
            variable "saagie_project_id" {}
            resource "saagie_docker_credentials" "r" {
              project_id = var.saagie_project_id
              username   = "from-afar"
              password   = "not-a-secret"
            }
        "#,
        place: "/saagie/projects/{project_id}/docker_credentials/[username=from-afar]",
    },
];

/// The story, once for each provider.
pub fn story(cli: &Cli) -> Result<()> {
    AFAR.iter().try_for_each(|afar| of_one(cli, afar).map_err(|e| Error::new(format!("{}: {e}", afar.service))))
}

fn of_one(cli: &Cli, afar: &Afar) -> Result<()> {
    let Afar { service, arguments, resource, place } = afar;
    let variable = |name: &str| format!("{}_{}", service.to_uppercase(), name.to_uppercase());
    let lines = |line: &dyn Fn(&str) -> String| arguments.iter().map(|name| line(name)).collect::<Vec<_>>().join("\n");
    let configuration = format!(
        r#"
        terraform {{
          required_providers {{
            {service} = {{ source = "container-registries/{service}" }}
          }}
        }}
        {}
        resource "terraform_data" "server" {{
          input = {{
            {}
          }}
        }}
        provider "{service}" {{
          {}
        }}
        {resource}
        "#,
        lines(&|name| format!("variable \"{name}\" {{}}")),
        lines(&|name| format!("{name} = var.{name}")),
        lines(&|name| format!("{name} = terraform_data.server.output.{name}")),
    );
    let (simulator, mut workspace) = stage(cli, &configuration)?;
    let environment: BTreeMap<String, String> = workspace
        .environment()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .collect();
    for name in *arguments {
        workspace.set_env(format!("TF_VAR_{name}"), &environment[&variable(name)]);
        // Else an unknown argument could be taken for one that is not set.
        workspace.set_env(variable(name), if *name == "url" { "http://127.0.0.1:1" } else { "of-another-server" });
    }
    simulator.reset_requests();
    let plan = workspace.plan()?;
    let planned = plan.changes().find(|change| change.kind.starts_with(service));
    check(planned.is_some_and(Change::is_create), || plan.summary())?;
    check(simulator.requests().total == 0, || format!("a plan asked {:?}", simulator.requests()))?;
    workspace.apply_saved()?;
    let project = json!({ "project_id": simulator.credentials().saagie_project_id });
    check(held(place, &project, &simulator.dump()).is_some(), || format!("the server holds nothing at {place}"))?;
    workspace.plan()?.expect_empty()?;
    workspace.destroy()?;
    Ok(())
}
