//! Data source `harbor_robots`.

use async_trait::async_trait;
use terraform_framework::{Context, DataSource, Model, Nested, Out, Result, check};

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
    #[arg(optional, check = names::project())]
    project: Option<String>,
    /// Only robots whose name contains this text.
    #[arg(optional, check = check::length(1, 255))]
    name_contains: Option<String>,
    /// The robots, by name.
    #[out]
    robots: Out<Vec<Listed>>,
}

/// A robot.
#[derive(Debug, Clone, Nested)]
pub struct Listed {
    /// Short name, without prefix and project.
    #[out]
    name: String,
    /// Name to log in with.
    #[out]
    full_name: String,
    /// Number of the robot.
    #[out]
    robot_id: i64,
    /// What the robot is for.
    #[out]
    description: String,
    /// Whether it is kept from logging in.
    #[out]
    disable: bool,
    /// When it expires (RFC 3339); null for never.
    #[out]
    expires_at: Option<String>,
    /// What it may do.
    #[out]
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
        Ok(Self { robots: Out::from(found), ..config })
    }
}
