//! Values that are not known while planning.

use registry_harness::Result;
use registry_harness::terraform::{Change, Cli, Feature};
use serde_json::{Map, Value, json};

use super::{QUAY, check, stage};
use crate::catalog::Offer;
use crate::life::needs_write_only;
use crate::lockstep::Lockstep;
use crate::service::Service;
use crate::variants::held;

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

/// Something inside an argument that is known otherwise: the place of a robot's permissions.
pub fn nested(cli: &Cli) -> Result<()> {
    let configuration = r#"
        terraform {
          required_providers {
            harbor = { source = "container-registries/harbor" }
          }
        }
        provider "harbor" {}
        resource "harbor_project" "p" {
          name = "nested"
        }
        resource "terraform_data" "namespace" { input = harbor_project.p.name }
        resource "harbor_robot" "r" {
          name  = "nested"
          level = "system"
          permissions = [
            {
              kind      = "project"
              namespace = terraform_data.namespace.output
              access    = [{ resource = "repository", action = "pull" }]
            },
            {
              kind      = "system"
              namespace = "/"
              access    = [{ resource = "project", action = "list" }]
            },
          ]
        }
    "#;
    let (simulator, workspace) = stage(cli, configuration)?;
    let plan = workspace.plan()?;
    let robot = plan.resource("harbor_robot.r")?;
    check(robot.is_create() && robot.is_unknown("permissions") && !robot.is_unknown("level"), || plan.summary())?;
    workspace.apply_saved()?;
    let project = workspace.state_of("harbor_project.p")?["project_id"].clone();
    let place = format!("/harbor/robots/rows/[name=nested]/permissions/[scope=~1project~1{project}]/resource");
    let dump = simulator.dump();
    let found = held(&place, &Value::Null, &dump);
    check(found == Some(&json!("repository")), || format!("there is {found:?} at {place}"))?;
    workspace.plan()?.expect_empty()?;
    workspace.destroy()?;
    Ok(())
}

/// A data source, and an ephemeral resource where there are such, that are asked for what is not known yet.
pub fn lookups(cli: &Cli) -> Result<()> {
    let configuration = r#"
        provider "quay" {}
        resource "terraform_data" "name" {}
        resource "quay_robot" "r" {
          namespace = "admin"
          name      = "r-${terraform_data.name.id}"
        }
        data "quay_robot" "r" {
          namespace = quay_robot.r.namespace
          name      = "r-${terraform_data.name.id}"
          depends_on = [quay_robot.r]
        }
        output "username" { value = data.quay_robot.r.username }
    "#;
    let ephemeral = r#"
        ephemeral "quay_robot_token" "r" {
          username = data.quay_robot.r.username
          lifecycle {
            postcondition {
              condition     = self.token != null && endswith(self.username, terraform_data.name.id)
              error_message = "It is not the robot's."
            }
          }
        }
    "#;
    let (simulator, workspace) = stage(cli, &format!("{QUAY}{configuration}"))?;
    let plan = workspace.plan()?;
    let found = plan.resource("data.quay_robot.r")?;
    check(found.is_unknown("name") && found.is_unknown("username"), || plan.summary())?;
    if cli.supports(Feature::EphemeralResources) {
        // Terraform 1.10 to 1.14 crash when they are to show a plan in which an ephemeral resource is not known.
        workspace.write("ephemeral.tf", ephemeral)?;
        workspace.apply()?;
        workspace.remove("ephemeral.tf")?;
    } else {
        workspace.apply_saved()?;
    }
    let robots = simulator.dump()["quay"]["robots"].clone();
    let username = workspace.outputs()?["username"].clone();
    check(robots.get(username.as_str().unwrap_or_default()).is_some(), || format!("{username} is no robot"))?;
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
