//! What a caller may do.

use super::call::Call;
use super::caller::Caller;
use super::failure::Failure;
use super::project_ref::ProjectRef;
use super::records::{Project, Robot, Rule};

/// The scope of what concerns the whole system.
pub(super) const SYSTEM_SCOPE: &str = "/system";
/// The scope of what concerns every project.
pub(super) const ALL_PROJECTS_SCOPE: &str = "/project/*";

/// What a role may do in a project, as `resource:action`; of the resources that are simulated.
fn granted_by_role(role: i64) -> &'static [&'static str] {
    match role {
        1 => &[
            "project:read",
            "project:update",
            "project:delete",
            "label:create",
            "label:read",
            "label:update",
            "label:delete",
            "label:list",
            "member:create",
            "member:read",
            "member:update",
            "member:delete",
            "member:list",
            "metadata:create",
            "metadata:read",
            "metadata:update",
            "metadata:delete",
            "quota:read",
            "repository:read",
            "repository:update",
            "repository:delete",
            "repository:list",
            "robot:create",
            "robot:read",
            "robot:update",
            "robot:delete",
            "robot:list",
            "tag-retention:create",
            "tag-retention:read",
            "tag-retention:update",
            "tag-retention:delete",
            "tag-retention:list",
        ],
        4 => &[
            "project:read",
            "label:create",
            "label:read",
            "label:update",
            "label:delete",
            "label:list",
            "member:read",
            "member:list",
            "metadata:read",
            "quota:read",
            "repository:read",
            "repository:update",
            "repository:delete",
            "repository:list",
            "robot:read",
            "robot:list",
            "tag-retention:create",
            "tag-retention:read",
            "tag-retention:update",
            "tag-retention:delete",
            "tag-retention:list",
        ],
        2 => &[
            "project:read",
            "label:read",
            "label:list",
            "member:read",
            "member:list",
            "quota:read",
            "repository:read",
            "repository:update",
            "repository:list",
            "robot:read",
            "robot:list",
            "tag-retention:create",
            "tag-retention:read",
            "tag-retention:update",
            "tag-retention:delete",
            "tag-retention:list",
        ],
        3 => &[
            "project:read",
            "label:read",
            "label:list",
            "member:read",
            "member:list",
            "quota:read",
            "repository:read",
            "repository:list",
            "robot:read",
            "robot:list",
        ],
        5 => &["project:read", "quota:read", "repository:read", "repository:list"],
        _ => &[],
    }
}

/// What anybody may do in a public project.
const GRANTED_TO_ALL: &[&str] = &["project:read", "repository:list"];

/// Whether rules allow an action, of which those count whose resource is meant: one that denies beats all that allow.
fn rules_allow<'r>(rules: impl Iterator<Item = &'r Rule>, is_meant: impl Fn(&Rule) -> bool, action: &str) -> bool {
    let mut allowed = false;
    for rule in rules.filter(|rule| is_meant(rule) && (rule.action == action || rule.action == "*")) {
        if rule.effect == "deny" {
            return false;
        }
        allowed = true;
    }
    allowed
}

/// Whether a robot may do something in a project.
fn robot_may(robot: &Robot, project_id: i64, project: &Project, resource: &str, action: &str) -> bool {
    let scope = format!("/project/{project_id}");
    let is_everywhere = |rule: &Rule| rule.scope == ALL_PROJECTS_SCOPE && robot.project_id == 0;
    let here = |rule: &&Rule| rule.scope == scope || is_everywhere(rule);
    // On all projects, `project` stands for everything below a project too, action by action. (Observed on 2.15.2.)
    let is_meant = |rule: &Rule| {
        rule.resource == resource || rule.resource == "*" || (rule.resource == "project" && is_everywhere(rule))
    };
    let concerned = robot.permissions.iter().any(|rule| rule.scope != SYSTEM_SCOPE);
    rules_allow(robot.permissions.iter().filter(here), is_meant, action)
        || (concerned && project.is_public() && GRANTED_TO_ALL.contains(&format!("{resource}:{action}").as_str()))
}

impl Call<'_> {
    /// The robot that calls.
    pub(super) fn robot(&self) -> Option<(i64, &Robot)> {
        let Caller::Robot(id) = self.caller else { return None };
        self.state.robots.get(id).map(|robot| (id, robot))
    }

    /// Whether the caller is a user who administers the system.
    pub(super) fn is_system_admin(&self) -> bool {
        matches!(self.caller, Caller::User(id) if self.state.users.get(id).is_some_and(|user| user.sysadmin))
    }

    /// The caller's name, as the answers to refused requests show it.
    pub(super) fn caller_name(&self) -> String {
        match self.caller {
            Caller::Anonymous => String::new(),
            Caller::User(id) => self.state.users.get(id).map(|user| user.username.clone()).unwrap_or_default(),
            Caller::Robot(id) => self.state.robots.get(id).map(|robot| self.state.full_name(robot)).unwrap_or_default(),
        }
    }

    /// The roles of the calling user in a project.
    pub(super) fn roles(&self, project_id: i64) -> Vec<i64> {
        let Caller::User(caller) = self.caller else { return Vec::new() };
        let members = self.state.members.iter().map(|(_, member)| member);
        members
            .filter(|member| member.project_id == project_id && member.user_id == caller)
            .map(|member| member.role_id)
            .collect()
    }

    /// # Errors
    /// 401 for an anonymous caller.
    pub(super) fn require_known(&self) -> Result<(), Failure> {
        if self.caller == Caller::Anonymous { Err(Failure::unauthorized()) } else { Ok(()) }
    }

    /// Whether the caller may do something to the whole system.
    pub(super) fn may_in_system(&self, resource: &str, action: &str) -> bool {
        let system_rules = |robot: &Robot| {
            let rules = robot.permissions.iter().filter(|rule| rule.scope == SYSTEM_SCOPE);
            let is_meant = |rule: &Rule| rule.resource == resource || rule.resource == "*";
            robot.project_id == 0 && rules_allow(rules, is_meant, action)
        };
        self.is_system_admin() || self.robot().is_some_and(|(_, robot)| system_rules(robot))
    }

    /// # Errors
    /// 401 for an anonymous caller, 403 with the caller's name for one who may not.
    pub(super) fn require_system(&self, resource: &str, action: &str) -> Result<(), Failure> {
        self.require_known()?;
        if self.may_in_system(resource, action) { Ok(()) } else { Err(Failure::forbidden_saying(self.caller_name())) }
    }

    /// Whether the caller may do something in a project that exists.
    pub(super) fn may_in_project(&self, project_id: i64, resource: &str, action: &str) -> bool {
        if self.is_system_admin() {
            return true;
        }
        let Some(project) = self.state.projects.get(project_id).filter(|project| !project.deleted) else {
            return false;
        };
        if let Some((_, robot)) = self.robot() {
            return robot_may(robot, project_id, project, resource, action);
        }
        let wanted = format!("{resource}:{action}");
        (project.is_public() && GRANTED_TO_ALL.contains(&wanted.as_str()))
            || self.roles(project_id).iter().any(|role| granted_by_role(*role).contains(&wanted.as_str()))
    }

    /// Checks access to a project before it is known to exist: one that does not exist is refused to all but the
    /// system's administrators, who are then told 404 by whoever looks for it.
    ///
    /// # Errors
    /// 401 for an anonymous caller, 403 for one who may not, 400 for a name with a blank.
    pub(super) fn require_project(&self, reference: &ProjectRef, resource: &str, action: &str) -> Result<(), Failure> {
        let project_id = match (reference, self.state.find_project(reference)) {
            (_, Ok((id, _))) => id,
            (ProjectRef::Id(id), Err(_)) => *id,
            (ProjectRef::Name(_), Err(failure)) if failure.status == 404 => 0,
            (ProjectRef::Name(_), Err(failure)) => return Err(failure),
        };
        if self.may_in_project(project_id, resource, action) {
            return Ok(());
        }
        self.require_known()?;
        Err(Failure::forbidden())
    }
}
