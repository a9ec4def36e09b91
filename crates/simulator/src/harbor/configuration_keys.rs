//! Which settings there are, what they are, and what they are where nobody chose.

use super::version::Version;
use serde_json::{Value, json};

/// What a setting is, and so which values it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Flag,
    Number,
    /// Bytes, or -1 for no limit.
    Quota,
    /// 0, 1 or 2.
    Scope,
    Text,
    FilledText,
    /// Never shown.
    Password,
    AuthMode,
    Restriction,
    /// A JSON object in a text.
    Map,
}

/// A setting.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) default: &'static str,
    pub(super) since: Version,
}

const fn key(name: &'static str, kind: Kind, default: &'static str) -> Key {
    Key { name, kind, default, since: Version::minor(0) }
}

impl Key {
    const fn since(self, since: Version) -> Self {
        Self { since, ..self }
    }
}

/// Every setting that the API can change.
pub(super) static KEYS: &[Key] = &[
    key("auth_mode", Kind::AuthMode, "db_auth"),
    key("primary_auth_mode", Kind::Flag, "false").since(Version::minor(9)),
    key("ldap_base_dn", Kind::FilledText, ""),
    key("ldap_filter", Kind::Text, ""),
    key("ldap_group_base_dn", Kind::Text, ""),
    key("ldap_group_admin_dn", Kind::Text, ""),
    key("ldap_group_attribute_name", Kind::Text, ""),
    key("ldap_group_search_filter", Kind::Text, ""),
    key("ldap_group_search_scope", Kind::Scope, "2"),
    key("ldap_scope", Kind::Scope, "2"),
    key("ldap_search_dn", Kind::Text, ""),
    key("ldap_search_password", Kind::Password, ""),
    key("ldap_timeout", Kind::Number, "5"),
    key("ldap_uid", Kind::FilledText, "cn"),
    key("ldap_url", Kind::FilledText, ""),
    key("ldap_verify_cert", Kind::Flag, "true"),
    key("ldap_group_membership_attribute", Kind::Text, "memberof"),
    key("ldap_group_attach_parallel", Kind::Flag, "false").since(Version::minor(12)),
    key("project_creation_restriction", Kind::Restriction, "everyone"),
    key("read_only", Kind::Flag, "false"),
    key("self_registration", Kind::Flag, "false"),
    key("token_expiration", Kind::Number, "30"),
    key("uaa_client_id", Kind::Text, ""),
    key("uaa_client_secret", Kind::Text, ""),
    key("uaa_endpoint", Kind::Text, ""),
    key("uaa_verify_cert", Kind::Flag, "false"),
    key("http_authproxy_endpoint", Kind::Text, ""),
    key("http_authproxy_tokenreview_endpoint", Kind::Text, ""),
    key("http_authproxy_admin_groups", Kind::Text, ""),
    key("http_authproxy_admin_usernames", Kind::Text, ""),
    key("http_authproxy_verify_cert", Kind::Flag, "true"),
    key("http_authproxy_skip_search", Kind::Flag, "false"),
    key("http_authproxy_server_certificate", Kind::Text, ""),
    key("oidc_name", Kind::Text, ""),
    key("oidc_endpoint", Kind::Text, ""),
    key("oidc_client_id", Kind::Text, ""),
    key("oidc_client_secret", Kind::Password, ""),
    key("oidc_groups_claim", Kind::Text, ""),
    key("oidc_admin_group", Kind::Text, ""),
    key("oidc_group_filter", Kind::Text, ""),
    key("oidc_scope", Kind::Text, ""),
    key("oidc_user_claim", Kind::Text, ""),
    key("oidc_verify_cert", Kind::Flag, "true"),
    key("oidc_auto_onboard", Kind::Flag, "false"),
    key("oidc_extra_redirect_parms", Kind::Map, "{}"),
    key("oidc_logout", Kind::Flag, "false").since(Version::minor(13)),
    key("robot_token_duration", Kind::Number, "30"),
    key("robot_name_prefix", Kind::FilledText, "robot$"),
    key("notification_enable", Kind::Flag, "true"),
    key("quota_per_project_enable", Kind::Flag, "true"),
    key("storage_per_project", Kind::Quota, "-1"),
    key("audit_log_forward_endpoint", Kind::Text, ""),
    key("skip_audit_log_database", Kind::Flag, "false"),
    key("scanner_skip_update_pulltime", Kind::Flag, "false"),
    key("disabled_audit_log_event_types", Kind::Text, "").since(Version::minor(13)),
    key("session_timeout", Kind::Number, "60"),
    key("banner_message", Kind::Text, "").since(Version::minor(9)),
];

/// A setting's value where nobody chose one; null for an unknown one.
pub(super) fn default_of(name: &str) -> Value {
    let Some(key) = KEYS.iter().find(|key| key.name == name) else { return Value::Null };
    match key.kind {
        Kind::Flag => json!(key.default == "true"),
        Kind::Number | Kind::Quota | Kind::Scope => json!(key.default.parse::<i64>().unwrap_or_default()),
        _ => json!(key.default),
    }
}
