//! Data source `quay_effective_permission`.
//!
//! Endpoint: `repository/{repository}/permissions/user/{user}/transitive`; see [`crate::api::permissions`].

use std::collections::BTreeSet;

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Model, Result};

use crate::api::keys::RepositoryKey;
use crate::api::permissions;
use crate::client::Quay;
use crate::names;

/// Reads what a user may do in a repository, by a permission of its own and by those of its teams together.
///
/// Scope: `repo:admin`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_effective_permission", subcategory = "Permissions")]
pub struct EffectivePermissionData {
    /// Organization or user that owns the repository.
    #[attribute(required, check = names::namespace())]
    namespace: String,
    /// Name of the repository within the namespace.
    #[attribute(required, check = names::repository())]
    repository: String,
    /// Name of the user, or full name of a robot account.
    #[attribute(required, check = names::user_or_robot())]
    user: String,
    /// The best of the roles: `read`, `write` or `admin`; null where the user has none, or is unknown.
    #[computed]
    role: Computed<Option<String>>,
    /// All roles that lead to it.
    #[computed]
    roles: Computed<BTreeSet<String>>,
}

#[async_trait]
impl DataSource for EffectivePermissionData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let key = RepositoryKey { namespace: config.namespace.clone(), name: config.repository.clone() };
        // Quay answers 404 for a user without a role, and for a repository that is not there.
        let roles = cx.find(permissions::transitive(&key, &config.user)).await?.unwrap_or_default();
        if roles.is_empty() {
            cx.ensure_repository(&key).await?;
        }
        let best = best(&roles);
        Ok(Self {
            role: Computed::from(best),
            roles: Computed::from(roles.into_iter().collect::<BTreeSet<_>>()),
            ..config
        })
    }
}

fn best(roles: &[String]) -> Option<String> {
    names::ROLES.iter().rev().find(|role| roles.iter().any(|r| r == **role)).map(|role| (*role).to_owned())
}

#[cfg(test)]
mod tests {
    use super::best;

    #[test]
    fn the_best_role_counts() {
        let of = |roles: &[&str]| best(&roles.iter().map(|r| (*r).to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&["read", "admin", "write"]).as_deref(), Some("admin"));
        assert_eq!(of(&["read", "write"]).as_deref(), Some("write"));
        assert_eq!(of(&[]), None);
    }
}
