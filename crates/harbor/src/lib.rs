//! Harbor: the provider block, and the one list of what the provider offers.

use std::sync::Arc;

use registry_service::{ConnectionArgs, Source, functions, warn_of};
use terraform_framework::server::Serve;
use terraform_framework::{Connection, Engine, Flatten, Model, Offers, Provider, Report, Result, Secret};

use crate::client::Harbor;

mod api;
mod client;
mod names;
mod projects;
mod robots;

/// Manages projects and robot accounts of Harbor.
///
/// `username` and `password` are those of a user, or the full name of a robot account (`robot$ci`, as Harbor shows it, with its prefix)
/// and its secret. No robot may change robots of the system, or read and change the system's settings: what needs that says so. Robots of
/// projects may be changed by a robot of the system that has `project:update` on all projects (`*`). Where Harbor logs in users by OIDC, use
/// the local administrator or a robot: the CLI secret of an OIDC user does not open this API.
#[derive(Debug, Clone, Model)]
#[model(type = "harbor")]
pub struct HarborProvider {
    /// Address of the server, such as `https://harbor.example.com`. Environment: `HARBOR_URL`.
    #[attribute(optional)]
    url: Option<String>,
    /// User name, or the full name of a robot account. Environment: `HARBOR_USERNAME`.
    #[attribute(optional)]
    username: Option<String>,
    /// Password of the user, or secret of the robot account. Environment: `HARBOR_PASSWORD`.
    #[attribute(optional)]
    password: Option<Secret>,
    /// How to reach the server.
    #[attribute(optional)]
    connection: Flatten<ConnectionArgs>,
}

/// The provider, ready to be served.
pub fn provider() -> Arc<dyn Serve> {
    Arc::new(Engine::of::<HarborProvider>())
}

impl Provider for HarborProvider {
    type Client = Harbor;

    fn connect(config: Self, connection: &mut Connection) -> Result<Harbor> {
        let from = Source::new("harbor", connection);
        let settings = config.connection.0.settings(config.url.as_ref(), &from)?;
        let username = from.required("User name", "username", config.username.as_ref())?;
        let password = from.secret("password", config.password.as_ref());
        let password = password.ok_or_else(|| from.missing("Password", "password"))?;
        let harbor = Harbor::connect(settings, username, &password)?;
        warn_of(&harbor, connection);
        Ok(harbor)
    }

    fn validate(config: &Self::View, report: &mut Report) {
        if let Some(url) = config.url.known()
            && url.trim_end_matches('/').ends_with("/api/v2.0")
        {
            report.error("url", "Invalid address", "Leave out /api/v2.0: the provider adds it.");
        }
    }

    fn offers() -> Offers<Harbor> {
        Offers::default()
            .and(projects::offers())
            .and(robots::offers())
            .function::<functions::DockerConfigJson>()
            .function::<functions::ParseImage>()
            .function::<functions::ParseSize>()
    }
}
