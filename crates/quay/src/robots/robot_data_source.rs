//! Data source `quay_robot`.

use async_trait::async_trait;
use registry_service::{dates, docker};
use serde_json::json;
use terraform_framework::{Computed, Context, DataSource, Json, Model, Result, Secret};

use super::robot::token_of;
use crate::api::robots::{self, RobotKey};
use crate::client::Quay;
use crate::names;

/// Reads a robot account.
///
/// Scopes: `org:admin`, or `user:admin` for robots of the token's own user.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_robot")]
pub struct RobotData {
    /// Organization that owns the robot, or the token's own user.
    #[attribute(required, check = names::namespace())]
    namespace: String,
    /// Short name, the part behind the `+`.
    #[attribute(required, check = names::robot())]
    name: String,
    /// Reads the token too, and so stores it in the state. The default is false. The ephemeral resource `quay_robot_token` gives the
    /// token without storing it.
    #[attribute(optional)]
    include_token: Option<bool>,
    /// Name to log in with: `namespace+name`.
    #[computed]
    username: Computed<String>,
    /// What the robot is for.
    #[computed]
    description: Computed<String>,
    /// JSON object that is kept with the robot.
    #[computed]
    unstructured_metadata: Computed<Json>,
    /// When the robot was made (RFC 3339).
    #[computed]
    created: Computed<String>,
    /// When it was last used (RFC 3339); null before its first use.
    #[computed]
    last_accessed: Computed<Option<String>>,
    /// Password to log in with; null unless `include_token` is true.
    #[computed(sensitive)]
    token: Computed<Option<Secret>>,
    /// Content of a Docker `config.json` with the robot's login; null unless `include_token` is true.
    #[computed(sensitive)]
    docker_config_json: Computed<Option<Secret>>,
}

#[async_trait]
impl DataSource for RobotData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let key = RobotKey { namespace: cx.namespace(&config.namespace).await?, name: config.name.clone() };
        let found = cx.send(robots::get(&key)).await?;
        let token = match config.include_token == Some(true) {
            true => Some(token_of(&found)?),
            false => None,
        };
        let login = token.as_ref().map(|t| docker::config_json(&docker::host(cx.url()), &found.name, t));
        let date = |text: String| dates::rfc3339(&text).unwrap_or(text);
        Ok(Self {
            username: Computed::from(found.name),
            description: Computed::from(found.description.unwrap_or_default()),
            unstructured_metadata: Computed::from(Json::from(
                &found.unstructured_metadata.unwrap_or_else(|| json!({})),
            )),
            created: Computed::from(date(found.created.unwrap_or_default())),
            last_accessed: Computed::from(found.last_accessed.map(date)),
            token: Computed::from(token),
            docker_config_json: Computed::from(login),
            ..config
        })
    }
}
