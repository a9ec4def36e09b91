//! Organizations that mirror a namespace of another registry.
//!
//! Observed: creating answers 201 and changing 200, both without a body; only an organization without repositories, immutability policies
//! and proxy cache can be made a mirror; a second one is a 400; the type of the source is ignored in a change, and null takes a login
//! away; the password is never shown, only whether there is one; "sync now" moves the start to that moment, and each synchronization moves
//! it on; cancelling twice is a 400; a robot that is deleted takes the mirror with it. Dates are read only as `2027-01-31T00:00:00Z`, and
//! shown with a fraction where the server set them.

use std::collections::BTreeMap;

use registry_http::{Endpoint, Listing, Repetition, Seen};
use secrecy::SecretString;
use serde::{Deserialize, Serialize, Serializer};
use terraform_framework::Secret;

use crate::features;

/// A mirror as Quay shows it.
#[derive(Debug, Clone, Deserialize)]
pub struct OrgMirrorJson {
    pub is_enabled: bool,
    /// `quay` or `harbor`.
    pub external_registry_type: String,
    pub external_registry_url: String,
    pub external_namespace: String,
    #[serde(default)]
    pub external_registry_username: Option<String>,
    /// Absent in early releases.
    #[serde(default)]
    pub has_external_registry_password: Option<bool>,
    #[serde(default)]
    pub external_registry_config: RegistryConfigJson,
    #[serde(default)]
    pub repository_filters: Vec<String>,
    #[serde(default)]
    pub robot_username: Option<String>,
    pub visibility: String,
    /// Seconds.
    pub sync_interval: i64,
    #[serde(default)]
    pub sync_start_date: Option<String>,
    #[serde(default)]
    pub sync_expiration_date: Option<String>,
    pub sync_status: String,
    #[serde(default)]
    pub sync_retries_remaining: i64,
    /// Absent in early releases.
    #[serde(default)]
    pub repo_sync_status_counts: BTreeMap<String, i64>,
    /// Seconds.
    pub skopeo_timeout: i64,
    #[serde(default)]
    pub creation_date: Option<String>,
}

/// How the source is reached. The server keeps it as it was sent, and what is missing has its default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryConfigJson {
    #[serde(default)]
    pub verify_tls: Option<bool>,
    #[serde(default)]
    pub proxy: ProxyJson,
}

/// Proxies before the source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProxyJson {
    #[serde(default)]
    pub http_proxy: Option<String>,
    #[serde(default)]
    pub https_proxy: Option<String>,
    #[serde(default)]
    pub no_proxy: Option<String>,
}

/// What a mirror is made of, and changed to.
#[derive(Debug, Clone, Serialize)]
pub struct OrgMirrorBody {
    /// Only in a creation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_registry_type: Option<String>,
    pub external_registry_url: String,
    pub external_namespace: String,
    /// Null takes it away.
    pub external_registry_username: Option<String>,
    /// Left out, it stays; null takes it away.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "exposed")]
    pub external_registry_password: Option<Option<Secret>>,
    pub external_registry_config: RegistryConfigJson,
    pub repository_filters: Vec<String>,
    pub robot_username: String,
    pub visibility: String,
    pub is_enabled: bool,
    pub sync_interval: i64,
    /// Left out, it stays where the server has moved it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_start_date: Option<String>,
    pub skopeo_timeout: i64,
}

fn exposed<S: Serializer>(password: &Option<Option<Secret>>, serializer: S) -> Result<S::Ok, S::Error> {
    password.as_ref().and_then(Option::as_ref).map(Secret::expose).serialize(serializer)
}

/// A repository that was found at the source.
#[derive(Debug, Clone, Deserialize)]
pub struct MirroredJson {
    pub name: String,
    pub sync_status: String,
    #[serde(default)]
    pub discovery_date: Option<String>,
    #[serde(default)]
    pub last_sync_date: Option<String>,
    #[serde(default)]
    pub status_message: Option<String>,
    /// Full name of the repository that was made for it.
    #[serde(default)]
    pub quay_repository: Option<String>,
}

/// What a try to reach the source came to.
#[derive(Debug, Clone, Deserialize)]
pub struct VerifiedJson {
    pub success: bool,
    #[serde(default)]
    pub message: String,
}

const ROUTE: &str = "organization/{organization}/mirror";

fn about<T: 'static>(endpoint: Endpoint<T>, action: &str, organization: &str) -> Endpoint<T> {
    endpoint
        .describe(format!("{action} the mirror of organization {organization}"))
        .requires_scope("org:admin")
        .ability(&features::ORG_MIRROR)
}

fn carrying<T: 'static>(endpoint: Endpoint<T>, body: &OrgMirrorBody) -> Endpoint<T> {
    let endpoint = endpoint.json(body);
    match body.external_registry_password.as_ref().and_then(Option::as_ref) {
        Some(password) => endpoint.hiding(&SecretString::from(password.expose().to_owned())),
        None => endpoint,
    }
}

/// What an organization mirrors.
pub fn get(organization: &str) -> Endpoint<OrgMirrorJson> {
    about(Endpoint::get(ROUTE, &[organization]), "read", organization).held_by(organization)
}

/// Makes an organization a mirror; one that is a mirror already is refused.
pub fn create(organization: &str, body: &OrgMirrorBody) -> Endpoint<()> {
    let wanted = body.clone();
    let endpoint = about(Endpoint::<()>::post(ROUTE, &[organization]), "create", organization);
    carrying(endpoint, body).no_content().repetition(Repetition::confirmed(
        get(organization),
        move |found| match wanted.describes(&found) {
            true => Seen::Ours(()),
            false => Seen::other("it mirrors something else, or in another way"),
        },
    ))
}

impl OrgMirrorBody {
    fn describes(&self, found: &OrgMirrorJson) -> bool {
        self.external_registry_type.as_ref() == Some(&found.external_registry_type)
            && self.external_registry_url == found.external_registry_url
            && self.external_namespace == found.external_namespace
            && self.external_registry_username == found.external_registry_username
            && Some(&self.robot_username) == found.robot_username.as_ref()
            && self.repository_filters == found.repository_filters
    }
}

/// Changes a mirror.
pub fn update(organization: &str, body: &OrgMirrorBody) -> Endpoint<()> {
    let endpoint = about(Endpoint::<()>::put(ROUTE, &[organization]), "change", organization);
    carrying(endpoint, body).repetition(Repetition::IDEMPOTENT).no_content()
}

/// Ends mirroring. The repositories that it made stay.
pub fn delete(organization: &str) -> Endpoint<()> {
    about(Endpoint::delete(ROUTE, &[organization]), "delete", organization).no_content().held_by(organization)
}

/// Lets a synchronization begin at once.
pub fn sync_now(organization: &str) -> Endpoint<()> {
    let endpoint = Endpoint::<()>::post("organization/{organization}/mirror/sync-now", &[organization]);
    about(endpoint, "synchronize", organization).repetition(Repetition::IDEMPOTENT).no_content()
}

/// Ends a synchronization. What was cancelled already is refused.
pub fn cancel(organization: &str) -> Endpoint<()> {
    let endpoint = Endpoint::<()>::post("organization/{organization}/mirror/sync-cancel", &[organization]);
    about(endpoint, "cancel the synchronization of", organization).repetition(Repetition::IDEMPOTENT).no_content()
}

/// Lets the server try to reach the source. Nothing is changed.
pub fn verify(organization: &str) -> Endpoint<VerifiedJson> {
    let endpoint = Endpoint::post("organization/{organization}/mirror/verify", &[organization]);
    about(endpoint, "verify", organization).repetition(Repetition::Safe)
}

/// The repositories that were found at the source.
pub fn repositories(organization: &str) -> Listing<MirroredJson> {
    let endpoint = Endpoint::get("organization/{organization}/mirror/repositories", &[organization])
        .query("limit", 500)
        .within("/repositories");
    Listing::while_true(about(endpoint, "list the repositories found by", organization), "has_next")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn body() -> OrgMirrorBody {
        OrgMirrorBody {
            external_registry_type: None,
            external_registry_url: "https://registry.example.com".to_owned(),
            external_namespace: "up".to_owned(),
            external_registry_username: None,
            external_registry_password: None,
            external_registry_config: RegistryConfigJson::default(),
            repository_filters: Vec::new(),
            robot_username: "acme+ci".to_owned(),
            visibility: "private".to_owned(),
            is_enabled: true,
            sync_interval: 60,
            sync_start_date: None,
            skopeo_timeout: 300,
        }
    }

    #[test]
    fn a_password_stays_goes_or_comes() {
        let sent = |password: Option<Option<Secret>>| {
            let body = OrgMirrorBody { external_registry_password: password, ..body() };
            update("acme", &body).body().unwrap().get("external_registry_password").cloned()
        };
        assert_eq!(sent(None), None);
        assert_eq!(sent(Some(None)), Some(Value::Null));
        assert_eq!(sent(Some(Some("p".into()))), Some(json!("p")));
    }

    #[test]
    fn a_change_leaves_the_start_where_the_server_has_it() {
        let sent = update("acme", &body()).body().unwrap();
        assert!(sent.get("sync_start_date").is_none() && sent.get("external_registry_type").is_none());
        assert_eq!(sent["external_registry_username"], Value::Null);
    }
}
