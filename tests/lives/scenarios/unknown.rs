//! Values that are not known while planning.

use registry_harness::Result;
use registry_harness::terraform::{Change, Cli};
use serde_json::{Map, Value, json};

use super::{QUAY, check, stage};
use crate::catalog::Offer;
use crate::life::needs_write_only;
use crate::lockstep::Lockstep;
use crate::service::Service;

/// A robot whose name is what another resource computes.
pub fn name(cli: &Cli) -> Result<()> {
    let configuration = r#"
        provider "quay" {}
        resource "terraform_data" "name" {}
        resource "quay_robot" "r" {
          namespace = "admin"
          name      = "r-${terraform_data.name.id}"
        }
        output "username" { value = quay_robot.r.username }
    "#;
    let (_simulator, workspace) = stage(cli, &format!("{QUAY}{configuration}"))?;
    let plan = workspace.plan()?;
    let robot = plan.resource("quay_robot.r")?;
    check(robot.is_create() && robot.is_unknown("name") && robot.is_unknown("id"), || plan.summary())?;
    workspace.apply_saved()?;
    let (id, name) =
        (workspace.state_of("terraform_data.name")?["id"].clone(), workspace.outputs()?["username"].clone());
    check(name == format!("admin+r-{}", id.as_str().unwrap_or_default()), || format!("{name} of {id}"))?;
    workspace.plan()?.expect_empty()?;

    let replaced = workspace.plan_with(&["-replace=terraform_data.name"])?;
    check(replaced.resource("quay_robot.r")?.is_replace(), || replaced.summary())?;
    workspace.apply_saved()?;
    workspace.plan()?.expect_empty()?;
    workspace.destroy()?;
    Ok(())
}

/// A provider whose block is made of what another resource computes: nothing can be asked while planning.
pub fn provider(cli: &Cli) -> Result<()> {
    let configuration = r#"
        variable "url" {}
        variable "token" { sensitive = true }
        resource "terraform_data" "server" { input = { url = var.url, token = var.token } }
        provider "quay" {
          url   = terraform_data.server.output.url
          token = terraform_data.server.output.token
        }
        resource "quay_robot" "r" {
          namespace = "admin"
          name      = "from-afar"
        }
    "#;
    let (simulator, mut workspace) = stage(cli, &format!("{QUAY}{configuration}"))?;
    let login = simulator.credentials();
    for (name, value) in [("TF_VAR_url", &login.url), ("TF_VAR_token", &login.quay_token)] {
        workspace.set_env(name, value);
    }
    // Else an unknown argument could be taken for one that is not set.
    workspace.set_env("QUAY_URL", "http://127.0.0.1:1");
    workspace.set_env("QUAY_TOKEN", "of-another-server");
    simulator.reset_requests();
    let plan = workspace.plan()?;
    check(plan.resource("quay_robot.r")?.is_create(), || plan.summary())?;
    check(simulator.requests().total == 0, || format!("a plan asked {:?}", simulator.requests()))?;
    workspace.apply_saved()?;
    check(simulator.dump()["quay"]["robots"]["admin+from-afar"].is_object(), || "there is no robot".to_owned())?;
    workspace.plan()?.expect_empty()?;
    workspace.destroy()?;
    Ok(())
}

/// All arguments that changes set come from a resource that is not made yet.
pub fn everywhere(cli: &Cli, service: &Service, offers: &[Offer]) -> Result<()> {
    let resources: Vec<Offer> = offers.iter().filter(|o| o.kind == crate::catalog::Kind::Resource).cloned().collect();
    let mut all = Lockstep::start(cli, service, &resources)?;
    all.enter("everything unknown");
    for offer in &resources {
        let mut set = Map::new();
        // A write-only argument cannot come through a resource: its value would be stored there.
        for step in offer.variants.changes.iter().filter(|step| !needs_write_only(offer, step)) {
            set.extend(step.set.clone());
            all.add(offer, &step.with)?;
        }
        let unknown: Map<String, Value> = set
            .keys()
            .map(|name| (name.clone(), format!("${{terraform_data.not_made_yet.output.{name}}}").into()))
            .collect();
        all.add(offer, &[("terraform_data".to_owned(), into_map(&json!({"not_made_yet": {"input": set}})))].into())?;
        all.set(offer, &unknown)?;
    }
    let outcome = live(&mut all, &resources);
    all.finish(outcome).of_all_in_full().map_err(registry_harness::Error::new)
}

fn live(all: &mut Lockstep<'_>, resources: &[Offer]) -> Result<()> {
    all.insist(|workspace| workspace.run(&["get", "-no-color"])?.ok())?;
    let plan = all.plan()?;
    for offer in resources {
        if !plan.resources.get(&offer.address()).is_some_and(Change::is_create) {
            all.complain(&offer.key(), "it should be created");
        }
    }
    all.apply()?;
    all.enter("after everything was unknown");
    all.expect_nothing()?;
    all.enter("destroying what was unknown");
    all.insist(|workspace| workspace.destroy())?;
    Ok(())
}

fn into_map(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}
