//! Data source `quay_robot_permissions`.

use async_trait::async_trait;
use registry_http::Collection;
use terraform_framework::{Computed, Context, DataSource, Model, Nested, Result};

use super::robot::key_of;
use super::robot_federation::no_robot;
use crate::api::permissions::{GrantKey, Holder, OfHolder};
use crate::api::robots;
use crate::client::Quay;
use crate::names;

/// Reads in which repositories a robot account has a permission of its own. What it may do as a member of teams is not among them.
///
/// Scopes: `org:admin`, or `user:admin` for robots of the token's own user.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_robot_permissions", subcategory = "Robots")]
pub struct RobotPermissionsData {
    /// Full name of the robot, such as `acme+ci`.
    #[attribute(required, check = names::robot_username())]
    username: String,
    /// Its permissions, by repository.
    #[computed]
    permissions: Computed<Vec<HeldPermission>>,
}

/// A permission that a robot or a team has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Nested)]
pub struct HeldPermission {
    /// Short name of the repository.
    #[computed]
    repository: String,
    /// `read`, `write` or `admin`.
    #[computed]
    role: String,
}

#[async_trait]
impl DataSource for RobotPermissionsData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let robot = key_of(cx, &config.username).await?;
        if cx.find(robots::get(&robot)).await?.is_none() {
            return Err(no_robot(&config.username).at("username"));
        }
        let holder = Holder::User(config.username.clone());
        let held = held(cx, GrantKey { namespace: robot.namespace, repository: String::new(), holder }).await?;
        Ok(Self { permissions: Computed::from(held), ..config })
    }
}

/// All permissions of a robot or a team; the key's repository does not matter.
pub(crate) async fn held(cx: &Context<Quay>, key: GrantKey) -> Result<Vec<HeldPermission>> {
    let found = cx.list(OfHolder::list(&key)).await?;
    let mut held: Vec<_> =
        found.into_iter().map(|grant| HeldPermission { repository: grant.name, role: grant.role }).collect();
    held.sort();
    Ok(held)
}
