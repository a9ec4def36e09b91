//! Repositories that mirror another registry's.
//!
//! Observed: creating answers 201 with nothing in it, sets the repository's state to MIRROR and lets the robot push; it fails (500) without
//! a robot and with members that the server does not know; a change answers 201 whatever it did. The password is never shown, nor whether
//! there is one. TLS and proxies are merged key by key, and the first proxy that is sent to a mirror without proxies is lost. There is no
//! deletion: `DELETE` means another repository, and answers 204. Cancelling what is not going on is a 404. A creation that failed leaves
//! its tag patterns behind, and later changes of patterns go there (source: the first rule of a repository is changed, not the mirror's).

use std::collections::BTreeSet;

use registry_http::{Endpoint, Repetition, Seen};
use secrecy::SecretString;
use serde::{Deserialize, Serialize, Serializer};
use terraform_framework::Secret;

use super::keys::RepositoryKey;
use super::permissions::{OfHolder, OfRepository};
use super::repositories::Repositories;
use crate::features;

/// A mirror as Quay shows it.
#[derive(Debug, Clone, Deserialize)]
pub struct MirrorJson {
    pub is_enabled: bool,
    /// `PULL`.
    #[serde(default)]
    pub mirror_type: Option<String>,
    pub external_reference: String,
    #[serde(default)]
    pub external_registry_username: Option<String>,
    #[serde(default)]
    pub external_registry_config: RegistryConfigJson,
    /// Seconds.
    pub sync_interval: i64,
    /// When the next synchronization is due: ISO 8601, with microseconds where the server has counted on.
    #[serde(default)]
    pub sync_start_date: Option<String>,
    #[serde(default)]
    pub sync_expiration_date: Option<String>,
    #[serde(default)]
    pub sync_retries_remaining: Option<i64>,
    /// `NEVER_RUN`, `SYNC_NOW`, `SYNCING`, `SUCCESS`, `FAIL`, `CANCEL`.
    pub sync_status: String,
    pub root_rule: RuleJson,
    #[serde(default)]
    pub robot_username: Option<String>,
    /// Seconds; absent before 3.15.
    #[serde(default)]
    pub skopeo_timeout_interval: Option<i64>,
    /// Absent before 3.17.
    #[serde(default)]
    pub architecture_filter: Option<BTreeSet<String>>,
}

/// Which tags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleJson {
    /// `tag_glob_csv`.
    pub rule_kind: String,
    pub rule_value: BTreeSet<String>,
}

impl RuleJson {
    /// Tags that match one of these patterns.
    pub fn of(patterns: &BTreeSet<String>) -> Self {
        Self { rule_kind: "tag_glob_csv".to_owned(), rule_value: patterns.clone() }
    }
}

/// How the other registry is reached.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryConfigJson {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify_tls: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsigned_images: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<ProxyJson>,
}

/// Through which proxies. Null and an empty text mean none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProxyJson {
    #[serde(default)]
    pub http_proxy: Option<String>,
    #[serde(default)]
    pub https_proxy: Option<String>,
    #[serde(default)]
    pub no_proxy: Option<String>,
}

/// What a mirror is to be. A change leaves as it is what is left out.
#[derive(Clone, Default, Serialize)]
pub struct MirrorBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub robot_username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_interval: Option<i64>,
    /// `%Y-%m-%dT%H:%M:%SZ`, no other form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_start_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_rule: Option<RuleJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skopeo_timeout_interval: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub architecture_filter: Option<BTreeSet<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_registry_config: Option<RegistryConfigJson>,
    #[serde(flatten)]
    pub login: Option<Login>,
}

/// Who logs in to the other registry. A password never goes without the name; a name alone keeps the password.
#[derive(Clone, Serialize)]
pub struct Login {
    #[serde(rename = "external_registry_username")]
    pub username: Option<String>,
    #[serde(
        rename = "external_registry_password",
        skip_serializing_if = "Option::is_none",
        serialize_with = "exposed"
    )]
    pub password: Option<Option<Secret>>,
}

fn exposed<S: Serializer>(password: &Option<Option<Secret>>, serializer: S) -> Result<S::Ok, S::Error> {
    password.as_ref().and_then(Option::as_ref).map(Secret::expose).serialize(serializer)
}

impl MirrorBody {
    fn password(&self) -> Option<SecretString> {
        let password = self.login.as_ref()?.password.as_ref()?.as_ref()?;
        Some(SecretString::from(password.expose().to_owned()))
    }

    /// Whether this would have made the mirror, as far as it is shown.
    fn describes(&self, found: &MirrorJson) -> bool {
        let username = self.login.as_ref().and_then(|login| login.username.clone());
        self.external_reference.as_ref() == Some(&found.external_reference)
            && self.robot_username == found.robot_username
            && self.sync_interval == Some(found.sync_interval)
            && self.root_rule.as_ref() == Some(&found.root_rule)
            && self.is_enabled == Some(found.is_enabled)
            && username == found.external_registry_username
            && self.external_registry_config.as_ref() == Some(&found.external_registry_config)
    }
}

/// The route of a mirror, for questions to the server's own description of it.
pub const ROUTE: &str = "repository/{repository}/mirror";

const ADMIN: &str = "repo:admin";
const ONE: &str = "repository/{namespace}/{+repository}/mirror";

/// What all requests about mirrors have in common.
fn about<T: 'static>(endpoint: Endpoint<T>, action: &str, key: &RepositoryKey) -> Endpoint<T> {
    endpoint
        .describe(format!("{action} of repository {}", key.full_name()))
        .requires_scope(ADMIN)
        .ability(&features::REPOSITORY_MIRROR)
}

/// What a write changes: the repository's state, and the robot's permission.
fn touching(endpoint: Endpoint<()>, key: &RepositoryKey) -> Endpoint<()> {
    endpoint
        .invalidates::<Repositories>(&key.namespace)
        .invalidates::<OfRepository>(OfRepository::users_of(key))
        .invalidates_all::<OfHolder>()
}

/// The mirror of a repository.
pub fn get(key: &RepositoryKey) -> Endpoint<MirrorJson> {
    about(Endpoint::get(ONE, &key.names()), "read the mirror", key).held_by(&key.namespace)
}

/// Makes a repository a mirror; one that has a mirror already is refused.
pub fn create(key: &RepositoryKey, body: &MirrorBody) -> Endpoint<()> {
    let endpoint = about(Endpoint::<()>::post(ONE, &key.names()), "create the mirror", key).json(body).no_content();
    let wanted = body.clone();
    touching(hiding(endpoint, body), key).repetition(Repetition::confirmed(get(key), move |found| {
        match wanted.describes(&found) {
            true => Seen::Ours(()),
            false => Seen::other("it has other settings"),
        }
    }))
}

/// Changes some settings. That it succeeds does not mean that it has changed them.
pub fn update(key: &RepositoryKey, body: &MirrorBody) -> Endpoint<()> {
    let endpoint = about(Endpoint::<()>::put(ONE, &key.names()), "change the mirror", key).held_by(&key.namespace);
    touching(hiding(endpoint.json(body).repetition(Repetition::IDEMPOTENT).no_content(), body), key)
}

fn hiding(endpoint: Endpoint<()>, body: &MirrorBody) -> Endpoint<()> {
    match body.password() {
        Some(password) => endpoint.hiding(&password),
        None => endpoint,
    }
}

/// Asks for a synchronization at once. Refused (404) while one is going on.
pub fn sync_now(key: &RepositoryKey) -> Endpoint<()> {
    let endpoint = Endpoint::<()>::post("repository/{namespace}/{+repository}/mirror/sync-now", &key.names());
    about(endpoint, "start a synchronization", key).repetition(Repetition::IDEMPOTENT).no_content()
}

/// Cancels a synchronization that is asked for or going on; of another one a 404 says that it is not.
pub fn sync_cancel(key: &RepositoryKey) -> Endpoint<()> {
    let endpoint = Endpoint::<()>::post("repository/{namespace}/{+repository}/mirror/sync-cancel", &key.names());
    about(endpoint, "cancel the synchronization", key).repetition(Repetition::IDEMPOTENT).no_content()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key() -> RepositoryKey {
        RepositoryKey { namespace: "acme".to_owned(), name: "team/app".to_owned() }
    }

    #[test]
    fn what_is_left_out_is_not_sent() {
        let body = MirrorBody { is_enabled: Some(false), ..MirrorBody::default() };
        let endpoint = update(&key(), &body);
        assert_eq!(endpoint.body(), Some(json!({ "is_enabled": false })));
        assert_eq!(endpoint.path(), Ok("repository/acme/team/app/mirror"));
    }

    #[test]
    fn a_login_is_taken_away_by_nulls_and_a_name_alone_keeps_the_password() {
        let sent =
            |login: Login| serde_json::to_value(MirrorBody { login: Some(login), ..MirrorBody::default() }).unwrap();
        let none = sent(Login { username: None, password: Some(None) });
        assert_eq!(none, json!({ "external_registry_username": null, "external_registry_password": null }));
        let name = sent(Login { username: Some("u".to_owned()), password: None });
        assert_eq!(name, json!({ "external_registry_username": "u" }));
        let both = sent(Login { username: Some("u".to_owned()), password: Some(Some("p".into())) });
        assert_eq!(both, json!({ "external_registry_username": "u", "external_registry_password": "p" }));
    }

    #[test]
    fn a_server_before_3_15_is_understood() {
        let old = json!({ "is_enabled": true, "external_reference": "quay.io/a/b", "external_registry_username": null,
            "external_registry_config": { "proxy": {} }, "sync_interval": 60, "sync_start_date": null, "sync_status": "CANCEL",
            "root_rule": { "rule_kind": "tag_glob_csv", "rule_value": ["*"] }, "robot_username": null });
        let found: MirrorJson = serde_json::from_value(old).unwrap();
        assert_eq!(found.external_registry_config.proxy, Some(ProxyJson::default()));
        assert_eq!((found.skopeo_timeout_interval, found.architecture_filter), (None, None));
    }
}
