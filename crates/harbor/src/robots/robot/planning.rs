//! What can be said of a robot before anything is sent.

use std::collections::BTreeSet;

use registry_service::{chosen, dates};
use terraform_framework::{Error, ModifyPlan, PlanValue, Report, Result, model::SecretArgumentView};

use super::{RobotView, now};
use crate::names;

const DAY: i64 = 86_400;

/// Refuses what cannot be right: level and project, places and level.
pub(super) fn validate(config: &RobotView, report: &mut Report) {
    let level = config.level.known().map(String::as_str);
    match level {
        Some("project") if config.project.is_null() => {
            report.error(
                "project",
                "Missing argument",
                "A robot of the level `project` needs the name of its `project`.",
            );
        }
        Some("system") if config.project.known().is_some() => {
            let detail =
                "A robot of the level `system` has no `project`; what it may do in projects is said in `permissions`.";
            report.error("project", "Arguments that exclude each other", detail);
        }
        _ => {}
    }
    let Some(blocks) = config.permissions.known() else { return };
    let mut places = BTreeSet::new();
    for block in blocks.iter().filter_map(PlanValue::known) {
        let (Some(kind), Some(namespace)) = (block.kind.known(), block.namespace.known()) else { continue };
        places.insert((kind.clone(), namespace.clone()));
        if let Some(problem) = problem_of(kind, namespace, level, config.project.known()) {
            report.error("permissions", "Invalid value", problem);
        }
    }
    if level == Some("project") && places.len() > 1 {
        report.error(
            "permissions",
            "Too many places",
            "A robot of the level `project` takes permissions in its project only.",
        );
    }
}

fn problem_of(kind: &str, namespace: &str, level: Option<&str>, project: Option<&String>) -> Option<String> {
    if kind == "system" {
        if level == Some("project") {
            return Some("A robot of the level `project` cannot have permissions of the kind `system`.".to_owned());
        }
        return (namespace != "/").then(|| "The namespace of permissions of the kind `system` is \"/\".".to_owned());
    }
    match (level, project) {
        (Some("project"), Some(project)) if namespace != project => Some(format!(
            "The permissions of a robot of project {project} are in the namespace {project:?}, not in {namespace:?}."
        )),
        _ if namespace != "*" && !names::is_plain(namespace) => Some(format!(
            "The namespace of permissions of the kind `project` is a project's name or \"*\", not {namespace:?}."
        )),
        _ => None,
    }
}

/// Warns of secrets that end or that nobody will know; refuses a term that is over; finds out whether the secret will change.
pub(super) fn plan(planning: &mut ModifyPlan<RobotView>) {
    if planning.replaces() || planning.destroys() {
        let detail = "What logs in with it fails from then on. A robot that takes its place has another secret.";
        planning.report.warn_all("A robot's secret will stop working", detail);
    }
    if planning.creates()
        && let Some(config) = &planning.config
        && config.secret.is_null()
        && (config.store_secret.is_null() || config.store_secret.known() == Some(&false))
    {
        let detail = "Harbor generates one, and shows it only once. Set `store_secret = true` to keep it in the state, or choose a secret with \
                      `secret_wo` (never stored) or `secret`.";
        planning.report.warn("store_secret", "Nobody will know the robot's secret", detail);
    }
    let (Some(state), Some(plan), Some(config)) = (&planning.state, &planning.plan, &planning.config) else { return };
    let number = |n: &PlanValue<terraform_framework::Number>| n.known().and_then(terraform_framework::Number::as_i64);
    if let (Some(made), Some(days)) = (state.creation_time.known(), number(&plan.duration))
        && let Err(error) = check_term(made, number(&state.duration), days)
    {
        planning.report.error("duration", error.summary().to_owned(), error.detail().to_owned());
    }
    let is_first = chosen::had_none(&planning.private) && !config.secret.is_null();
    if is_first || may_change(&state.secret, &plan.secret, &config.secret) {
        planning.set_unknown("secret_version");
        planning.set_unknown("generated_secret");
    }
}

/// Whether applying may send another chosen secret: what [`terraform_framework::SecretArgument::changed_since`] will say, as far as it is known. (The
/// first one of all is another matter.)
fn may_change(state: &SecretArgumentView, plan: &SecretArgumentView, config: &SecretArgumentView) -> bool {
    match (&state.value, &plan.value) {
        (_, PlanValue::Unknown) | (PlanValue::Null, PlanValue::Known(_)) => true,
        (PlanValue::Known(old), PlanValue::Known(new)) => old != new,
        (_, PlanValue::Null) if state.value.is_null() => match (state.version.known(), &plan.version) {
            (Some(_), PlanValue::Unknown) => true,
            (Some(old), PlanValue::Known(new)) => old != new,
            _ => false,
        },
        _ => !config.write_only.is_null(),
    }
}

/// A robot's term counts from its creation: a new one that is already over would end its life.
///
/// # Errors
/// When it is over.
pub(super) fn check_term(made: &str, before: Option<i64>, days: i64) -> Result<()> {
    let Some(made_at) = dates::seconds(made) else { return Ok(()) };
    let ends = made_at.saturating_add(days.saturating_mul(DAY));
    if days == -1 || before == Some(days) || ends > now() {
        return Ok(());
    }
    let lived = (now() - made_at) / DAY;
    let detail = format!(
        "Harbor counts the days from the robot's creation ({made}), {lived} days ago: with {days} days it would expire at once. Set more \
         than {lived} days, or -1 for ever; to disable the robot, set `disable = true`."
    );
    Err(Error::new("The robot's life would already be over", detail).at("duration"))
}

/// What a robot's credentials are not good for.
pub(super) fn robots_cannot() -> Error {
    let detail = "The provider's credentials are those of a robot account. Robots can create robots of the system, but change none of them (Harbor \
                  knows no permission `robot:update`), and a creation takes neither `disable` nor a chosen secret. Nothing was created. Use a \
                  user's name and password, or leave out `disable`, `secret` and `secret_wo`.";
    Error::new("A robot cannot make a robot with a chosen secret, or a disabled one", detail)
}

/// What of a planned new robot a robot cannot make. Those of projects some robots can change, which only Harbor knows.
pub(super) fn not_for_robots(plan: &RobotView) -> Option<&'static str> {
    if plan.full_name.known().is_some() || plan.level.known().map(String::as_str) != Some("system") {
        return None;
    }
    match (plan.disable.known(), &plan.secret.version) {
        (Some(true), _) => Some("disable"),
        (_, PlanValue::Known(_)) => Some("secret_wo"),
        _ => (!plan.secret.value.is_null()).then_some("secret"),
    }
}

/// Robots of the first version of the API cannot be changed.
pub(super) fn is_legacy(name: &str) -> Error {
    let detail = "It was made by the first version of Harbor's robots, which cannot be edited. Generate a new secret for it in Harbor, after which \
                  it can, or replace it.";
    Error::new(format!("Robot {name} cannot be changed"), detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_that_is_over_is_refused() {
        let made = jiff::Timestamp::from_second(now() - 10 * DAY).map(|at| at.to_string()).unwrap_or_default();
        assert!(check_term(&made, Some(30), 5).is_err());
        assert!(check_term(&made, Some(5), 5).is_ok(), "an unchanged term is left alone");
        assert!(check_term(&made, Some(30), 11).is_ok());
        assert!(check_term(&made, Some(30), -1).is_ok());
    }

    #[test]
    fn places_follow_the_level() {
        let acme = "acme".to_owned();
        assert!(problem_of("project", "acme", Some("project"), Some(&acme)).is_none());
        assert!(problem_of("project", "*", Some("project"), Some(&acme)).is_some());
        assert!(problem_of("system", "/", Some("project"), Some(&acme)).is_some());
        assert!(problem_of("system", "/", Some("system"), None).is_none());
        assert!(problem_of("system", "acme", Some("system"), None).is_some());
        assert!(problem_of("project", "*", Some("system"), None).is_none());
    }
}
