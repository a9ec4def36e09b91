//! All that the simulated Quay holds. It serializes as a whole, so that tests can read and change everything.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::names::Like;
use super::records::{
    DroppedFile, LogEntry, Message, Namespace, Organization, Repository, Robot, ServiceKey, Token, User,
};
use crate::quay::records::{AppToken, AssignedAuthorization};

/// The server's whole state.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Settings by the names that Quay's `config.yaml` has for them.
    pub config: Map<String, Value>,
    /// The release that it behaves as, such as `3.18`.
    pub release: String,
    /// After so many requests the name of a deleted namespace is free again; null keeps it until garbage is collected
    /// by hand.
    pub collect_garbage_after: Option<u64>,
    /// Requests so far.
    pub requests: u64,
    /// The last number given to an object; numbers tell the order of creation and of change.
    pub last_number: u64,
    /// The last ids of quotas and of quota limits, which clients see.
    pub last_quota: u64,
    /// See [`last_quota`](Self::last_quota).
    pub last_quota_limit: u64,
    /// Tokens by their text.
    pub tokens: BTreeMap<String, Token>,
    /// Users by name.
    pub users: BTreeMap<String, User>,
    /// Organizations by name.
    pub organizations: BTreeMap<String, Organization>,
    /// Robots by full name: `namespace+name`.
    pub robots: BTreeMap<String, Robot>,
    /// Repositories by full name: `namespace/name`.
    pub repositories: BTreeMap<String, Repository>,
    /// Users' app tokens, the oldest first.
    #[serde(default)]
    pub app_tokens: Vec<AppToken>,
    /// Applications that users were asked to let in.
    #[serde(default)]
    pub assigned_authorizations: Vec<AssignedAuthorization>,
    /// Issuers of identity tokens that the server cannot reach.
    #[serde(default)]
    pub unreachable_issuers: Vec<String>,
    /// Groups of the directory; null: whatever is asked for is there.
    #[serde(default)]
    pub directory_groups: Option<Vec<String>>,
    /// Users of the directory, where the server has one.
    #[serde(default)]
    pub directory_users: Vec<String>,
    /// What was done, the oldest first.
    #[serde(default)]
    pub logs: Vec<LogEntry>,
    /// What time it is for the logs (RFC 3339); null for the time that it is.
    #[serde(default)]
    pub clock: Option<String>,
    /// Names of deleted namespaces, which are not free yet, with the number of the request that deleted them.
    pub reserved_names: BTreeMap<String, u64>,
    /// Robots of mirrors whose repositories were deleted and are not wholly gone yet, with the number of the request that deleted them.
    #[serde(default)]
    pub robots_of_deleted_mirrors: BTreeMap<String, u64>,
    /// What `superuser/registrysize/` shows.
    pub registry_size_queued: bool,
    /// Notices to everybody, in the order in which they were made.
    #[serde(default)]
    pub messages: Vec<Message>,
    /// Keys of services by key id.
    #[serde(default)]
    pub service_keys: BTreeMap<String, ServiceKey>,
    /// What tokens of the registry are signed with.
    #[serde(default)]
    pub registry_key: String,
    /// How often the server was asked to end; it goes on all the same.
    #[serde(default)]
    pub shutdowns: u64,
    /// The phases that a new build goes through, one each time that somebody looks at it. Without any it waits for ever.
    #[serde(default)]
    pub builder: Vec<String>,
    /// Files that were announced for builds, by id.
    #[serde(default)]
    pub files: BTreeMap<String, DroppedFile>,
    /// Where the storage takes files itself, as `http://host:port`; null: they go through Quay.
    #[serde(default)]
    pub storage: Option<String>,
}

impl State {
    /// Another number, larger than all before.
    pub fn number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// Whether a feature is on. Features that the configuration does not name are off.
    pub fn feature(&self, name: &str) -> bool {
        self.config.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    /// Whether the server keeps its users itself, and does not take them from elsewhere.
    pub fn keeps_users(&self) -> bool {
        self.setting("AUTHENTICATION_TYPE") == "Database"
    }

    /// A setting.
    pub fn setting(&self, name: &str) -> &Value {
        self.config.get(name).unwrap_or(&Value::Null)
    }

    /// A user or an organization.
    pub fn namespace(&self, name: &str) -> Option<&Namespace> {
        let organization = self.organizations.get(name).map(|organization| &organization.namespace);
        organization.or_else(|| self.users.get(name).map(|user| &user.namespace))
    }

    /// Whether there is a user or an organization of this name that nobody has switched off.
    pub fn is_enabled(&self, name: &str) -> bool {
        self.organizations.get(name).is_some_and(|organization| !organization.disabled)
            || self.users.get(name).is_some_and(|user| user.enabled)
    }

    /// A user or an organization, to be changed.
    pub fn namespace_mut(&mut self, name: &str) -> Option<&mut Namespace> {
        match self.organizations.get_mut(name) {
            Some(organization) => Some(&mut organization.namespace),
            None => self.users.get_mut(name).map(|user| &mut user.namespace),
        }
    }

    /// Names and repositories of a namespace, in the order of creation.
    pub fn repositories_of<'a>(&'a self, namespace: &'a str) -> Vec<(&'a str, &'a Repository)> {
        let mut found: Vec<(&str, &Repository)> = self
            .repositories
            .iter()
            .filter_map(|(full, repository)| Some((full.strip_prefix(namespace)?.strip_prefix('/')?, repository)))
            .collect();
        found.sort_by_key(|(_, repository)| repository.number);
        found
    }

    /// Removes a namespace with all that belongs to it; its name stays reserved. One that is switched off stays as it is.
    pub fn remove_namespace(&mut self, name: &str) {
        if !self.is_enabled(name) {
            return;
        }
        self.organizations.remove(name);
        self.users.remove(name);
        let (robots, repositories) = (format!("{name}+"), format!("{name}/"));
        self.robots.retain(|full, _| !full.starts_with(&robots));
        self.repositories.retain(|full, _| !full.starts_with(&repositories));
        self.tokens.retain(|_, token| token.user != name);
        self.app_tokens.retain(|token| token.user != name);
        self.assigned_authorizations.retain(|assigned| assigned.user != name);
        self.forget(|member| member == name || member.starts_with(&robots));
        self.reserved_names.insert(name.to_owned(), self.requests);
    }

    /// Takes permissions and memberships from users and robots.
    pub fn forget(&mut self, gone: impl Fn(&str) -> bool) {
        for repository in self.repositories.values_mut() {
            repository.users.retain(|user, _| !gone(user));
            repository.stars.retain(|user| !gone(user));
        }
        for team in self.organizations.values_mut().flat_map(|organization| organization.teams.values_mut()) {
            team.members.retain(|member| !gone(member));
            team.invites.retain(|invite| !invite.user.as_deref().is_some_and(&gone));
        }
        for organization in self.organizations.values_mut() {
            let gone = |name: &Option<String>| name.as_deref().is_some_and(&gone);
            organization.prototypes.retain(|_, prototype| !gone(&prototype.user) && !gone(&prototype.activating_user));
        }
    }

    /// Robots that follow when a namespace gets another name, with their new names. They are found by pattern, so that
    /// those of another namespace may come along.
    pub(super) fn robots_to_rename(&self, from: &str, to: &str) -> BTreeMap<String, String> {
        let pattern = Like::new(&format!("{from}+%"));
        let found = self.robots.keys().filter(|name| pattern.matches(name));
        found.filter_map(|name| Some((name.clone(), format!("{to}+{}", name.split_once('+')?.1)))).collect()
    }

    /// Gives an organization or a user another name; repositories, these robots, tokens, and all that refers to them follow.
    pub(super) fn rename_namespace(&mut self, from: &str, to: &str, robots: &BTreeMap<String, String>) {
        let moved = |name: String| match robots.get(&name) {
            Some(new) => new.clone(),
            None if name == from => to.to_owned(),
            None => name,
        };
        let repository = |name: String| match name.strip_prefix(from).and_then(|rest| rest.strip_prefix('/')) {
            Some(short) => format!("{to}/{short}"),
            None => name,
        };
        rename_keys(&mut self.organizations, moved);
        rename_keys(&mut self.users, moved);
        self.tokens.values_mut().for_each(|token| token.user = moved(std::mem::take(&mut token.user)));
        self.app_tokens.iter_mut().for_each(|token| token.user = moved(std::mem::take(&mut token.user)));
        rename_keys(&mut self.robots, moved);
        rename_keys(&mut self.repositories, repository);
        for repository in self.repositories.values_mut() {
            rename_keys(&mut repository.users, moved);
            repository.stars = std::mem::take(&mut repository.stars).into_iter().map(moved).collect();
        }
        for team in self.organizations.values_mut().flat_map(|organization| organization.teams.values_mut()) {
            team.members.iter_mut().for_each(|member| *member = moved(std::mem::take(member)));
        }
        for prototype in self.organizations.values_mut().flat_map(|organization| organization.prototypes.values_mut()) {
            prototype.user = prototype.user.take().map(moved);
            prototype.activating_user = prototype.activating_user.take().map(moved);
        }
        for mirror in self.organizations.values_mut().filter_map(|organization| organization.mirror.as_mut()) {
            mirror.robot_username = moved(std::mem::take(&mut mirror.robot_username));
        }
    }

    /// Frees names whose time has come, or all.
    pub fn collect_garbage(&mut self, all: bool) {
        let (now, after) = (self.requests, self.collect_garbage_after);
        let stays = |deleted: &u64| !all && after.is_none_or(|after| now < deleted.saturating_add(after));
        self.reserved_names.retain(|_, deleted| stays(deleted));
        self.robots_of_deleted_mirrors.retain(|_, deleted| stays(deleted));
    }
}

fn rename_keys<T>(map: &mut BTreeMap<String, T>, new: impl Fn(String) -> String) {
    *map = std::mem::take(map).into_iter().map(|(name, value)| (new(name), value)).collect();
}

/// The state, as all that answers requests shares it. Requests are handled one after the other.
#[derive(Clone)]
pub(super) struct SharedState(Arc<Mutex<State>>);

impl SharedState {
    /// Shares a state.
    pub(super) fn new(state: State) -> Self {
        Self(Arc::new(Mutex::new(state)))
    }

    /// The state, for one at a time.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
