//! Who may do what: a user's rights, cut to the scopes of the token.

use super::records::{Repository, Role, TeamRole};
use super::state::State;

/// All scopes that there are.
pub(super) const SCOPES: &[&str] =
    &["repo:read", "repo:write", "repo:admin", "repo:create", "user:read", "user:admin", "org:admin", "super:user"];

/// Who sends a request.
#[derive(Default)]
pub(super) struct Caller {
    /// The token's user; nobody without a good token.
    pub(super) user: Option<String>,
    scopes: Vec<String>,
}

impl Caller {
    /// Whom a token stands for. A bad or expired one, and one of a user who is gone or disabled, stands for nobody, and
    /// says nothing about it.
    pub(super) fn of(state: &State, token: Option<&str>) -> Self {
        match token.and_then(|token| state.tokens.get(token)) {
            Some(token) if !token.expired && state.users.get(&token.user).is_some_and(|user| user.enabled) => {
                Self { user: Some(token.user.clone()), scopes: token.scopes.clone() }
            }
            _ => Self::of_application(state, token).unwrap_or_default(),
        }
    }

    /// The same of a token that an OAuth application was given.
    fn of_application(state: &State, token: Option<&str>) -> Option<Self> {
        let applications = state.organizations.values().flat_map(|organization| &organization.applications);
        let mut tokens = applications.flat_map(|application| &application.api_tokens);
        let found = tokens.find(|known| Some(known.token.as_str()) == token && known.is_valid())?;
        let user = state.users.get(&found.created_by).filter(|user| user.enabled).map(|_| found.created_by.clone())?;
        Some(Self { user: Some(user), scopes: found.scope.split(' ').map(str::to_owned).collect() })
    }

    /// Somebody, a user or a robot, with all of their own rights.
    pub(super) fn in_person(name: &str) -> Self {
        let scopes = SCOPES.iter().map(|scope| (*scope).to_owned()).collect();
        Self { user: Some(name.to_owned()), scopes }
    }

    /// The user's name, empty for nobody.
    pub(super) fn name(&self) -> &str {
        self.user.as_deref().unwrap_or_default()
    }

    /// Whether the token has a scope.
    pub(super) fn has(&self, scope: &str) -> bool {
        self.scopes.iter().any(|had| had == scope)
    }
}

/// Answers what a caller may do.
#[derive(Clone, Copy)]
pub(super) struct Access<'a> {
    state: &'a State,
    caller: &'a Caller,
}

impl<'a> Access<'a> {
    /// What `caller` may do in `state`.
    pub(super) fn new(state: &'a State, caller: &'a Caller) -> Self {
        Self { state, caller }
    }

    /// A superuser's token with `super:user`.
    pub(super) fn superuser(self) -> bool {
        let listed = self.state.feature("FEATURE_SUPER_USERS")
            && self.state.setting("SUPER_USERS").as_array().is_some_and(|names| {
                names.iter().any(|name| name.as_str().is_some() && name.as_str() == self.caller.user.as_deref())
            });
        listed && self.caller.has("super:user")
    }

    /// A superuser where superusers may do everything.
    pub(super) fn full(self) -> bool {
        self.state.feature("FEATURE_SUPERUSERS_FULL_ACCESS") && self.superuser()
    }

    /// `user:admin`: the token may act for its user's own account.
    pub(super) fn user_admin(self) -> bool {
        self.caller.has("user:admin")
    }

    /// Owns the organization.
    pub(super) fn org_admin(self, namespace: &str) -> bool {
        self.full() || self.org_role(namespace) == Some(TeamRole::Admin)
    }

    /// Belongs to the organization.
    pub(super) fn org_member(self, namespace: &str) -> bool {
        self.full() || self.org_role(namespace).is_some()
    }

    /// May create repositories.
    pub(super) fn creator(self, namespace: &str) -> bool {
        self.full() || self.org_role(namespace) >= Some(TeamRole::Creator)
    }

    /// May see a team's members.
    pub(super) fn team_viewer(self, organization: &str, team: &str) -> bool {
        self.org_admin(organization) || (self.org_role(organization).is_some() && self.in_team(organization, team))
    }

    /// May pull.
    pub(super) fn repo_read(self, namespace: &str, name: &str) -> bool {
        let public = self.repository(namespace, name).is_some_and(|repository| repository.is_public);
        public || self.full() || self.repo_role(namespace, name).is_some()
    }

    /// May pull, as a registry sees it: a superuser needs a role like everybody.
    pub(super) fn repo_pull(self, namespace: &str, name: &str) -> bool {
        let public = self.repository(namespace, name).is_some_and(|repository| repository.is_public);
        public || self.repo_role(namespace, name).is_some()
    }

    /// May have repositories made by pushing to them: so too.
    pub(super) fn creates(self, namespace: &str) -> bool {
        self.org_role(namespace) >= Some(TeamRole::Creator)
    }

    /// May push.
    pub(super) fn repo_write(self, namespace: &str, name: &str) -> bool {
        self.full() || self.repo_role(namespace, name) >= Some(Role::Write)
    }

    /// May do everything with the repository.
    pub(super) fn repo_admin(self, namespace: &str, name: &str) -> bool {
        self.full() || self.repo_role(namespace, name) == Some(Role::Admin)
    }

    /// The caller has an explicit or inherited role, whatever the scopes are: what lists go by.
    pub(super) fn listed(self, namespace: &str, name: &str) -> bool {
        self.real_repo_role(namespace, name).is_some()
    }

    /// Lists show everything of a namespace to those who may do everything.
    pub(super) fn full_list(self, namespace: &str) -> bool {
        self.full() && self.state.namespace(namespace).is_some()
    }

    /// The role in an organization, as far as the scopes go. `repo:create` makes nobody more than a creator.
    fn org_role(self, namespace: &str) -> Option<TeamRole> {
        let most = match () {
            () if self.caller.has("org:admin") => TeamRole::Admin,
            () if self.caller.has("repo:create") => TeamRole::Creator,
            () => return None,
        };
        self.real_org_role(namespace).map(|role| role.min(most))
    }

    fn real_org_role(self, namespace: &str) -> Option<TeamRole> {
        let user = self.caller.user.as_deref()?;
        if user == namespace {
            return Some(TeamRole::Admin);
        }
        user_role(self.state, namespace, user)
    }

    /// Whether a team is shown as one that the caller may see. Here the scopes of the token do not matter.
    pub(super) fn sees_team(self, organization: &str, team: &str) -> bool {
        self.org_admin(organization)
            || self.real_org_role(organization) == Some(TeamRole::Admin)
            || self.in_team(organization, team)
    }

    fn in_team(self, organization: &str, team: &str) -> bool {
        let team = self.state.organizations.get(organization).and_then(|found| found.teams.get(team));
        team.is_some_and(|team| team.members.iter().any(|member| member == self.caller.name()))
    }

    fn repo_role(self, namespace: &str, name: &str) -> Option<Role> {
        let most = match () {
            () if self.caller.has("repo:admin") => Role::Admin,
            () if self.caller.has("repo:write") => Role::Write,
            () if self.caller.has("repo:read") => Role::Read,
            () => return None,
        };
        self.real_repo_role(namespace, name).map(|role| role.min(most))
    }

    fn real_repo_role(self, namespace: &str, name: &str) -> Option<Role> {
        let user = self.caller.user.as_deref()?;
        if self.real_org_role(namespace) == Some(TeamRole::Admin) {
            return Some(Role::Admin);
        }
        transitive_roles(self.state, namespace, self.repository(namespace, name)?, user).into_iter().max()
    }

    fn repository(self, namespace: &str, name: &str) -> Option<&'a Repository> {
        self.state.repositories.get(&format!("{namespace}/{name}"))
    }
}

/// The best role that a user's teams have in an organization.
pub(super) fn user_role(state: &State, organization: &str, user: &str) -> Option<TeamRole> {
    let teams = state.organizations.get(organization)?.teams.values();
    teams.filter(|team| team.members.iter().any(|member| member == user)).map(|team| team.role).max()
}

/// A user's own role in a repository and those of the user's teams.
pub(super) fn transitive_roles(state: &State, namespace: &str, repository: &Repository, user: &str) -> Vec<Role> {
    let teams = state.organizations.get(namespace).map(|organization| &organization.teams);
    let through_teams = repository.teams.iter().filter(|(name, _)| {
        let team = teams.and_then(|teams| teams.get(*name));
        team.is_some_and(|team| team.members.iter().any(|member| member == user))
    });
    repository.users.get(user).into_iter().chain(through_teams.map(|(_, role)| role)).copied().collect()
}
