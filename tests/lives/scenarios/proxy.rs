//! A project that is a proxy cache: what only such a project can have. Its registry is made behind Terraform's back.

use registry_harness::terraform::{Cli, Workspace};
use registry_harness::{Error, Result};
use registry_simulator::Simulator;
use serde_json::{Value, json};

use super::{check, stage};

const HEADER: &str = r#"
terraform {
  required_providers {
    harbor = { source = "container-registries/harbor" }
  }
}

provider "harbor" {}
"#;

const ADDRESS: &str = "harbor_project.cache";

/// The project with these further arguments.
fn project(workspace: &Workspace, arguments: &str) -> Result<()> {
    let block = format!("resource \"harbor_project\" \"cache\" {{\n  name = \"cache\"\n{arguments}}}\n");
    workspace.write("main.tf", &format!("{HEADER}{block}"))
}

/// The project's row on the server.
fn row(simulator: &Simulator) -> Value {
    let dump = simulator.dump();
    let rows = dump.pointer("/harbor/projects/rows").and_then(Value::as_object).cloned().unwrap_or_default();
    rows.into_iter()
        .map(|(_, row)| row)
        .find(|row| row["name"] == "cache" && row["deleted"] != true)
        .unwrap_or_default()
}

fn has(simulator: &Simulator, settings: &Value) -> Result<()> {
    let found = row(simulator);
    let wrong = settings.as_object().into_iter().flatten().find(|(name, value)| found["metadata"][name] != **value);
    wrong.map_or(Ok(()), |(name, value)| Err(Error::new(format!("{name} is not {value} on the server: {found}"))))
}

/// The story.
pub fn story(cli: &Cli) -> Result<()> {
    let (simulator, workspace) = stage(cli, HEADER)?;
    let registry = |name: &str| json!({ "name": name, "type": "docker-hub", "url": "https://hub.docker.com", "status": "healthy" });
    let rows = json!({ "1": registry("first"), "2": registry("second") });
    let registries = json!({ "harbor": { "registries": { "next_id": 3, "rows": rows } } });
    simulator.edit(registries).map_err(Error::new)?;

    project(
        &workspace,
        "  registry_id = 1\n  proxy_speed_kb = 100\n  max_upstream_conn = 5\n  proxy_cache_local_on_not_found = true\n",
    )?;
    workspace.apply()?;
    workspace.plan()?.expect_empty()?;
    has(
        &simulator,
        &json!({ "proxy_speed_kb": "100", "max_upstream_conn": "5", "proxy_cache_local_on_not_found": "true" }),
    )?;

    project(&workspace, "  registry_id = 1\n  proxy_speed_kb = 200\n  max_upstream_conn = 6\n")?;
    let plan = workspace.plan()?;
    plan.expect_changes(&[ADDRESS])?;
    check(plan.changes().all(|change| change.is_update()), || plan.summary())?;
    workspace.apply_saved()?;
    workspace.plan()?.expect_empty()?;
    has(&simulator, &json!({ "proxy_speed_kb": "200", "max_upstream_conn": "6" }))?;
    check(row(&simulator)["metadata"]["proxy_cache_local_on_not_found"] != "true", || "it was not reset".to_owned())?;

    project(&workspace, "  registry_id = 2\n")?;
    let plan = workspace.plan()?;
    plan.expect_changes(&[ADDRESS])?;
    check(plan.changes().all(|change| change.is_replace()), || plan.summary())?;
    workspace.apply_saved()?;
    workspace.plan()?.expect_empty()?;
    check(row(&simulator)["registry_id"] == 2, || "the new project is of another registry".to_owned())?;
    workspace.destroy()?;
    Ok(())
}
