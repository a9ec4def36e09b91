//! Data source `quay_robots`.

use async_trait::async_trait;
use registry_http::Collection;
use registry_service::dates;
use terraform_framework::{Computed, Context, DataSource, Model, Nested, Result};

use crate::api::robots::{self, Robots};
use crate::client::Quay;
use crate::names;

/// Reads the robot accounts of an organization, or of the token's own user, without their tokens.
///
/// Scopes: `org:admin`, or `user:admin` for robots of the token's own user.
#[derive(Debug, Clone, Model)]
#[model(type = "quay_robots")]
pub struct RobotsData {
    /// Organization that owns the robots, or the token's own user.
    #[attribute(required, check = names::namespace())]
    namespace: String,
    /// The robots, by name.
    #[computed]
    robots: Computed<Vec<RobotItem>>,
}

/// A robot in a list.
#[derive(Debug, Clone, PartialEq, Eq, Nested)]
pub struct RobotItem {
    /// Short name, the part behind the `+`.
    #[computed]
    name: String,
    /// Name to log in with: `namespace+name`.
    #[computed]
    username: String,
    /// What the robot is for.
    #[computed]
    description: String,
    /// When the robot was made (RFC 3339).
    #[computed]
    created: Option<String>,
    /// When it was last used (RFC 3339); null before its first use.
    #[computed]
    last_accessed: Option<String>,
}

#[async_trait]
impl DataSource for RobotsData {
    type Client = Quay;

    async fn read(cx: &mut Context<Quay>, config: Self) -> Result<Self> {
        let namespace = cx.namespace(&config.namespace).await?;
        let found = cx.list(robots::list_without_tokens(&namespace)).await?;
        let date = |text: &String| dates::rfc3339(text).unwrap_or_else(|| text.clone());
        let mut robots: Vec<RobotItem> = found
            .iter()
            .filter_map(|json| Some((Robots::name_of(&namespace.name, json)?, json)))
            .map(|(username, json)| RobotItem {
                name: username.split_once('+').map(|(_, short)| short.to_owned()).unwrap_or_default(),
                username,
                description: json.description.clone().unwrap_or_default(),
                created: json.created.as_ref().map(date),
                last_accessed: json.last_accessed.as_ref().map(date),
            })
            .collect();
        if robots.is_empty() && !namespace.own {
            cx.ensure_namespace(&namespace.name).await?;
        }
        robots.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self { robots: Computed::from(robots), ..config })
    }
}
