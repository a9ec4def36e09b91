//! Action `quay_regenerate_robot_token`.

use async_trait::async_trait;
use terraform_framework::{Action, Context, Model, Progress, Result};

use super::robot::key_of;
use crate::api::robots;
use crate::client::Quay;
use crate::names;

/// Gives a robot account a new token. The old one stops working at once.
///
/// A `quay_robot` with `store_token = true` has the new token after its next refresh, but its `token_version` stays as it is: where
/// other resources shall follow a new token, change `rotation` of the `quay_robot` instead.
///
/// Scopes: `org:admin`, or `user:admin` for robots of the token's own user.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_regenerate_robot_token")]
pub struct RegenerateRobotToken {
    /// Full name of the robot, such as `acme+ci`.
    #[attribute(required, check = names::robot_username())]
    username: String,
}

#[async_trait]
impl Action for RegenerateRobotToken {
    type Client = Quay;

    async fn invoke(cx: &mut Context<Quay>, config: Self, progress: &Progress) -> Result<()> {
        let key = key_of(cx, &config.username).await?;
        cx.send(robots::regenerate(&key)).await?;
        progress.say(format!("Robot {} has a new token; the old one no longer works.", config.username)).await;
        Ok(())
    }
}
