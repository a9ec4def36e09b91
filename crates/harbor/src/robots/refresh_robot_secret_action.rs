//! Action `harbor_refresh_robot_secret`: another secret for a robot, at once.

use async_trait::async_trait;
use terraform_framework::{Action, Context, Error, Model, Progress, Result, Secret};

use super::robot::lookup;
use crate::api::robots;
use crate::client::Harbor;
use crate::names;

/// Gives a robot account another secret; the old one ends at once.
///
/// With `secret` it is the one that you choose; an action's configuration is not stored. Without, Harbor generates one that nobody gets to
/// know: that locks out whoever uses the robot. To get a new generated secret, change `rotation` of the `harbor_robot`.
///
/// It needs the administrator of the system or project. No robot account can do this to robots of the system; to those of projects, one of the
/// system that has `project:update` on all projects (`*`) can.
#[derive(Debug, Clone, Model)]
#[model(type = "harbor_refresh_robot_secret")]
pub struct RefreshRobotSecret {
    /// Short name of the robot, without prefix and project.
    #[attribute(required, check = names::robot())]
    name: String,
    /// Name of the project; left out, it is a robot of the system.
    #[attribute(optional, check = names::project())]
    project: Option<String>,
    /// The new secret: 8 to 128 characters with a lower-case letter, an upper-case letter and a digit.
    #[attribute(optional, check = names::secret())]
    secret: Option<Secret>,
}

#[async_trait]
impl Action for RefreshRobotSecret {
    type Client = Harbor;

    async fn invoke(cx: &mut Context<Harbor>, config: Self, progress: &Progress) -> Result<()> {
        let place = lookup::place(cx, config.project.as_deref()).await?;
        let name = cx.robot_name(config.project.as_deref(), &config.name).await?;
        let Some(robot) = cx.find(robots::find(place, &name)).await? else {
            let summary = format!("Robot {} does not exist", name.stored());
            return Err(Error::new(summary, "The server knows no such robot.").at("name"));
        };
        cx.send(robots::set_secret(place, robot.id, &robot.name, config.secret.as_ref())).await?;
        let whose = if config.secret.is_some() { "the chosen secret" } else { "a generated secret that nobody knows" };
        progress.say(format!("Robot {} now has {whose}; its old one has ended.", robot.name)).await;
        Ok(())
    }
}
