//! What a replacement of a project takes with it. Harbor deletes the robots of a project with the project, and what robots of the system may
//! do in it is gone from them (observed on 2.15.2); a project of the same name does not bring it back. No plan of these robots shows it, only
//! the next one does.
//!
//! A plan is asked about a new project without being told that it takes an old one's place. But it gets the private data of the plan before
//! it, which was about the old one: that notes there which project it saw.

use serde_json::json;
use terraform_framework::{Context, ModifyPlan, Number, Private, Report};

use super::ProjectView;
use super::removal::{named, obstacle};
use crate::api::projects;
use crate::api::robots::{self, Place, RobotJson};
use crate::client::Harbor;

/// In private data: the project that a plan found in the state.
const PROJECT: &str = "project";

/// The project that goes.
struct Former {
    name: String,
    id: i64,
}

impl Former {
    fn of(private: &Private) -> Option<Self> {
        let project = private.get(PROJECT)?;
        Some(Self { name: project.get("name")?.as_str()?.to_owned(), id: project.get("id")?.as_i64()? })
    }
}

/// Notes which project there is in the state, for the plan of one that takes its place.
pub(super) fn note(planning: &mut ModifyPlan<ProjectView>) {
    let Some(state) = &planning.state else { return };
    let (Some(name), Some(id)) = (state.name.known(), state.project_id.known().and_then(Number::as_i64)) else {
        return;
    };
    if let Err(error) = planning.private.set(PROJECT, json!({ "name": name, "id": id })) {
        planning.report.error("name", error.summary().to_owned(), error.detail().to_owned());
    }
}

/// The old one is of no interest any more.
pub(super) fn forget(private: &mut Private) {
    private.remove(PROJECT);
}

/// Tells what goes with a project that a planned one replaces, and refuses what would end the server. What cannot be found out is told of in
/// general, and hinders nothing.
pub(super) async fn preflight(cx: &Context<Harbor>, plan: &ProjectView, report: &mut Report) {
    // Of one that stays, the number is known.
    if plan.project_id.known().is_some() {
        return;
    }
    let Some(former) = Former::of(cx.private()) else { return };
    match cx.find(projects::get(&former.name)).await {
        Ok(Some(found)) if found.project_id == former.id => {
            if let Ok(Some(error)) = obstacle(cx, &found).await {
                report.error("name", error.summary().to_owned(), error.detail().to_owned());
            }
        }
        // Nothing goes any more.
        Ok(_) => return,
        Err(_) => {}
    }
    let own = cx.list(robots::list(Place::Project(former.id))).await.ok();
    let of_system = cx.list(robots::list(Place::System)).await.ok();
    let own = own.map(|robots| names(robots, |_| true));
    let of_system = of_system.map(|robots| names(robots, |robot| may_do_in(robot, &former.name)));
    if let Some(detail) = warning(&former.name, own.as_deref(), of_system.as_deref()) {
        report.warn_all(format!("Replacing project {} also changes robots", former.name), detail);
    }
}

fn may_do_in(robot: &RobotJson, project: &str) -> bool {
    robot.permissions.iter().any(|block| block.kind == "project" && block.namespace == project)
}

fn names(robots: Vec<RobotJson>, wanted: impl Fn(&RobotJson) -> bool) -> Vec<String> {
    robots.into_iter().filter(|robot| wanted(robot)).map(|robot| robot.name).collect()
}

/// What goes, as far as it is known; `None` when nothing does.
fn warning(project: &str, own: Option<&[String]>, of_system: Option<&[String]>) -> Option<String> {
    let own = match own {
        Some([]) => None,
        Some(robots) => Some(format!("Harbor deletes the robots of a project with it: {}.", named(robots))),
        None => Some("Harbor deletes the robots of a project with it; these credentials do not show which.".to_owned()),
    };
    let of_system = match of_system {
        Some([]) => None,
        Some(robots) => {
            Some(format!("It takes their permissions in {project} from these robots of the system: {}.", named(robots)))
        }
        None => Some(format!(
            "It takes the permissions in {project} from robots of the system that have any; these credentials do not show which."
        )),
    };
    let what: Vec<String> = [own, of_system].into_iter().flatten().collect();
    let way_out = "The new project does not bring them back, and this plan does not show it where the robots themselves stay as they are. To \
                   create the project's `harbor_robot`s again in the same apply, give them `lifecycle { replace_triggered_by = \
                   [harbor_project.NAME.project_id] }`. Robots of the system get their permissions back by the next apply.";
    (!what.is_empty()).then(|| format!("{} {way_out}", what.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::warning;

    #[test]
    fn what_goes_is_named_and_what_is_not_known_is_said() {
        let robots = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(warning("acme", Some(&[]), Some(&[])), None);
        let (own, system) = (robots(&["robot$acme+ci"]), robots(&["robot$reader"]));
        let all = warning("acme", Some(&own), Some(&system)).unwrap_or_default();
        assert!(
            all.contains("with it: robot$acme+ci.") && all.contains("robots of the system: robot$reader."),
            "{all}"
        );
        let own = warning("acme", Some(&own), Some(&[])).unwrap_or_default();
        assert!(!own.contains("permissions in acme"), "{own}");
        let unknown = warning("acme", None, None).unwrap_or_default();
        assert_eq!(unknown.matches("do not show which").count(), 2, "{unknown}");
    }
}
