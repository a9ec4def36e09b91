//! Red Hat Quay and quay.io: the provider block, and the one list of what the provider offers.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::framework::server::Serve;
use crate::framework::{
    Connection, Engine, Error, Flat, Model, Offers, Provider, Report, Result, Secret, Session, check,
};
use crate::http::{Client, Credentials, Kind, Origin};
use crate::service::{ConnectionArgs, from_env, functions};

use self::api::organizations::{OrganizationJson, Organizations};

mod ability;
mod api;
mod cancel_repository_mirror_sync;
mod data;
mod default_permission;
mod dialect;
mod grants;
mod lookup;
mod mirror_settings;
mod names;
mod notification;
mod notification_target;
mod org_notification;
mod org_quota;
mod organization;
mod regenerate_robot_token;
mod rename_organization;
mod repository;
mod repository_mirror;
mod repository_notification;
mod repository_permission;
mod repository_permissions;
mod reset_notification_failures;
mod robot;
mod robot_removal;
mod robot_token;
mod robot_username;
mod sync_repository_mirror;
mod team;
mod team_member;
mod team_members;
mod test_notification;
mod user_notification;

/// The usual pause between two looks at something that the server does in the background.
const POLL: Duration = Duration::from_secs(5);

/// Manages organizations, repositories, robot accounts, teams, permissions and quotas of Red Hat Quay and quay.io.
///
/// The token is an OAuth access token: create it in an application of an organization (Applications, Generate Token) with the
/// scopes that the resources name on their pages. A robot's token does not work here.
#[derive(Debug, Clone, Model)]
#[model(type = "quay", conflicting(token, token_file))]
pub struct QuayProvider {
    /// Address of the server, such as `https://quay.example.com`. Environment: `QUAY_URL`.
    #[arg(optional)]
    url: Option<String>,
    /// OAuth access token. Environment: `QUAY_TOKEN`.
    #[arg(optional)]
    token: Option<Secret>,
    /// Path of a file that holds the OAuth access token. Environment: `QUAY_TOKEN_FILE`.
    #[arg(optional)]
    token_file: Option<String>,
    /// How long to wait between two looks at something that the server does in the background, such as `5s` (the default).
    /// Environment: `QUAY_POLL_INTERVAL`.
    #[arg(optional, check = check::duration())]
    poll_interval: Option<String>,
    /// How to reach the server.
    #[arg(optional)]
    connection: Flat<ConnectionArgs>,
}

/// The provider, ready to be served.
pub fn provider() -> Arc<dyn Serve> {
    Arc::new(Engine::of::<QuayProvider>())
}

/// A connection to a Quay, with what it has learned about itself.
#[derive(Clone)]
pub struct Quay {
    http: Client,
    /// The name of the token's own user; `None` when the token may not tell.
    user: Arc<OnceCell<Option<String>>>,
    /// Which lists of permissions were of use.
    met: Arc<grants::Met>,
    /// What the server says that it offers.
    api: Arc<OnceCell<api::description::Api>>,
    /// Between two looks at something that the server does in the background.
    poll: Duration,
}

impl Provider for QuayProvider {
    type Client = Quay;

    fn connect(config: Self, connection: &mut Connection) -> Result<Quay> {
        let settings = config.connection.0.settings("quay", config.url.as_ref(), connection)?;
        let poll = config.poll()?;
        let token = config.token()?;
        let token = Credentials::Bearer(token.expose().to_owned().into());
        let http = Client::new(settings, token, dialect::Quay)?;
        for warning in http.warnings() {
            connection.warn("url", "Connection is not safe", warning);
        }
        Ok(Quay { http, user: Arc::default(), met: Arc::default(), api: Arc::default(), poll })
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
            .listed::<default_permission::DefaultPermission>()
            .listed::<org_notification::OrgNotification>()
            .resource::<org_quota::OrgQuota>()
            .listed::<organization::Organization>()
            .listed::<repository::Repository>()
            .listed::<repository_mirror::RepositoryMirror>()
            .listed::<repository_notification::RepositoryNotification>()
            .listed::<repository_permission::RepositoryPermission>()
            .resource::<repository_permissions::RepositoryPermissions>()
            .listed::<robot::Robot>()
            .listed::<team::Team>()
            .resource::<team_member::TeamMember>()
            .resource::<team_members::Members>()
            .listed::<user_notification::UserNotification>()
            .data::<data::current_user::CurrentUserData>()
            .data::<data::mirror_health::MirrorHealthData>()
            .data::<data::repositories::RepositoriesData>()
            .data::<data::repository::RepositoryData>()
            .data::<data::robot::RobotData>()
            .data::<data::robots::RobotsData>()
            .data::<data::organization::OrganizationData>()
            .data::<data::team::TeamData>()
            .ephemeral::<robot_token::RobotToken>()
            .action::<test_notification::TestNotification>()
            .action::<reset_notification_failures::ResetNotificationFailures>()
            .action::<sync_repository_mirror::SyncRepositoryMirror>()
            .action::<cancel_repository_mirror_sync::CancelRepositoryMirrorSync>()
            .action::<regenerate_robot_token::RegenerateRobotToken>()
            .action::<rename_organization::RenameOrganization>()
            .function::<functions::DockerConfigJson>()
            .function::<functions::ParseImage>()
            .function::<functions::ParseSize>()
            .function::<robot_username::RobotUsername>()
    }
}

impl QuayProvider {
    fn poll(&self) -> Result<Duration> {
        let Some(text) = self.poll_interval.clone().or_else(|| from_env("QUAY", "poll_interval")) else {
            return Ok(POLL);
        };
        check::parse_duration(&text).ok_or_else(|| {
            let detail = format!("`poll_interval`, or QUAY_POLL_INTERVAL, is {text:?}; write for example \"5s\".");
            Error::new("Invalid provider configuration", detail).at("poll_interval")
        })
    }

    fn token(&self) -> Result<Secret> {
        if let Some(token) = &self.token {
            return Ok(token.clone());
        }
        if let Some(path) = &self.token_file {
            return ConnectionArgs::secret_file("token_file", path);
        }
        if let Some(token) = ConnectionArgs::secret("quay", "token", None) {
            return Ok(token);
        }
        match from_env("QUAY", "token_file") {
            Some(path) => ConnectionArgs::secret_file("token_file", &path),
            None => {
                let detail = "Set `token` or `token_file` in the provider block, or the environment variable QUAY_TOKEN or \
                              QUAY_TOKEN_FILE.";
                Err(Error::new("Token is missing", detail).at("token"))
            }
        }
    }
}

impl Session for Quay {
    fn scoped(&self, stop: &CancellationToken, deadline: Instant) -> Self {
        Self { http: self.http.cancelled_by(stop.clone()).until(deadline), ..self.clone() }
    }
}

impl std::ops::Deref for Quay {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.http
    }
}

impl Quay {
    /// The name of the token's own user, asked for once; `None` when the token's scopes do not show it.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub async fn user(&self) -> Result<Option<&str>> {
        let ask = async || match self.http.send(api::user::current()).await {
            Ok(user) => Ok(Some(user.username)),
            // A token without user:read gets a 401 here, and here only. Whether it is any good, the next request shows.
            Err(e) if matches!(e.kind(), Kind::Unauthenticated | Kind::Forbidden) => Ok(None),
            Err(e) => Err(e),
        };
        Ok(self.user.get_or_try_init(ask).await?.as_deref())
    }

    /// Whose a namespace is.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub async fn namespace(&self, name: &str) -> Result<api::Namespace> {
        let own = self.user().await? == Some(name);
        Ok(api::Namespace { name: name.to_owned(), own })
    }

    /// Something that an organization's view holds: a team, its quota. `None`: it, or the whole organization, is not there. What a
    /// shared read lacks is confirmed by a read of its own.
    ///
    /// # Errors
    /// When the server cannot be asked, or shows the organization as to an anonymous reader.
    pub async fn in_organization<T>(
        &self,
        organization: &str,
        find: impl Fn(&OrganizationJson) -> Option<T> + Send,
    ) -> Result<Option<T>> {
        let name = organization.to_owned();
        let Some(found) = self.http.read::<Organizations>(&name).await? else { return Ok(None) };
        match find(&found) {
            None if found.origin() == Origin::List => {
                Ok(self.http.read_singly::<Organizations>(&name).await?.and_then(|single| find(&single)))
            }
            wanted => Ok(wanted),
        }
    }
}
