//! Organizations.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::mirrors::OrgMirror;
use super::namespaces::Namespace;
use super::oauth::Application;
use super::permissions::Prototype;
use super::teams::Team;

/// An organization.
#[derive(Serialize, Deserialize)]
pub struct Organization {
    /// What it shares with users.
    #[serde(flatten)]
    pub namespace: Namespace,
    /// Teams by name.
    pub teams: BTreeMap<String, Team>,
    /// Default permissions by id.
    #[serde(default)]
    pub prototypes: BTreeMap<String, Prototype>,
    /// The registry that it is a cache of.
    #[serde(default)]
    pub proxy_cache: Option<ProxyCache>,
    /// The registry that it mirrors.
    #[serde(default)]
    pub mirror: Option<OrgMirror>,
    /// OAuth applications, the oldest first.
    #[serde(default)]
    pub applications: Vec<Application>,
    /// Whether it was made of a user who was disabled. Nobody can enable it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
}

impl Organization {
    /// A new one.
    pub fn new(namespace: Namespace, teams: BTreeMap<String, Team>) -> Self {
        Self {
            namespace,
            teams,
            prototypes: BTreeMap::new(),
            proxy_cache: None,
            mirror: None,
            applications: Vec::new(),
            disabled: false,
        }
    }
}

/// What an organization caches.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProxyCache {
    /// `host:port/namespace`.
    pub upstream_registry: String,
    /// Who logs in there; never shown.
    pub username: Option<String>,
    /// With which password; never shown.
    pub password: Option<String>,
    /// Seconds for which images are kept.
    pub expiration_s: i64,
    /// Whether certificates do not count.
    pub insecure: bool,
}
