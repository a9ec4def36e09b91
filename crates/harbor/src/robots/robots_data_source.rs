//! Data source `harbor_robots`.

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Model, Nested, Result, check};

use super::permissions::Permissions;
use super::robot::{lookup, moment};
use crate::api::robots::{self, Place, RobotJson};
use crate::client::Harbor;
use crate::names;

/// Lists the robot accounts of the system, or of a project.
///
/// Permissions: `robot:list`, and for the robots of a project also `project:read` of it.
#[derive(Debug, Clone, Model)]
#[model(type = "harbor_robots")]
pub struct RobotsData {
    /// Name of the project; left out, the robots of the system are listed.
    #[attribute(optional, check = names::project())]
    project: Option<String>,
    /// Only robots whose name contains this text.
    #[attribute(optional, check = check::length(1, 255))]
    name_contains: Option<String>,
    /// The robots, by name.
    #[computed]
    robots: Computed<Vec<Listed>>,
}

/// A robot.
#[derive(Debug, Clone, Nested)]
pub struct Listed {
    /// Short name, without prefix and project.
    #[computed]
    name: String,
    /// Name to log in with.
    #[computed]
    full_name: String,
    /// Number of the robot.
    #[computed]
    robot_id: i64,
    /// What the robot is for.
    #[computed]
    description: String,
    /// Whether it is kept from logging in.
    #[computed]
    disable: bool,
    /// When it expires (RFC 3339); null for never.
    #[computed]
    expires_at: Option<String>,
    /// What it may do.
    #[computed]
    permissions: Permissions,
}

impl Listed {
    fn of(json: RobotJson, name: String) -> Self {
        Self {
            name,
            robot_id: json.id,
            disable: json.disable,
            expires_at: moment(json.expires_at),
            permissions: Permissions::of_json(&json.permissions, &Permissions::default()),
            full_name: json.name,
            description: json.description,
        }
    }
}

#[async_trait]
impl DataSource for RobotsData {
    type Client = Harbor;

    async fn read(cx: &mut Context<Harbor>, config: Self) -> Result<Self> {
        let place: Place = lookup::place(cx, config.project.as_deref()).await?;
        let mut found = Vec::new();
        for json in cx.list(robots::list(place)).await? {
            let name = lookup::short_name(cx, &json).await?;
            if config.name_contains.as_ref().is_none_or(|part| name.contains(part)) {
                found.push(Listed::of(json, name));
            }
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self { robots: Computed::from(found), ..config })
    }
}
