//! A project that is a proxy cache: what only such a project can have. Its registry is made behind Terraform's back.

use registry_harness::terraform::{Change, Cli, Workspace};
use registry_harness::{Error, Result};
use registry_simulator::Simulator;
use serde_json::{Value, json};

use crate::scenarios::{check, stage};
use crate::variants::locate;

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

/// Changes the project behind Terraform's back: the plan shows exactly this argument, and heals it.
fn drifts(simulator: &Simulator, workspace: &Workspace, path: &str, value: &Value, shows: &str) -> Result<()> {
    let place = |dump: &Value| locate(&format!("/harbor/projects/rows/[name=cache]/{path}"), &Value::Null, dump);
    let held = |dump: &Value| place(dump).ok().and_then(|place| dump.pointer(&place).cloned());
    let before = simulator.dump();
    let path = place(&before).map_err(Error::new)?;
    simulator.edit(json!([{ "op": "add", "path": path, "value": value }])).map_err(Error::new)?;
    let plan = workspace.plan()?;
    plan.expect_changes(&[ADDRESS])?;
    let drift = plan.drift.get(ADDRESS).map(Change::attributes);
    check(drift == Some(vec![shows.to_owned()]), || format!("{shows} alone should have changed: {}", plan.summary()))?;
    workspace.apply_saved()?;
    workspace.plan()?.expect_empty()?;
    check(held(&simulator.dump()) == held(&before), || format!("{shows} was not healed"))
}

/// The project is taken out of the state, and comes back as it was.
fn imports(workspace: &Workspace) -> Result<()> {
    let before = workspace.state_of(ADDRESS)?;
    workspace.state_rm(&[ADDRESS])?;
    workspace.import(ADDRESS, "cache")?;
    let after = workspace.state_of(ADDRESS)?;
    check(before == after, || format!("{before} became {after} by the import"))?;
    workspace.plan()?.expect_empty()?;
    Ok(())
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

    drifts(&simulator, &workspace, "metadata/proxy_speed_kb", &json!("7"), "proxy_speed_kb")?;
    drifts(&simulator, &workspace, "metadata/max_upstream_conn", &json!("7"), "max_upstream_conn")?;
    let setting = "proxy_cache_local_on_not_found";
    drifts(&simulator, &workspace, &format!("metadata/{setting}"), &json!("false"), setting)?;
    drifts(&simulator, &workspace, "registry_id", &json!(2), "registry_id")?;
    imports(&workspace)?;

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
