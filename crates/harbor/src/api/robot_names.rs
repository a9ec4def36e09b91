//! What robots are called, and which of Harbor's robots a name means.

use std::sync::Arc;

use super::robots::{PROJECT, RobotJson, SYSTEM};

/// What a robot is called. Harbor stores the name without a prefix (`ci`, `proj+ci`) and shows it with one, which is any text that the
/// server's settings hold (`robot$` by default).
#[derive(Debug, Clone)]
pub struct RobotName {
    /// Of its project; `None` for a robot of the system.
    pub project: Option<String>,
    /// Without prefix and project.
    pub short: String,
    /// `None` for callers who may not read the settings.
    pub prefix: Option<String>,
    /// Whom the provider logs in as: if that is a robot, its name has the same prefix.
    pub caller: Arc<str>,
}

impl RobotName {
    /// As Harbor stores it: `ci`, `proj+ci`.
    pub fn stored(&self) -> String {
        match &self.project {
            Some(project) => format!("{project}+{}", self.short),
            None => self.short.clone(),
        }
    }

    /// Whether Harbor may show it as this full name. Where the prefix is not known, any text before the stored name can be one; but no
    /// robot of a project is one of the system.
    pub fn may_be(&self, full_name: &str) -> bool {
        let Some(before) = full_name.strip_suffix(&self.stored()) else { return false };
        match &self.prefix {
            Some(prefix) => before == prefix,
            None => self.project.is_some() || !before.contains('+'),
        }
    }

    /// Whether Harbor shows it as this full name and shows no other robot so: the prefix is known, or what stands before the stored name is
    /// plainly one. (Of `my-ci` nothing tells whether it is `ci` behind the prefix `my-`.)
    pub fn is_certain(&self, full_name: &str) -> bool {
        let before = full_name.strip_suffix(&self.stored()).unwrap_or(full_name);
        let is_plain = before.is_empty() || before.ends_with('$') || self.caller.starts_with(before);
        self.may_be(full_name) && (self.prefix.is_some() || is_plain)
    }

    /// Whether it is the name of this robot. A robot of a project may do things there only, so that its permissions tell which it is; only
    /// administrators, who see the prefix, and robots of the system see robots of the system.
    pub fn is_of(&self, robot: &RobotJson) -> bool {
        let tells = |project: &String| {
            let here = robot.permissions.iter().all(|block| block.namespace == *project);
            here && !robot.permissions.is_empty() && self.may_be(&robot.name)
        };
        let level = if self.project.is_some() { PROJECT } else { SYSTEM };
        robot.level == level && (self.project.as_ref().is_some_and(tells) || self.is_certain(&robot.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(project: Option<&str>, prefix: Option<&str>, caller: &str) -> RobotName {
        let text = |text: &str| text.to_owned();
        RobotName {
            project: project.map(text),
            short: "ci".to_owned(),
            prefix: prefix.map(text),
            caller: caller.into(),
        }
    }

    #[test]
    fn a_name_ends_with_what_is_stored_and_begins_with_the_prefix() {
        let known = name(None, Some("bot-"), "admin");
        assert!(known.is_certain("bot-ci"));
        for other in ["robot$ci", "bot-my-ci", "bot-acme+ci", "ci", "bot-cd"] {
            assert!(!known.may_be(other) && !known.is_certain(other), "{other}");
        }
        let unknown = name(None, None, "bot-caller");
        assert!(unknown.is_certain("bot-ci") && unknown.is_certain("robot$ci") && unknown.is_certain("ci"));
        assert!(unknown.may_be("bot-my-ci") && !unknown.is_certain("bot-my-ci"));
        assert!(!unknown.may_be("robot$acme+ci") && !unknown.may_be("bot-cd"));
        let of_project = name(Some("acme"), None, "alice");
        assert!(of_project.is_certain("robot$acme+ci"));
        assert!(of_project.may_be("bot-acme+ci") && !of_project.is_certain("bot-acme+ci"));
        assert!(!of_project.may_be("robot$acme+cd") && !of_project.may_be("robot$ci"));
    }
}
