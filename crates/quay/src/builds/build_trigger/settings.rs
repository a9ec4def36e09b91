//! The settings of `quay_build_trigger` that nobody can change.

use terraform_framework::Report;

use super::BuildTriggerView;
use crate::logs::log_query::without_password;
use crate::policies::policy::flaw;

/// Refuses what is no regular expression, where a trigger is to be set up with it: Quay takes it for one that everything matches.
pub(super) fn refuse_flawed(plan: &BuildTriggerView, report: &mut Report) {
    if let Some(regex) = plan.branch_tag_regex.known()
        && let Some(flaw) = flaw(regex)
    {
        let detail = format!(
            "{regex:?}: {flaw}. Quay would take it all the same, and build every branch and tag. Once the trigger is set up, this cannot be changed."
        );
        report.error("branch_tag_regex", "Not a regular expression", detail);
    }
}

/// Warns of settings that Quay takes, and nobody can want.
pub(super) fn doubt(config: &BuildTriggerView, report: &mut Report) {
    if let Some(regex) = config.branch_tag_regex.known()
        && !may_match(regex)
    {
        let detail = format!(
            "{regex:?} matches neither `heads/BRANCH` nor `tags/TAG` as a whole, so that nothing would be built: `heads/main` is branch main. Once \
             the trigger is set up, this cannot be changed."
        );
        report.warn("branch_tag_regex", "No branch and no tag is built", detail);
    }
    if config.build_source.known().is_some_and(|source| without_password(source) != *source) {
        let detail = "The address of the source holds a login. It will be in the state in clear, and on Quay's pages for all who administer the \
                      repository. Leave the login out, and let `ssh_public_key` in at the source.";
        report.warn("build_source", "A login in the address of the source", detail);
    }
}

/// Whether a regular expression may match a branch or tag, as far as its beginning tells.
fn may_match(regex: &str) -> bool {
    let plain = regex.trim_start_matches('^');
    if plain.is_empty() {
        return false;
    }
    let end = plain.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_'))).unwrap_or(plain.len());
    // What may be left out is not what it begins with.
    let optional = matches!(plain[end..].chars().next(), Some('?' | '*' | '{'));
    let start = &plain[..end - usize::from(optional && end > 0)];
    regex.contains('|') || ["heads/", "tags/"].iter().any(|kind| kind.starts_with(start) || start.starts_with(kind))
}

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

#[cfg(test)]
mod tests {
    use super::may_match;

    #[test]
    fn what_can_match_no_branch_and_no_tag_is_told() {
        for right in [
            "heads/main",
            "^heads/.*$",
            "tags/v1",
            "(heads|tags)/main",
            ".*",
            "[ht].*",
            "hx?eads/main",
            "main|heads/main",
            "/?tags/.*",
        ] {
            assert!(may_match(right), "{right}");
        }
        for wrong in ["", "main", "^release-.*", "head/main", "refs/heads/main", "v1.*"] {
            assert!(!may_match(wrong), "{wrong}");
        }
    }
}
