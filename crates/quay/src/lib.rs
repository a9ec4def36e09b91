//! Red Hat Quay and quay.io: the provider block, and the one list of what the provider offers.

use std::sync::Arc;
use std::time::Duration;

use registry_http::Credentials;
use registry_service::{ConnectionArgs, Source, functions, secret_file, warn_of};
use terraform_framework::server::Serve;
use terraform_framework::{Connection, Engine, Error, Flatten, Model, Offers, Provider, Report, Result, Secret, check};

use crate::client::Quay;

mod api;
mod builds;
mod client;
mod features;
mod images;
mod logs;
mod mirrors;
mod names;
mod notifications;
mod oauth;
mod organizations;
mod permissions;
mod policies;
mod quotas;
mod repositories;
mod robots;
mod search;
mod server;
mod teams;
mod users;

/// The usual pause between two looks at something that the server does in the background.
const POLL: Duration = Duration::from_secs(5);

/// Manages organizations, teams, users, robot accounts, repositories, permissions, quotas, mirrors, tags and labels of images, build triggers,
/// policies for tags, notifications and OAuth applications of Red Hat Quay and quay.io.
///
/// It works with Quay 3.9 and newer; what a newer release brought says so on its page, and in the error of an older server.
///
/// The token is an OAuth access token: create it in an application of an organization (Applications, Generate Token) with the
/// scopes that the resources name on their pages. A robot's token does not work here.
#[derive(Debug, Clone, Model)]
#[model(type = "quay", conflicting(token, token_file))]
pub struct QuayProvider {
    /// Address of the server, such as `https://quay.example.com`. Environment: `QUAY_URL`.
    #[attribute(optional)]
    url: Option<String>,
    /// OAuth access token. Environment: `QUAY_TOKEN`.
    #[attribute(optional)]
    token: Option<Secret>,
    /// Path of a file that holds the OAuth access token. Environment: `QUAY_TOKEN_FILE`.
    #[attribute(optional)]
    token_file: Option<String>,
    /// How long to wait between two looks at something that the server does in the background, such as `5s` (the default).
    /// Environment: `QUAY_POLL_INTERVAL`.
    #[attribute(optional, check = check::duration())]
    poll_interval: Option<String>,
    /// How to reach the server.
    #[attribute(optional)]
    connection: Flatten<ConnectionArgs>,
}

/// The provider, ready to be served.
pub fn provider() -> Arc<dyn Serve> {
    Arc::new(Engine::of::<QuayProvider>())
}

impl Provider for QuayProvider {
    type Client = Quay;

    fn connect(config: Self, connection: &mut Connection) -> Result<Quay> {
        let from = Source::new("quay", connection);
        let settings = config.connection.0.settings(config.url.as_ref(), &from)?;
        let poll = from.duration("poll_interval", &config.poll_interval, POLL)?;
        let token = config.token(&from)?;
        let token = Credentials::Bearer(token.expose().to_owned().into());
        let quay = Quay::connect(settings, token, poll)?;
        warn_of(&quay, connection);
        Ok(quay)
    }

    fn validate(config: &Self::View, report: &mut Report) {
        if let Some(url) = config.url.known()
            && url.trim_end_matches('/').ends_with("/api/v1")
        {
            report.error("url", "Invalid address", "Leave out /api/v1: the provider adds it.");
        }
    }

    fn offers() -> Offers<Quay> {
        Offers::default()
            .and(builds::offers())
            .and(images::offers())
            .and(logs::offers())
            .and(mirrors::offers())
            .and(notifications::offers())
            .and(oauth::offers())
            .and(organizations::offers())
            .and(permissions::offers())
            .and(policies::offers())
            .and(quotas::offers())
            .and(repositories::offers())
            .and(robots::offers())
            .and(search::offers())
            .and(server::offers())
            .and(teams::offers())
            .and(users::offers())
            .function::<functions::DockerConfigJson>()
            .function::<functions::ParseImage>()
            .function::<functions::ParseSize>()
    }
}

impl QuayProvider {
    /// The arguments go before the environment, and in each the token before its file.
    fn token(&self, from: &Source) -> Result<Secret> {
        let file = |path: &String| secret_file("token_file", path);
        if let Some(token) = &self.token {
            return Ok(token.clone());
        }
        if let Some(path) = &self.token_file {
            return file(path);
        }
        if let Some(token) = from.secret("token", None) {
            return Ok(token);
        }
        if let Some(path) = from.text("token_file", None) {
            return file(&path);
        }
        let detail = "Set `token` or `token_file` in the provider block, or the environment variable QUAY_TOKEN or QUAY_TOKEN_FILE.";
        Err(Error::new("Token is missing", detail).at("token"))
    }
}

#[cfg(test)]
#[path = "provider_tests.rs"]
mod tests;
