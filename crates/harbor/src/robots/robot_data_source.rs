//! Data source `harbor_robot`.

use async_trait::async_trait;
use terraform_framework::{Computed, Context, DataSource, Error, Model, Result};

use super::permissions::Permissions;
use super::robot::{date, lookup, moment};
use crate::api::robots;
use crate::client::Harbor;
use crate::names;

/// Reads a robot account, of the system or of a project. Its secret cannot be read.
///
/// Permissions: `robot:list`, and for a robot of a project also `project:read` of it.
#[derive(Debug, Clone, Model)]
#[model(type = "harbor_robot")]
pub struct RobotData {
    /// Short name, without prefix and project.
    #[attribute(required, check = names::robot())]
    name: String,
    /// Name of the project; left out, a robot of the system is read.
    #[attribute(optional, check = names::project())]
    project: Option<String>,
    /// Name to log in with.
    #[computed]
    full_name: Computed<String>,
    /// Number of the robot.
    #[computed]
    robot_id: Computed<i64>,
    /// `system` or `project`.
    #[computed]
    level: Computed<String>,
    /// What the robot is for.
    #[computed]
    description: Computed<String>,
    /// How many days the robot lives, counted from its creation; -1 for ever.
    #[computed]
    duration: Computed<i64>,
    /// Whether it is kept from logging in.
    #[computed]
    disable: Computed<bool>,
    /// When it expires (RFC 3339); null for never.
    #[computed]
    expires_at: Computed<Option<String>>,
    /// When it was made (RFC 3339).
    #[computed]
    creation_time: Computed<String>,
    /// What it may do.
    #[computed]
    permissions: Computed<Permissions>,
}

#[async_trait]
impl DataSource for RobotData {
    type Client = Harbor;

    async fn read(cx: &mut Context<Harbor>, config: Self) -> Result<Self> {
        let place = lookup::place(cx, config.project.as_deref()).await?;
        let name = cx.robot_name(config.project.as_deref(), &config.name).await?;
        let Some(found) = cx.find(robots::find(place, &name)).await? else {
            let summary = format!("Robot {} does not exist", name.stored());
            return Err(Error::new(summary, "The server knows no such robot.").at("name"));
        };
        Ok(Self {
            robot_id: Computed::from(found.id),
            duration: Computed::from(found.duration.unwrap_or(-1)),
            disable: Computed::from(found.disable),
            expires_at: Computed::from(moment(found.expires_at)),
            creation_time: Computed::from(date(&found.creation_time)),
            permissions: Computed::from(Permissions::of_json(&found.permissions, &Permissions::default())),
            full_name: Computed::from(found.name),
            level: Computed::from(found.level),
            description: Computed::from(found.description),
            ..config
        })
    }
}
