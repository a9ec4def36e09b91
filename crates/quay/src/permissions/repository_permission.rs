//! `quay_repository_permission`: one user's, robot's or team's permission in a repository.
//!
//! Endpoints: `repository/{repository}/permissions/...`; see [`crate::api::permissions`].

use async_trait::async_trait;
use registry_service::exists_already;
use terraform_framework::{Context, Error, Found, List, Model, Report, Resource, Result, check};

use crate::api::keys::RepositoryKey;
use crate::api::permissions::{self, Grant, GrantKey, Holder};
use crate::client::Quay;
use crate::names;

/// Manages the permission of one user, robot account or team in a repository.
///
/// A permission that is set already is not taken over: import it. The exception is the `admin` permission that Quay gives to the
/// token's own user in every repository that it creates: this resource takes it over. Destroying it may leave the token without rights
/// on the repository.
///
/// Do not combine it with `quay_repository_permissions` for one repository. A robot that fills a mirror gets `write` from Quay: leave its permission to
/// the `quay_repository_mirror`, whose page says how it can be managed all the same.
///
/// Scope: `repo:admin`.
#[derive(Debug, Clone, Model)]
#[model(
    type = "quay_repository_permission",
    id = "{namespace}/{repository*}/user/{user}",
    id = "{namespace}/{repository*}/robot/{robot}",
    id = "{namespace}/{repository*}/team/{team}",
    identity(namespace, repository, user, robot, team),
    exactly_one_of(user, robot, team),
    subcategory = "Permissions"
)]
pub struct RepositoryPermission {
    /// Organization or user that owns the repository. A change replaces the permission.
    #[attribute(required, requires_replace, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace. A change replaces the permission.
    #[attribute(required, requires_replace, check = names::repository())]
    repository: String,
    /// Name of the user who has the permission. An organization is refused. A change replaces the permission.
    #[attribute(optional, requires_replace, check = names::user())]
    user: Option<String>,
    /// Full name of the robot account that has the permission, such as `acme+ci`: best the `username` of a `quay_robot`. It must belong
    /// to `namespace`. A change replaces the permission.
    #[attribute(optional, requires_replace, check = names::robot_username())]
    robot: Option<String>,
    /// Name of the organization's team that has the permission. A change replaces the permission.
    #[attribute(optional, requires_replace, check = names::team())]
    team: Option<String>,
    /// What it allows: `read` is pulling, `write` is pulling and pushing, `admin` is also changing and deleting the repository.
    #[attribute(required, check = check::one_of(names::ROLES))]
    role: String,
}

#[async_trait]
impl Resource for RepositoryPermission {
    type Client = Quay;

    async fn create(cx: &mut Context<Quay>, plan: Self) -> Result<Self> {
        let key = plan.key(cx).await?;
        if let Some(user) = &plan.user {
            refuse_organization(cx, user).await.map_err(|e| e.at("user"))?;
        }
        // Between the look and the request nobody else here may give the same.
        let lock = cx.lock(&key.said());
        let _alone = lock.lock().await;
        if let Some(found) = cx.find(permissions::get(&key)).await?
            && !is_creators(cx, &key.holder, &found).await?
        {
            let what = format!("permission of {} in repository {}/{}", key.holder, plan.namespace, plan.repository);
            let id = format!("{}/{}/{}", plan.namespace, plan.repository, plan.suffix());
            return Err(exists_already("quay_repository_permission", &what, &id));
        }
        put(cx, &key, &plan.role, permissions::put_new).await?;
        Ok(plan)
    }

    async fn read(cx: &mut Context<Quay>, state: Self) -> Result<Option<Self>> {
        let key = state.key(cx).await?;
        let found = cx.grant(&key).await?;
        Ok(found.map(|grant| Self { role: grant.role, ..state }))
    }

    async fn update(cx: &mut Context<Quay>, _: Self, plan: Self) -> Result<Self> {
        put(cx, &plan.key(cx).await?, &plan.role, permissions::put).await?;
        Ok(plan)
    }

    async fn delete(cx: &mut Context<Quay>, state: Self) -> Result<()> {
        let key = state.key(cx).await?;
        cx.delete(permissions::delete(&key)).await?;
        Ok(())
    }

    fn validate(config: &RepositoryPermissionView, report: &mut Report) {
        let Some(namespace) = config.namespace.known() else { return };
        if let Some(robot) = config.robot.known() {
            refuse_foreign_robot(namespace, robot).unwrap_or_else(|why| report.error("robot", "Foreign robot", why));
        }
        if config.user.known() == Some(namespace) {
            report.error("user", "Owner of the repository", OWNER);
        }
    }
}

/// The owner is above permissions.
pub(super) const OWNER: &str =
    "The owner of a repository always may do everything with it; Quay takes no permission for the owner.";

/// Only robots of the repository's namespace can have permissions in it.
pub(super) fn refuse_foreign_robot(namespace: &str, robot: &str) -> std::result::Result<(), String> {
    match robot.split_once('+') {
        Some((of, _)) if of != namespace => Err(format!(
            "Robot {robot:?} belongs to {of:?}, and the repository to {namespace:?}: Quay gives permissions in a repository only to \
             robots of its own namespace."
        )),
        _ => Ok(()),
    }
}

/// Quay takes an organization's name for a user's, and then shows a permission that nobody has.
pub(super) async fn refuse_organization(cx: &Quay, user: &str) -> Result<()> {
    if cx.is_user(user).await? {
        return Ok(());
    }
    let detail = format!(
        "There is no user named {user:?} on the server. An organization cannot have a permission; give it to a team of the \
         repository's own organization, or to the users themselves."
    );
    Err(Error::new("Unknown user", detail))
}

/// [`permissions::put`], or [`permissions::put_new`] for a permission that is known not to be there.
pub(super) type Put = fn(&GrantKey, &str) -> registry_http::Endpoint<()>;

/// Sets a permission. Quay fails with a 500 where the repository does not exist, and at times where several are set at once: only the
/// latter is tried again.
pub(super) async fn put(cx: &Quay, key: &GrantKey, role: &str, how: Put) -> Result<()> {
    match cx.send(how(key, role)).await {
        Err(error) if error.status() == Some(500) => {}
        done => return Ok(done?),
    }
    let repository = RepositoryKey { namespace: key.namespace.name.clone(), name: key.repository.clone() };
    cx.ensure_repository(&repository).await?;
    Ok(cx.send(permissions::put_again(key, role)).await?)
}

/// The permission that Quay gives to whoever creates a repository.
async fn is_creators(cx: &Quay, holder: &Holder, found: &Grant) -> Result<bool> {
    let Holder::User(name) = holder else { return Ok(false) };
    Ok(found.role == "admin" && cx.user().await? == Some(name.as_str()))
}

impl RepositoryPermission {
    fn holder(&self) -> Holder {
        match (&self.user, &self.robot, &self.team) {
            (Some(name), _, _) | (_, Some(name), _) => Holder::User(name.clone()),
            (_, _, team) => Holder::Team(team.clone().unwrap_or_default()),
        }
    }

    /// The end of its id.
    fn suffix(&self) -> String {
        let kinds = [("user", &self.user), ("robot", &self.robot), ("team", &self.team)];
        kinds.iter().find_map(|(kind, name)| Some(format!("{kind}/{}", name.as_ref()?))).unwrap_or_default()
    }

    async fn key(&self, cx: &Quay) -> Result<GrantKey> {
        let namespace = cx.namespace(&self.namespace).await?;
        Ok(GrantKey { namespace, repository: self.repository.clone(), holder: self.holder() })
    }
}

#[async_trait]
impl List for RepositoryPermission {
    type Query = RepositoryPermissionQuery;

    async fn list(cx: &mut Context<Quay>, query: RepositoryPermissionQuery, found: &mut Found<Self>) -> Result<()> {
        let RepositoryPermissionQuery { namespace, repository } = query;
        let key = RepositoryKey { namespace: namespace.clone(), name: repository.clone() };
        let mut holders: Vec<(Holder, String)> = Vec::new();
        holders.extend(cx.list(permissions::users(&key)).await?.into_iter().map(|g| (Holder::User(g.name), g.role)));
        holders.extend(cx.list(permissions::teams(&key)).await?.into_iter().map(|g| (Holder::Team(g.name), g.role)));
        if holders.is_empty() {
            cx.ensure_repository(&key).await?;
        }
        holders.sort();
        for (holder, role) in holders {
            let named = |is: bool| is.then(|| holder.name().to_owned());
            let is_team = matches!(holder, Holder::Team(_));
            let permission = Self {
                namespace: namespace.clone(),
                repository: repository.clone(),
                user: named(!is_team && !holder.is_robot()),
                robot: named(holder.is_robot()),
                team: named(is_team),
                role,
            };
            if !found.push(&permission).await {
                break;
            }
        }
        Ok(())
    }
}

/// Finds the permissions in a repository.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_repository_permission")]
pub struct RepositoryPermissionQuery {
    /// Organization or user that owns the repository.
    #[attribute(required, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace.
    #[attribute(required, check = names::repository())]
    repository: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn robots_of_other_namespaces_are_refused() {
        assert_eq!(refuse_foreign_robot("acme", "acme+ci"), Ok(()));
        assert!(refuse_foreign_robot("acme", "other+ci").is_err_and(|why| why.contains("\"other\"")));
    }
}
