//! Ephemeral resource `quay_robot_token`: a robot's login that is stored nowhere.

use async_trait::async_trait;
use registry_service::docker;
use terraform_framework::{Computed, Context, Ephemeral, Model, Opened, Result, Secret};

use super::robot::{key_of, token_of};
use crate::api::robots;
use crate::client::Quay;
use crate::names;

/// Gives a robot account's token without storing it in state or plan.
///
/// Use the `username` of a `quay_robot` here: while the robot is still to be made, Terraform then waits with reading the token.
///
/// Scopes: `org:admin`, or `user:admin` for robots of the token's own user.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_robot_token")]
pub struct RobotToken {
    /// Full name of the robot, such as `acme+ci`.
    #[attribute(required, check = names::robot_username())]
    username: String,
    /// Password to log in with.
    #[computed(sensitive)]
    token: Computed<Secret>,
    /// Content of a Docker `config.json` with the robot's login, also for a Kubernetes secret of type `kubernetes.io/dockerconfigjson`.
    #[computed(sensitive)]
    docker_config_json: Computed<Secret>,
}

#[async_trait]
impl Ephemeral for RobotToken {
    type Client = Quay;
    type Private = ();

    async fn open(cx: &mut Context<Quay>, config: Self) -> Result<Opened<Self>> {
        let found = cx.send(robots::get(&key_of(cx, &config.username).await?)).await?;
        let token = token_of(&found)?;
        let login = docker::config_json(&docker::host(cx.url()), &found.name, &token);
        let result = Self { token: Computed::from(token), docker_config_json: Computed::from(login), ..config };
        Ok(Opened { result, private: (), renew_at: None })
    }
}
