//! Data source `quay_team_permissions`.

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Model, Result};

use super::{team, team_member};
use crate::api::keys::Namespace;
use crate::api::permissions::{GrantKey, Holder};
use crate::api::teams::TeamKey;
use crate::client::Quay;
use crate::names;
use crate::robots::robot_permissions_data_source::{HeldPermission, held};

/// Reads in which repositories a team has a permission.
///
/// Scope: `org:admin`.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_team_permissions", subcategory = "Teams")]
pub struct TeamPermissionsData {
    /// Organization that the team belongs to.
    #[attribute(required, check = names::namespace())]
    organization: String,
    /// Name of the team.
    #[attribute(required, check = names::team())]
    team: String,
    /// Its permissions, by repository.
    #[computed]
    permissions: Computed<Vec<HeldPermission>>,
}

#[async_trait]
impl DataSource for TeamPermissionsData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let key = TeamKey { organization: config.organization.clone(), team: config.team.clone() };
        if !team_member::team_exists(cx, &key).await? {
            return Err(team::no_team(&key).at("team"));
        }
        let namespace = Namespace { name: key.organization, own: false };
        let holder = Holder::Team(key.team);
        let held = held(cx, GrantKey { namespace, repository: String::new(), holder }).await?;
        Ok(Self { permissions: Computed::from(held), ..config })
    }
}
