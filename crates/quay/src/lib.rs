//! Red Hat Quay and quay.io: the provider block, and the one list of what the provider offers.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use registry_http::{Client, Credentials, Kind, Origin};
use registry_service::{ConnectionArgs, Source, functions, secret_file, warn_of};
use terraform_framework::server::Serve;
use terraform_framework::{
    Connection, Engine, Error, Flat, Model, Offers, Provider, Report, Result, Secret, Session, check,
};

use self::api::organizations::{OrganizationJson, Organizations};

mod ability;
mod actions;
mod api;
mod app_token;
mod auto_prune;
mod build_trigger;
mod building;
mod credentials;
mod data;
mod default_permission;
mod dialect;
mod ephemeral;
mod global_message;
mod grants;
mod images;
mod immutability;
mod invited;
mod logs;
mod lookup;
mod manifest_label;
mod mirror_settings;
mod names;
mod notices;
mod notification;
mod notification_target;
mod oauth_application;
mod oauth_application_token;
mod org_auto_prune_policy;
mod org_immutability_policy;
mod org_mirror;
mod org_notification;
mod org_proxy_cache;
mod org_quota;
mod organization;
mod own_account;
mod policies;
mod quota;
mod repository;
mod repository_auto_prune_policy;
mod repository_immutability_policy;
mod repository_mirror;
mod repository_notification;
mod repository_permission;
mod repository_permissions;
mod reserved;
mod robot;
mod robot_federation;
mod robot_removal;
mod robot_username;
mod service_key;
mod starred_repository;
mod tag;
mod tag_changes;
mod tag_history;
mod team;
mod team_invitation;
mod team_member;
mod team_members;
mod team_sync;
mod user;
mod user_auto_prune_policy;
mod user_notification;
mod user_quota;
mod user_settings;

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
    dialect: dialect::Quay,
    /// What the server tells its web pages; `None` when it tells nothing.
    web: Arc<OnceCell<Option<api::web::WebConfigJson>>>,
    /// What the server says that it can do with images; `None` when it does not tell.
    sparse: Arc<OnceCell<Option<api::registry::CapabilitiesJson>>>,
    /// Between two looks at something that the server does in the background.
    poll: Duration,
}

impl Provider for QuayProvider {
    type Client = Quay;

    fn connect(config: Self, connection: &mut Connection) -> Result<Quay> {
        let from = Source::new("quay", connection);
        let settings = config.connection.0.settings(config.url.as_ref(), &from)?;
        let poll = from.duration("poll_interval", &config.poll_interval, POLL)?;
        let token = config.token(&from)?;
        let token = Credentials::Bearer(token.expose().to_owned().into());
        let dialect = dialect::Quay::default();
        let http = Client::new(settings, token, dialect.clone())?;
        warn_of(&http, connection);
        Ok(Quay {
            http,
            user: Arc::default(),
            met: Arc::default(),
            dialect,
            web: Arc::default(),
            sparse: Arc::default(),
            poll,
        })
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
            .listed::<app_token::AppToken>()
            .listed::<build_trigger::BuildTrigger>()
            .listed::<default_permission::DefaultPermission>()
            .listed::<global_message::GlobalMessage>()
            .listed::<manifest_label::ManifestLabel>()
            .listed::<oauth_application::OauthApplication>()
            .listed::<oauth_application_token::OauthApplicationToken>()
            .listed::<org_auto_prune_policy::OrgAutoPrunePolicy>()
            .listed::<org_immutability_policy::OrgImmutabilityPolicy>()
            .listed::<org_mirror::OrgMirror>()
            .listed::<org_notification::OrgNotification>()
            .listed::<org_proxy_cache::OrgProxyCache>()
            .listed::<org_quota::OrgQuota>()
            .listed::<organization::Organization>()
            .listed::<repository::Repository>()
            .listed::<repository_auto_prune_policy::RepositoryAutoPrunePolicy>()
            .listed::<repository_immutability_policy::RepositoryImmutabilityPolicy>()
            .listed::<repository_mirror::RepositoryMirror>()
            .listed::<repository_notification::RepositoryNotification>()
            .listed::<repository_permission::RepositoryPermission>()
            .listed::<repository_permissions::RepositoryPermissions>()
            .listed::<robot::Robot>()
            .listed::<robot_federation::RobotFederation>()
            .listed::<service_key::ServiceKey>()
            .listed::<starred_repository::StarredRepository>()
            .listed::<tag::Tag>()
            .listed::<team::Team>()
            .listed::<team_invitation::TeamInvitation>()
            .listed::<team_member::TeamMember>()
            .listed::<team_members::Members>()
            .listed::<team_sync::TeamSync>()
            .listed::<user::User>()
            .listed::<user_auto_prune_policy::UserAutoPrunePolicy>()
            .listed::<user_notification::UserNotification>()
            .listed::<user_quota::UserQuota>()
            .resource::<user_settings::UserSettings>()
            .data::<data::app_tokens::AppTokensData>()
            .data::<data::assigned_authorizations::AssignedAuthorizationsData>()
            .data::<data::build::BuildData>()
            .data::<data::build_sources::BuildSourcesData>()
            .data::<data::build_triggers::BuildTriggersData>()
            .data::<data::builds::BuildsData>()
            .data::<data::capabilities::CapabilitiesData>()
            .data::<data::changelog::ChangelogData>()
            .data::<data::current_user::CurrentUserData>()
            .data::<data::effective_permission::EffectivePermissionData>()
            .data::<data::entities::EntitiesData>()
            .data::<data::error_type::ErrorTypeData>()
            .data::<data::manifest::ManifestData>()
            .data::<data::manifest_labels::ManifestLabelsData>()
            .data::<data::mirror_health::MirrorHealthData>()
            .data::<data::oauth_application::OauthApplicationData>()
            .data::<data::org_mirror_repositories::OrgMirrorRepositoriesData>()
            .data::<data::org_quota::OrgQuotaData>()
            .data::<data::organization::OrganizationData>()
            .data::<data::organization_collaborators::CollaboratorsData>()
            .data::<data::organization_members::MembersData>()
            .data::<data::organizations::OrganizationsData>()
            .data::<data::pull_statistics::PullStatisticsData>()
            .data::<data::quota_limits::QuotaLimitsData>()
            .data::<data::quota_usage::QuotaUsageData>()
            .data::<data::registry_size::RegistrySizeData>()
            .data::<data::registry_status::RegistryStatusData>()
            .data::<data::repositories::RepositoriesData>()
            .data::<data::repository::RepositoryData>()
            .data::<data::repository_search::RepositorySearchData>()
            .data::<data::robot::RobotData>()
            .data::<data::robot_permissions::RobotPermissionsData>()
            .data::<data::robots::RobotsData>()
            .data::<data::search::SearchData>()
            .data::<data::service_keys::ServiceKeysData>()
            .data::<data::tags::TagsData>()
            .data::<data::team::TeamData>()
            .data::<data::team_permissions::TeamPermissionsData>()
            .data::<data::usage_log_counts::UsageLogCountsData>()
            .data::<data::usage_logs::UsageLogsData>()
            .data::<data::user::UserData>()
            .data::<data::user_authorizations::UserAuthorizationsData>()
            .data::<data::user_notices::UserNoticesData>()
            .data::<data::user_quota::UserQuotaData>()
            .data::<data::users::UsersData>()
            .data::<data::vulnerabilities::VulnerabilitiesData>()
            .ephemeral::<ephemeral::build_trigger_webhook::BuildTriggerWebhook>()
            .ephemeral::<ephemeral::encrypted_password::EncryptedPassword>()
            .ephemeral::<ephemeral::federated_robot_token::FederatedRobotToken>()
            .ephemeral::<ephemeral::oauth_client_secret::OauthClientSecret>()
            .ephemeral::<ephemeral::app_token::PassingAppToken>()
            .ephemeral::<ephemeral::oauth_application_token::PassingApplicationToken>()
            .ephemeral::<ephemeral::robot_token::RobotToken>()
            .action::<actions::accept_team_invitation::AcceptTeamInvitation>()
            .action::<actions::approve_service_key::ApproveServiceKey>()
            .action::<actions::authorize_notification_email::AuthorizeNotificationEmail>()
            .action::<actions::calculate_registry_size::CalculateRegistrySize>()
            .action::<actions::cancel_build::CancelBuild>()
            .action::<actions::cancel_org_mirror_sync::CancelOrgMirrorSync>()
            .action::<actions::cancel_repository_mirror_sync::CancelRepositoryMirrorSync>()
            .action::<actions::convert_user_to_organization::ConvertUserToOrganization>()
            .action::<actions::decline_assigned_authorization::DeclineAssignedAuthorization>()
            .action::<actions::decline_team_invitation::DeclineTeamInvitation>()
            .action::<actions::delete_current_user::DeleteCurrentUser>()
            .action::<actions::detach_external_login::DetachExternalLogin>()
            .action::<actions::dismiss_user_notice::DismissUserNotice>()
            .action::<actions::end_user_sessions::EndUserSessions>()
            .action::<actions::export_logs::ExportLogs>()
            .action::<actions::link_directory_user::LinkDirectoryUser>()
            .action::<actions::purge_tag::PurgeTag>()
            .action::<actions::regenerate_robot_token::RegenerateRobotToken>()
            .action::<actions::remove_organization_member::RemoveOrganizationMember>()
            .action::<actions::rename_organization::RenameOrganization>()
            .action::<actions::reset_notification_failures::ResetNotificationFailures>()
            .action::<actions::reset_oauth_client_secret::ResetOauthClientSecret>()
            .action::<actions::restore_tag::RestoreTag>()
            .action::<actions::revoke_user_authorization::RevokeUserAuthorization>()
            .action::<actions::send_recovery_email::SendRecoveryEmail>()
            .action::<actions::shut_down_server::ShutDownServer>()
            .action::<actions::sign_up_user::SignUpUser>()
            .action::<actions::start_build::StartBuild>()
            .action::<actions::start_build_trigger::StartBuildTrigger>()
            .action::<actions::sync_org_mirror::SyncOrgMirror>()
            .action::<actions::sync_repository_mirror::SyncRepositoryMirror>()
            .action::<actions::take_ownership::TakeOwnership>()
            .action::<actions::test_notification::TestNotification>()
            .action::<actions::verify_org_mirror::VerifyOrgMirror>()
            .function::<functions::DockerConfigJson>()
            .function::<functions::ParseImage>()
            .function::<functions::ParseSize>()
            .function::<robot_username::RobotUsername>()
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

impl Session for Quay {
    fn scoped(&self, stop: &CancellationToken, deadline: Instant) -> Self {
        Self { http: self.http.cancelled_by(stop.clone()).until(deadline), ..self.clone() }
    }

    fn address(&self) -> Option<&str> {
        Some(self.http.url())
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

    /// What the server tells its web pages of its configuration, asked for once; `None` when it does not tell.
    async fn web_config(&self) -> Option<&api::web::WebConfigJson> {
        self.web.get_or_init(async || self.http.send(api::web::config()).await.ok()).await.as_ref()
    }

    /// Whether one of the server's features is certainly off; the name without `FEATURE_`. For plans.
    async fn lacks(&self, feature: &str) -> bool {
        self.web_config().await.and_then(|config| config.feature(feature)) == Some(false)
    }

    /// Whether one of the server's features is certainly on; the name without `FEATURE_`.
    async fn has(&self, feature: &str) -> bool {
        self.web_config().await.and_then(|config| config.feature(feature)) == Some(true)
    }

    /// Whether the server can copy some architectures of an image only, asked for once; `None` when it does not tell.
    async fn chooses_architectures(&self) -> Option<bool> {
        let ask = async || self.http.send(api::registry::capabilities()).await.ok();
        self.sparse.get_or_init(ask).await.as_ref().map(|found| found.sparse_manifests.supported)
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

#[cfg(test)]
#[path = "provider_tests.rs"]
mod tests;
