//! The settings of `quay_build_trigger` that nobody can change.

use super::BuildTriggerView;

/// Arguments that would have to change for the same trigger, and whether that is not known yet.
pub(super) fn differences(state: &BuildTriggerView, plan: &BuildTriggerView) -> Vec<(&'static str, bool)> {
    let all = [
        ("namespace", state.namespace != plan.namespace, plan.namespace.is_unknown()),
        ("repository", state.repository != plan.repository, plan.repository.is_unknown()),
        ("build_source", state.build_source != plan.build_source, plan.build_source.is_unknown()),
        ("dockerfile_path", state.dockerfile_path != plan.dockerfile_path, plan.dockerfile_path.is_unknown()),
        ("context", state.context != plan.context, plan.context.is_unknown()),
        ("tag_templates", state.tag_templates != plan.tag_templates, plan.tag_templates.is_unknown()),
        (
            "default_tag_from_ref",
            state.default_tag_from_ref != plan.default_tag_from_ref,
            plan.default_tag_from_ref.is_unknown(),
        ),
        (
            "latest_for_default_branch",
            state.latest_for_default_branch != plan.latest_for_default_branch,
            plan.latest_for_default_branch.is_unknown(),
        ),
        ("branch_tag_regex", state.branch_tag_regex != plan.branch_tag_regex, plan.branch_tag_regex.is_unknown()),
        ("pull_robot", state.pull_robot != plan.pull_robot, plan.pull_robot.is_unknown()),
    ];
    all.into_iter().filter(|(_, differs, _)| *differs).map(|(name, _, unknown)| (name, unknown)).collect()
}

/// The robot and the namespace of the repository, where both are known and the robot is of another one.
pub(super) fn strange_robot(plan: &BuildTriggerView) -> Option<(String, String)> {
    let (robot, namespace) = (plan.pull_robot.known()?, plan.namespace.known()?);
    let (of, _) = robot.split_once('+')?;
    (of != namespace).then(|| (robot.clone(), namespace.clone()))
}
