//! `quay_repository_permissions`: all permissions in a repository, authoritatively.
//!
//! Endpoints: `repository/{repository}/permissions/...`; see [`crate::api::permissions`].

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use terraform_framework::value::Value;
use terraform_framework::{Context, Error, Found, List, Model, Report, Resource, Result, check};

use super::repository_permission::{OWNER, Put, put, refuse_foreign_robot, refuse_organization};
use crate::api::keys::RepositoryKey;
use crate::api::permissions::{self, GrantKey, Holder};
use crate::api::repositories;
use crate::client::Quay;
use crate::names;

/// Manages all permissions in a repository: whoever is not named here loses theirs, with the next apply after a refresh has seen them.
///
/// The permission of the token's own user, such as the one that Quay gives to the creator of a repository, is left as it is unless
/// `users` names it, and is never removed: not when it is taken out of `users`, and not when the resource is destroyed.
///
/// Creating it does not remove anything: where the repository has permissions that are not configured, or other roles, import it, and
/// the next plan shows what applying it changes. Destroying it removes the permissions that it lists.
///
/// A robot that is replaced loses its permission on the server. Where it has the same name afterwards, Terraform sees that only
/// in the next plan; to set the permission in the same apply, add
/// `lifecycle { replace_triggered_by = [quay_robot.ci.created] }` with the address of the robot.
///
/// Do not combine it with `quay_repository_permission` for one repository.
///
/// Scopes: `repo:admin`, and `user:read` to know whose the token is.
#[derive(Debug, Clone, Model)]
#[model(
    type = "quay_repository_permissions",
    id = "{namespace}/{repository*}",
    identity(namespace, repository),
    subcategory = "Permissions"
)]
pub struct RepositoryPermissions {
    /// Organization or user that owns the repository. A change replaces the resource.
    #[attribute(required, requires_replace, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace. A change replaces the resource.
    #[attribute(required, requires_replace, check = names::repository())]
    repository: String,
    /// Roles of users, by name: `read`, `write` or `admin`. Organizations are refused.
    #[attribute(optional, default = nobody(), check = check::each(check::one_of(names::ROLES)), check = names::roles_by(names::user()))]
    users: Roles,
    /// Roles of robot accounts, by full name such as `acme+ci`. They must belong to `namespace`.
    #[attribute(optional, default = nobody(), check = check::each(check::one_of(names::ROLES)), check = names::roles_by(names::robot_username()))]
    robots: Roles,
    /// Roles of the organization's teams, by name.
    #[attribute(optional, default = nobody(), check = check::each(check::one_of(names::ROLES)), check = names::roles_by(names::team()))]
    teams: Roles,
}

type Roles = BTreeMap<String, String>;

fn nobody() -> Value {
    Value::Map(BTreeMap::new())
}

#[async_trait]
impl Resource for RepositoryPermissions {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let own = cx.authenticated_user().await?;
        let there = plan.there(cx).await?;
        plan.refuse_others(&there, &own)?;
        let mut done = Self { users: Roles::new(), robots: Roles::new(), teams: Roles::new(), ..plan.clone() };
        for (holder, role) in plan.by_holder() {
            if there.get(&holder) != Some(&role) {
                let new = !there.contains_key(&holder);
                plan.put(cx, &holder, &role, if new { permissions::put_new } else { permissions::put }).await?;
            }
            done.roles_of(&holder).insert(holder.name().to_owned(), role);
            cx.save(&done);
        }
        Ok(plan)
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let own = cx.authenticated_user().await?;
        let there = match state.list(cx).await {
            Err(error) if error.is_not_found() => return Ok(None),
            there => there?,
        };
        // The lists of an unknown repository are empty too.
        if there.is_empty() && cx.find(repositories::get(&state.key())).await?.is_none() {
            return Ok(None);
        }
        let mut read = Self { users: Roles::new(), robots: Roles::new(), teams: Roles::new(), ..state.clone() };
        for (holder, role) in there {
            if !state.leaves_out(&holder, &own) {
                read.roles_of(&holder).insert(holder.name().to_owned(), role);
            }
        }
        Ok(Some(read))
    }

    async fn update(cx: &mut Context<Quay>, state: Self, plan: Self) -> Result<Self> {
        let own = cx.authenticated_user().await?;
        // Compared with what is there, not with the state: a robot or team that was replaced has lost its permission meanwhile.
        let there = plan.there(cx).await?;
        let mut wanted: Vec<_> = plan.by_holder().into_iter().filter(|(h, role)| there.get(h) != Some(role)).collect();
        // Whoever lowers the own role can do nothing more afterwards.
        wanted.sort_by_key(|(holder, _)| *holder == Holder::User(own.clone()));
        let lowered = wanted.pop_if(|(holder, _)| *holder == Holder::User(own.clone()));
        for (holder, role) in &wanted {
            plan.put(cx, holder, role, permissions::put).await?;
        }
        let kept: BTreeSet<Holder> = plan.by_holder().into_iter().map(|(holder, _)| holder).collect();
        for (holder, _) in state.by_holder() {
            if !kept.contains(&holder) {
                state.remove(cx, holder, &own).await?;
            }
        }
        if let Some((holder, role)) = lowered {
            plan.put(cx, &holder, &role, permissions::put).await?;
        }
        Ok(plan)
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        let own = cx.authenticated_user().await?;
        for (holder, _) in state.by_holder() {
            state.remove(cx, holder, &own).await?;
        }
        Ok(())
    }

    fn validate(config: &RepositoryPermissionsView, report: &mut Report) {
        let Some(namespace) = config.namespace.known() else { return };
        for robot in config.robots.known().into_iter().flat_map(BTreeMap::keys) {
            refuse_foreign_robot(namespace, robot).unwrap_or_else(|why| report.error("robots", "Foreign robot", why));
        }
        if config.users.known().is_some_and(|users| users.contains_key(namespace)) {
            report.error("users", "Owner of the repository", OWNER);
        }
    }
}

impl RepositoryPermissions {
    fn key(&self) -> RepositoryKey {
        RepositoryKey { namespace: self.namespace.clone(), name: self.repository.clone() }
    }

    fn by_holder(&self) -> Vec<(Holder, String)> {
        let users =
            self.users.iter().chain(&self.robots).map(|(name, role)| (Holder::User(name.clone()), role.clone()));
        let teams = self.teams.iter().map(|(name, role)| (Holder::Team(name.clone()), role.clone()));
        users.chain(teams).collect()
    }

    fn roles_of(&mut self, holder: &Holder) -> &mut Roles {
        match holder {
            Holder::Team(_) => &mut self.teams,
            Holder::User(_) if holder.is_robot() => &mut self.robots,
            Holder::User(_) => &mut self.users,
        }
    }

    /// The token's own user, unless it is named, and the owner, who is above permissions.
    fn leaves_out(&self, holder: &Holder, own: &str) -> bool {
        let Holder::User(name) = holder else { return false };
        *name == self.namespace || (name == own && !self.users.contains_key(name))
    }

    /// What is set, as the server says at this moment.
    async fn list(&self, cx: &Quay) -> registry_http::Result<BTreeMap<Holder, String>> {
        let (users, teams) =
            futures::try_join!(cx.list(permissions::users(&self.key())), cx.list(permissions::teams(&self.key())))?;
        let users = users.into_iter().map(|grant| (Holder::User(grant.name), grant.role));
        Ok(users.chain(teams.into_iter().map(|grant| (Holder::Team(grant.name), grant.role))).collect())
    }

    async fn there(&self, cx: &Quay) -> Result<BTreeMap<Holder, String>> {
        Ok(self.list(cx).await?)
    }

    async fn put(&self, cx: &Quay, holder: &Holder, role: &str, how: Put) -> Result<()> {
        if let Holder::User(name) = holder
            && !holder.is_robot()
        {
            refuse_organization(cx, name).await.map_err(|e| e.at("users"))?;
        }
        put(cx, &self.grant(cx, holder.clone()).await?, role, how).await
    }

    async fn remove(&self, cx: &Quay, holder: Holder, own: &str) -> Result<()> {
        if holder == Holder::User(own.to_owned()) {
            return Ok(());
        }
        cx.delete(permissions::delete(&self.grant(cx, holder).await?)).await?;
        Ok(())
    }

    async fn grant(&self, cx: &Quay, holder: Holder) -> Result<GrantKey> {
        let namespace = cx.namespace(&self.namespace).await?;
        Ok(GrantKey { namespace, repository: self.repository.clone(), holder })
    }

    /// Creating takes nothing over and removes nothing.
    fn refuse_others(&self, there: &BTreeMap<Holder, String>, own: &str) -> Result<()> {
        let wanted: BTreeMap<Holder, String> = self.by_holder().into_iter().collect();
        let is_own = |holder: &Holder| *holder == Holder::User(own.to_owned());
        let others: Vec<String> = there
            .iter()
            .filter(|(holder, role)| {
                !self.leaves_out(holder, own) && !is_own(holder) && wanted.get(holder) != Some(role)
            })
            .map(|(holder, role)| format!("{role} for {holder}"))
            .collect();
        if others.is_empty() {
            return Ok(());
        }
        let name = self.key().full_name();
        let detail = format!(
            "It already has permissions that are not configured: {}. Nothing was changed. Import the resource, so that the next plan \
             shows what applying it removes or changes:\n\n  terraform import quay_repository_permissions.NAME '{name}'\n\nwith the \
             resource's own address in place of quay_repository_permissions.NAME; or configure them.",
            others.join(", ")
        );
        Err(Error::new(format!("Repository {name} has other permissions"), detail))
    }
}

#[async_trait]
impl List for RepositoryPermissions {
    type Query = RepositoryPermissionsQuery;

    async fn list(cx: &mut Context<Quay>, query: RepositoryPermissionsQuery, found: &mut Found<Self>) -> Result<()> {
        let repositories = cx.list(repositories::list(&query.namespace)).await?;
        if repositories.is_empty() {
            cx.ensure_namespace(&query.namespace).await?;
            return cx.refuse_anonymous(&query.namespace).await;
        }
        for json in repositories {
            let (users, robots, teams) = (Roles::new(), Roles::new(), Roles::new());
            let mut all = Self { namespace: json.namespace, repository: json.name, users, robots, teams };
            if found.wants_objects() {
                // One that is deleted meanwhile is left out.
                let Some(read) = Self::read(cx, all).await? else { continue };
                all = read;
            }
            if !found.push(&all).await {
                break;
            }
        }
        Ok(())
    }
}

/// Finds the repositories of a namespace, each with all its permissions. Use this or the list of `quay_repository_permission`, not
/// both.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_repository_permissions")]
pub struct RepositoryPermissionsQuery {
    /// Organization or user.
    #[attribute(required, check = names::namespace())]
    namespace: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permissions(users: &[(&str, &str)]) -> RepositoryPermissions {
        let users = users.iter().map(|(name, role)| ((*name).to_owned(), (*role).to_owned())).collect();
        let (namespace, repository) = ("acme".to_owned(), "app".to_owned());
        RepositoryPermissions { namespace, repository, users, robots: Roles::new(), teams: Roles::new() }
    }

    fn there(users: &[(&str, &str)]) -> BTreeMap<Holder, String> {
        permissions(users).by_holder().into_iter().collect()
    }

    #[test]
    fn creating_accepts_what_is_configured_and_the_tokens_own() {
        let plan = permissions(&[("bob", "read")]);
        assert_eq!(plan.refuse_others(&there(&[("bob", "read"), ("me", "admin")]), "me"), Ok(()));
        for other in [("bob", "write"), ("eve", "read")] {
            assert!(plan.refuse_others(&there(&[other]), "me").is_err_and(|e| e.detail().contains(other.0)));
        }
    }

    #[test]
    fn the_tokens_own_user_counts_only_when_named() {
        let me = Holder::User("me".to_owned());
        assert!(permissions(&[]).leaves_out(&me, "me"));
        assert!(!permissions(&[("me", "admin")]).leaves_out(&me, "me"));
        assert!(!permissions(&[]).leaves_out(&me, "another"));
    }
}
