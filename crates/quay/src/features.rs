//! What not every Quay can do. A server is asked, once and only when needed, what it can (`client/features.rs`).
//!
//! Which feature brings which routes, and which release brought them, was read in Quay's source. Routes that a feature switches off are
//! missing in the server's own description of its API too.

use registry_http::Ability;

const fn ability(
    what: &'static str,
    since: Option<&'static str>,
    feature: Option<&'static str>,
    route: &'static str,
) -> Ability {
    Ability { what, since, feature, route }
}

/// Superusers' routes.
pub const SUPERUSERS: Ability = ability("superusers", None, Some("FEATURE_SUPER_USERS"), "superuser/users/");
/// The size of the whole registry.
pub const REGISTRY_SIZE: Ability =
    ability("registry size", Some("3.9"), Some("FEATURE_SUPER_USERS"), "superuser/registrysize/");
/// Quotas of organizations and users.
pub const QUOTAS: Ability = ability(
    "storage quotas",
    None,
    Some("FEATURE_QUOTA_MANAGEMENT (with FEATURE_EDIT_QUOTA and FEATURE_SUPER_USERS)"),
    "organization/{orgname}/quota",
);
/// Mirrored repositories, and changing a repository's state.
pub const REPOSITORY_MIRROR: Ability =
    ability("repository mirror", None, Some("FEATURE_REPO_MIRROR"), "repository/{repository}/mirror");
/// How the mirrors of a namespace are.
pub const MIRROR_HEALTH: Ability =
    ability("mirror health report", Some("3.18"), Some("FEATURE_REPO_MIRROR"), "repository/mirror/health");
/// How all mirrors are.
pub const ALL_MIRROR_HEALTH: Ability = ability(
    "mirror health report",
    Some("3.18"),
    Some("FEATURE_REPO_MIRROR (with FEATURE_SUPER_USERS)"),
    "superuser/mirror/health",
);
/// Organizations that mirror a registry's namespace.
pub const ORG_MIRROR: Ability =
    ability("organization mirror", Some("3.17"), Some("FEATURE_ORG_MIRROR"), "organization/{orgname}/mirror");
/// Organizations that are a pull-through cache of another registry.
pub const PROXY_CACHE: Ability =
    ability("proxy cache", None, Some("FEATURE_PROXY_CACHE"), "organization/{orgname}/proxycache");
/// Auto-prune policies of organizations and users.
pub const AUTO_PRUNE: Ability =
    ability("auto-prune policies", Some("3.10"), Some("FEATURE_AUTO_PRUNE"), "organization/{orgname}/autoprunepolicy/");
/// Auto-prune policies of repositories.
pub const REPOSITORY_AUTO_PRUNE: Ability = ability(
    "auto-prune policies of repositories",
    Some("3.11"),
    Some("FEATURE_AUTO_PRUNE"),
    "repository/{repository}/autoprunepolicy/",
);
/// Policies that make tags immutable.
pub const IMMUTABILITY: Ability = ability(
    "immutability policies",
    Some("3.17"),
    Some("FEATURE_IMMUTABLE_TAGS"),
    "organization/{orgname}/immutabilitypolicy/",
);
/// Tags that cannot be changed.
pub const IMMUTABLE_TAGS: Ability = ability(
    "immutable tags",
    Some("3.17"),
    Some("FEATURE_IMMUTABLE_TAGS"),
    "organization/{orgname}/immutabilitypolicy/",
);
/// Tags that are deleted for good.
pub const PURGE: Ability = ability(
    "deletion of tags for good",
    None,
    Some("PERMANENTLY_DELETE_TAGS"),
    "repository/{repository}/tag/{tag}/expire",
);
/// How often tags were pulled.
pub const PULL_STATISTICS: Ability = ability(
    "pull statistics",
    Some("3.16"),
    Some("FEATURE_IMAGE_PULL_STATS"),
    "repository/{repository}/tag/{tag}/pull_statistics",
);
/// How often manifests were pulled.
pub const MANIFEST_PULL_STATISTICS: Ability = ability(
    "pull statistics",
    Some("3.16"),
    Some("FEATURE_IMAGE_PULL_STATS"),
    "repository/{repository}/manifest/{manifestref}/pull_statistics",
);
/// What a scanner found in images.
pub const SECURITY_SCANNER: Ability = ability(
    "security scanner",
    None,
    Some("FEATURE_SECURITY_SCANNER"),
    "repository/{repository}/manifest/{manifestref}/security",
);
/// Notifications of organizations and users.
pub const NAMESPACE_NOTIFICATIONS: Ability = ability(
    "notifications of organizations and users",
    Some("3.18"),
    Some("FEATURE_QUOTA_NOTIFICATIONS"),
    "organization/{orgname}/notifications",
);
/// Teams whose members come from a directory.
pub const TEAM_SYNC: Ability = ability(
    "team synchronization",
    None,
    Some("FEATURE_TEAM_SYNCING"),
    "organization/{orgname}/team/{teamname}/syncing",
);
/// Invitations by e-mail.
pub const MAILING: Ability = ability(
    "invitations by e-mail",
    None,
    Some("FEATURE_MAILING"),
    "organization/{orgname}/team/{teamname}/invite/{email}",
);
/// Robots of organizations that log in with another issuer's tokens.
pub const FEDERATION: Ability =
    ability("robot federation", Some("3.13"), None, "organization/{orgname}/robots/{robot_shortname}/federation");
/// Robots of users that log in with another issuer's tokens.
pub const USER_FEDERATION: Ability =
    ability("federation of users' robots", Some("3.18"), None, "user/robots/{robot_shortname}/federation");
/// Tokens of OAuth applications.
pub const APPLICATION_TOKENS: Ability = ability(
    "tokens of OAuth applications",
    Some("3.18"),
    None,
    "organization/{orgname}/applications/{client_id}/tokens",
);
/// Tokens of users for programs.
pub const APP_TOKENS: Ability = ability("app tokens", None, Some("FEATURE_APP_SPECIFIC_TOKENS"), "user/apptoken");
/// All users' app tokens, for superusers.
pub const ALL_APP_TOKENS: Ability = ability(
    "list of all app tokens",
    Some("3.16"),
    Some("FEATURE_APP_SPECIFIC_TOKENS (with FEATURE_SUPER_USERS)"),
    "superuser/apptokens",
);

/// Counts of usage logs.
pub const LOG_COUNTS: Ability = ability(
    "counts of usage logs",
    None,
    Some("FEATURE_AGGREGATED_LOG_COUNT_RETRIEVAL"),
    "organization/{orgname}/aggregatelogs",
);
/// Exports of usage logs.
pub const LOG_EXPORT: Ability =
    ability("export of usage logs", None, Some("FEATURE_LOG_EXPORT"), "organization/{orgname}/exportlogs");
/// What the registry can do with images.
pub const CAPABILITIES: Ability =
    ability("description of its capabilities", Some("3.17"), None, "registry/capabilities");
/// Invitations to teams, as who was invited sees them.
pub const INVITATIONS: Ability =
    ability("invitations to accept or decline", None, Some("FEATURE_MAILING"), "teaminvite/{code}");
/// Applications that users are asked to let in.
pub const ASSIGNED_AUTHORIZATIONS: Ability =
    ability("assigned authorizations", Some("3.12"), Some("FEATURE_ASSIGN_OAUTH_TOKEN"), "user/assignedauthorization");
/// E-mails to recover an account.
pub const RECOVERY: Ability = ability(
    "e-mails to recover accounts",
    None,
    Some("FEATURE_MAILING (with FEATURE_SUPER_USERS)"),
    "superusers/users/{username}/sendrecovery",
);
/// E-mails to recover an account whose address is known.
pub const RECOVERY_BY_ADDRESS: Ability =
    ability("e-mails to recover accounts", None, Some("FEATURE_MAILING"), "recovery");
/// Users that become organizations.
pub const CONVERSION: Ability = ability(
    "conversion of users into organizations, which only a server with AUTHENTICATION_TYPE: Database has",
    None,
    None,
    "user/convert",
);
/// Logins of other services.
pub const EXTERNAL_LOGINS: Ability =
    ability("logins of other services to take away", None, Some("FEATURE_DIRECT_LOGIN"), "detachexternal/{service_id}");
/// The end of the server.
pub const SHUTDOWN: Ability = ability("shutdown", None, Some("FEATURE_SUPER_USERS"), "superuser/shutdown");
/// E-mail addresses that may get a repository's notifications.
pub const MAIL_NOTIFICATIONS: Ability = ability(
    "notifications by e-mail",
    None,
    Some("FEATURE_MAILING"),
    "repository/{repository}/authorizedemail/{email}",
);
/// Archived logs of builds, for superusers.
pub const ARCHIVED_LOGS: Ability = ability(
    "archived logs of builds for superusers",
    Some("3.18"),
    Some("FEATURE_SUPER_USERS"),
    "superuser/{build_uuid}/logs/archive",
);
