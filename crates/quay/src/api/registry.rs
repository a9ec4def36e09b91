//! The registry as a whole.
//!
//! Observed: the size is counted only on demand (`queued`), by a worker of the server; asking answers 201 with an empty body.

use registry_http::{Endpoint, Repetition};
use registry_service::dates;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::scopes::SUPERUSER;
use crate::features;

/// How much the registry holds, as last counted.
#[derive(Debug, Clone, Deserialize)]
pub struct RegistrySizeJson {
    /// Zero before the first count.
    #[serde(default)]
    pub size_bytes: i64,
    /// When it was counted: null before the first time, then milliseconds since 1970 (from Quay's source).
    #[serde(default)]
    last_ran: Value,
    #[serde(default)]
    pub running: bool,
    #[serde(default)]
    pub queued: bool,
}

impl RegistrySizeJson {
    /// When it was counted, in RFC 3339.
    pub fn last_ran(&self) -> Option<String> {
        match &self.last_ran {
            Value::String(text) => dates::rfc3339(text),
            number => Some(jiff::Timestamp::from_millisecond(number.as_i64()?).ok()?.to_string()),
        }
    }
}

fn about<T: 'static>(endpoint: Endpoint<T>, action: &str) -> Endpoint<T> {
    endpoint.describe(action).requires_scope(SUPERUSER).ability(&features::REGISTRY_SIZE)
}

/// The size of the registry.
pub fn size() -> Endpoint<RegistrySizeJson> {
    about(Endpoint::get("superuser/registrysize/", &[]), "read the size of the registry")
}

/// Has the size counted again.
pub fn calculate_size() -> Endpoint<()> {
    #[derive(Serialize)]
    struct Empty {}
    let endpoint = Endpoint::<()>::post("superuser/registrysize/", &[]);
    about(endpoint, "have the size of the registry counted")
        .json(&Empty {})
        .repetition(Repetition::IDEMPOTENT)
        .no_content()
}

/// What the registry can do with images.
#[derive(Debug, Clone, Deserialize)]
pub struct CapabilitiesJson {
    pub sparse_manifests: SparseManifestsJson,
    #[serde(default)]
    pub mirror_architectures: Vec<String>,
}

/// Images for several architectures of which the registry holds some only.
#[derive(Debug, Clone, Deserialize)]
pub struct SparseManifestsJson {
    pub supported: bool,
    #[serde(default)]
    pub required_architectures: Vec<String>,
    #[serde(default)]
    pub optional_architectures_allowed: bool,
}

/// What the registry can do; from 3.17 on, for everybody.
pub fn capabilities() -> Endpoint<CapabilitiesJson> {
    Endpoint::get("registry/capabilities", &[]).describe("read what the registry can do with images")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use registry_http::Answer;

    fn read(body: &str) -> RegistrySizeJson {
        size().decode(&Answer::new(200, "application/json", body.to_owned())).unwrap()
    }

    #[test]
    fn before_the_first_count_there_is_no_time() {
        let size = read(r#"{"size_bytes": 0, "last_ran": null, "running": false, "queued": true}"#);
        assert_eq!((size.last_ran(), size.queued), (None, true));
    }

    #[test]
    fn the_time_is_in_milliseconds() {
        let size = read(r#"{"size_bytes": 5, "last_ran": 1795183552000, "running": false, "queued": false}"#);
        assert_eq!(size.last_ran().as_deref(), Some("2026-11-20T14:05:52Z"));
    }
}
