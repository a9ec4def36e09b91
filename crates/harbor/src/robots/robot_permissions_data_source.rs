//! Data source `harbor_robot_permissions`: what robots can be granted.

use std::collections::BTreeSet;

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Model, Nested, Result};

use crate::client::Harbor;

/// Tells what this Harbor lets robots be granted: as the server says, or, where the credentials may not ask (a robot's may not), as is known
/// of its release.
#[derive(Debug, Clone, Model)]
#[model(type = "harbor_robot_permissions")]
pub struct RobotPermissions {
    /// The server's release, such as `2.15.2`; empty when it has another form.
    #[computed]
    version: Computed<String>,
    /// What permissions of the kind `system` can hold; null when that is not known, or nothing is checked (before Harbor 2.10).
    #[computed]
    system: Computed<Option<BTreeSet<Pair>>>,
    /// What permissions of the kind `project` can hold; null when that is not known, or nothing is checked (before Harbor 2.10).
    #[computed]
    project: Computed<Option<BTreeSet<Pair>>>,
}

/// A permission.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Nested)]
pub struct Pair {
    /// Such as `repository`.
    #[computed]
    resource: String,
    /// Such as `push`.
    #[computed]
    action: String,
}

#[async_trait]
impl DataSource for RobotPermissions {
    type Client = Harbor;

    async fn read(cx: &mut Context<Harbor>, _: Self) -> Result<Self> {
        let version = cx.version().await?.map(ToString::to_string).unwrap_or_default();
        let accepted = cx.accepted().await?;
        let pairs = |known: &Option<BTreeSet<(String, String)>>| {
            let pair =
                |(resource, action): &(String, String)| Pair { resource: resource.clone(), action: action.clone() };
            Computed::from(known.as_ref().map(|pairs| pairs.iter().map(pair).collect::<BTreeSet<_>>()))
        };
        Ok(Self {
            version: Computed::from(version),
            system: pairs(&accepted.system),
            project: pairs(&accepted.project),
        })
    }
}
