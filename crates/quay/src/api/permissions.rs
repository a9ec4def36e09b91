//! Permissions of users, robots and teams in repositories.
//!
//! Observed: robots are users; `PUT` creates or changes; a permission that is not set is a 400 with a flat message, on `GET` and on
//! `DELETE`; the single read of a team's permission has the role alone; lists are objects by name, and empty for an unknown
//! repository; `PUT` in an unknown repository is a 500, and so is, at times, one of several at once. An organization is accepted as a
//! user.

use std::collections::BTreeMap;

use registry_http::{Collection, Endpoint, Listing, NotFound, Repetition, Seen};
use serde::Deserialize;
use serde_json::json;

use super::keys::Namespace;
use super::keys::RepositoryKey;
use super::namespaces::same_name;

/// Who has a permission.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Holder {
    /// A user's name, or a robot's full name.
    User(String),
    /// A team of the organization that the repository belongs to.
    Team(String),
}

impl Holder {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::User(name) | Self::Team(name) => name,
        }
    }

    /// True for robots.
    pub fn is_robot(&self) -> bool {
        matches!(self, Self::User(name) if name.contains('+'))
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::User(name) if name.contains('+') => write!(f, "robot {name}"),
            Self::User(name) => write!(f, "user {name}"),
            Self::Team(name) => write!(f, "team {name}"),
        }
    }
}

/// Names one permission.
#[derive(Debug, Clone)]
pub struct GrantKey {
    /// Whose the repository is; robots have other routes where it is the token's own user.
    pub namespace: Namespace,
    /// The repository's short name.
    pub repository: String,
    pub holder: Holder,
}

impl GrantKey {
    fn repository(&self) -> RepositoryKey {
        RepositoryKey { namespace: self.namespace.name.clone(), name: self.repository.clone() }
    }

    fn names(&self) -> [&str; 3] {
        [&self.namespace.name, &self.repository, self.holder.name()]
    }

    fn route(&self) -> &'static str {
        match self.holder {
            Holder::User(_) => "repository/{namespace}/{+repository}/permissions/user/{user}",
            Holder::Team(_) => "repository/{namespace}/{+repository}/permissions/team/{team}",
        }
    }

    /// As it stands in sentences.
    pub fn said(&self) -> String {
        format!("the permission of {} in repository {}/{}", self.holder, self.namespace.name, self.repository)
    }
}

/// A permission as both kinds of list show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Of the holder in a repository's list, of the repository in a holder's list.
    pub name: String,
    /// `read`, `write` or `admin`.
    pub role: String,
}

#[derive(Deserialize)]
struct RoleJson {
    /// Whose it is.
    #[serde(default)]
    name: Option<String>,
    role: String,
}

/// Whether an answer is about the holder of a permission.
fn is_of(key: &GrantKey) -> impl Fn(&RoleJson) -> bool + Send + Sync + 'static {
    let holder = key.holder.name().to_owned();
    move |json| json.name.as_ref().is_none_or(|name| same_name(name, &holder))
}

#[derive(Deserialize)]
struct HeldJson {
    repository: NameJson,
    role: String,
}

#[derive(Deserialize)]
struct NameJson {
    name: String,
}

const ADMIN: &str = "repo:admin";
const NOT_SET: NotFound = NotFound::message(400, "does not have permission");

/// The permissions of users (and robots), or those of teams, in one repository.
pub struct OfRepository;

impl OfRepository {
    /// The parent of the permissions of users and robots.
    pub fn users_of(repository: &RepositoryKey) -> String {
        format!("users of {}", repository.full_name())
    }

    /// The parent of the permissions of teams.
    pub fn teams_of(repository: &RepositoryKey) -> String {
        format!("teams of {}", repository.full_name())
    }
}

impl Collection for OfRepository {
    type Key = GrantKey;
    type Item = Grant;
    const NAME: &'static str = "permissions of a repository";
    // Which list saves most is decided by `crate::client::permission_lists` before this is asked.
    const SINGLES: u32 = 0;

    fn parent(key: &GrantKey) -> String {
        match key.holder {
            Holder::User(_) => Self::users_of(&key.repository()),
            Holder::Team(_) => Self::teams_of(&key.repository()),
        }
    }

    fn name(key: &GrantKey) -> String {
        key.holder.name().to_owned()
    }

    fn name_of(_: &str, grant: &Grant) -> Option<String> {
        Some(grant.name.clone())
    }

    fn single(key: &GrantKey) -> Endpoint<Grant> {
        get(key)
    }

    fn list(key: &GrantKey) -> Listing<Grant> {
        match key.holder {
            Holder::User(_) => users(&key.repository()),
            Holder::Team(_) => teams(&key.repository()),
        }
    }
}

/// What a user may do in a repository, by its own permission or those of its teams; the best is what counts.
pub fn transitive(repository: &RepositoryKey, user: &str) -> Endpoint<Vec<String>> {
    #[derive(Deserialize)]
    struct RoleJson {
        role: String,
    }
    let names = [&repository.namespace, &repository.name, user];
    let endpoint: Endpoint<Vec<RoleJson>> =
        Endpoint::get("repository/{namespace}/{+repository}/permissions/user/{user}/transitive", &names);
    endpoint
        .within("/permissions")
        .describe(format!("read what user {user} may do in repository {}", repository.full_name()))
        .requires_scope("repo:admin")
        .map(|roles| roles.into_iter().map(|role| role.role).collect())
}

/// The permissions of one robot or team in all repositories of its namespace.
pub struct OfHolder;

impl OfHolder {
    /// Whether such permissions can be listed: there is no list of a user's.
    pub fn has(holder: &Holder) -> bool {
        holder.is_robot() || matches!(holder, Holder::Team(_))
    }
}

impl Collection for OfHolder {
    type Key = GrantKey;
    type Item = Grant;
    const NAME: &'static str = "permissions of a robot or team";
    const SINGLES: u32 = 0;

    fn parent(key: &GrantKey) -> String {
        format!("{} of {}", key.holder, key.namespace.name)
    }

    fn name(key: &GrantKey) -> String {
        key.repository.clone()
    }

    fn name_of(_: &str, grant: &Grant) -> Option<String> {
        Some(grant.name.clone())
    }

    fn single(key: &GrantKey) -> Endpoint<Grant> {
        get(key)
    }

    fn list(key: &GrantKey) -> Listing<Grant> {
        let namespace = &key.namespace.name;
        let endpoint = match &key.holder {
            Holder::Team(team) => {
                Endpoint::get("organization/{organization}/team/{team}/permissions", &[namespace, team])
            }
            Holder::User(robot) => {
                let short = robot.split_once('+').map_or(robot.as_str(), |(_, short)| short);
                match key.namespace.own {
                    true => Endpoint::get("user/robots/{robot}/permissions", &[short]),
                    false => {
                        Endpoint::get("organization/{organization}/robots/{robot}/permissions", &[namespace, short])
                    }
                }
            }
        };
        let said = format!("list the permissions of {}", key.holder);
        let grant = |held: HeldJson| Grant { name: held.repository.name, role: held.role };
        let endpoint: Endpoint<Vec<HeldJson>> = endpoint.within("/permissions").describe(said);
        Listing::whole(endpoint.map(move |held| held.into_iter().map(grant).collect()))
    }
}

/// One permission.
pub fn get(key: &GrantKey) -> Endpoint<Grant> {
    let name = key.holder.name().to_owned();
    Endpoint::<RoleJson>::get(key.route(), &key.names())
        .describe(format!("read {}", key.said()))
        .not_found_when(NOT_SET)
        .requires_scope(ADMIN)
        .held_by(&key.namespace.name)
        .identified(is_of(key))
        .map(move |json| Grant { name: name.clone(), role: json.role })
}

/// The permissions of all users and robots in a repository; none of an unknown one.
pub fn users(repository: &RepositoryKey) -> Listing<Grant> {
    list("repository/{namespace}/{+repository}/permissions/user/", repository, "users")
}

/// The permissions of all teams in a repository; none of an unknown one.
pub fn teams(repository: &RepositoryKey) -> Listing<Grant> {
    list("repository/{namespace}/{+repository}/permissions/team/", repository, "teams")
}

fn list(route: &'static str, repository: &RepositoryKey, whose: &str) -> Listing<Grant> {
    let endpoint: Endpoint<BTreeMap<String, RoleJson>> =
        Endpoint::get(route, &[&repository.namespace, &repository.name]).within("/permissions");
    let endpoint = endpoint
        .describe(format!("list the permissions of {whose} in repository {}", repository.full_name()))
        .requires_scope(ADMIN)
        .held_by(&repository.namespace);
    let grants = |by_name: BTreeMap<String, RoleJson>| {
        by_name.into_iter().map(|(name, json)| Grant { name, role: json.role }).collect()
    };
    Listing::whole(endpoint.map(grants))
}

/// Gives a permission, or changes it.
pub fn put(key: &GrantKey, role: &str) -> Endpoint<()> {
    Endpoint::<RoleJson>::put(key.route(), &key.names())
        .describe(format!("set {} to {role}", key.said()))
        .json(&json!({ "role": role }))
        .requires_scope(ADMIN)
        .invalidates::<OfRepository>(OfRepository::parent(key))
        .invalidates::<OfHolder>(OfHolder::parent(key))
        .identified(is_of(key))
        .repetition(Repetition::IDEMPOTENT)
        .map(drop)
}

/// Gives a permission that was not there. When no answer comes at all, a look tells whether it was given.
pub fn put_new(key: &GrantKey, role: &str) -> Endpoint<()> {
    let wanted = role.to_owned();
    put(key, role).repetition(Repetition::confirmed(get(key), move |found| match found.role == wanted {
        true => Seen::Ours(()),
        false => Seen::other(format!("its role is {}", found.role)),
    }))
}

/// The same, trying again after a 500, which is one of a unique key in a repository that exists.
pub fn put_again(key: &GrantKey, role: &str) -> Endpoint<()> {
    put(key, role).repetition(Repetition::IDEMPOTENT_DESPITE_500)
}

/// Takes a permission away.
pub fn delete(key: &GrantKey) -> Endpoint<()> {
    Endpoint::delete(key.route(), &key.names())
        .describe(format!("remove {}", key.said()))
        .not_found_when(NOT_SET)
        .requires_scope(ADMIN)
        .held_by(&key.namespace.name)
        .invalidates::<OfRepository>(OfRepository::parent(key))
        .invalidates::<OfHolder>(OfHolder::parent(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use registry_http::Answer;

    fn key(holder: Holder) -> GrantKey {
        let namespace = Namespace { name: "acme".to_owned(), own: false };
        GrantKey { namespace, repository: "team/app".to_owned(), holder }
    }

    #[test]
    fn a_robot_is_a_user_of_a_nested_repository() {
        let robot = key(Holder::User("acme+ci".to_owned()));
        assert_eq!(get(&robot).path(), Ok("repository/acme/team/app/permissions/user/acme%2Bci"));
        assert_eq!(OfHolder::list(&robot).first().path(), Ok("organization/acme/robots/ci/permissions"));
        let own = GrantKey { namespace: Namespace { name: "acme".to_owned(), own: true }, ..robot };
        assert_eq!(OfHolder::list(&own).first().path(), Ok("user/robots/ci/permissions"));
    }

    #[test]
    fn both_lists_give_grants() {
        let team = key(Holder::Team("ops".to_owned()));
        let by_name = r#"{"permissions": {"ops": {"role": "read", "name": "ops", "avatar": {}}}}"#;
        let listed = OfRepository::list(&team).first().decode(&Answer::new(200, "application/json", by_name));
        assert_eq!(listed, Ok(vec![Grant { name: "ops".to_owned(), role: "read".to_owned() }]));
        let held = r#"{"permissions": [{"repository": {"name": "team/app", "is_public": false}, "role": "admin"}]}"#;
        let listed = OfHolder::list(&team).first().decode(&Answer::new(200, "application/json", held));
        assert_eq!(listed, Ok(vec![Grant { name: "team/app".to_owned(), role: "admin".to_owned() }]));
        let single = get(&team).decode(&Answer::new(200, "application/json", r#"{"role": "write"}"#));
        assert_eq!(single, Ok(Grant { name: "ops".to_owned(), role: "write".to_owned() }));
    }
}
