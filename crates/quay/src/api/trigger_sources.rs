//! What the service of a build trigger (GitHub, GitLab or Bitbucket) holds, as Quay asks it. Only the user who made the trigger can.

use std::collections::BTreeMap;

use registry_http::{Endpoint, Repetition};
use serde::Deserialize;
use serde_json::json;

use super::triggers::{ADMIN, ConfigJson, TriggerKey};

/// What it takes to ask the service of a trigger.
const OWN: &str = "repo:admin and user:admin of the user who made the trigger";

/// Where the service of a trigger keeps sources.
#[derive(Debug, Clone, Deserialize)]
pub struct SourceNamespaceJson {
    pub id: String,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub personal: bool,
    #[serde(default)]
    pub url: Option<String>,
}

/// A source that the service of a trigger has.
#[derive(Debug, Clone, Deserialize)]
pub struct SourceJson {
    pub name: String,
    pub full_name: String,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub url: Option<String>,
    #[serde(default)]
    pub has_admin_permissions: bool,
    #[serde(default)]
    pub private: bool,
    /// Seconds since 1970; 0 where the service does not tell.
    #[serde(default)]
    pub last_updated: Option<i64>,
}

/// The Dockerfiles of a source.
#[derive(Debug, Clone, Deserialize)]
pub struct DockerfilesJson {
    /// `success` or `error`.
    pub status: String,
    #[serde(default)]
    pub message: Option<String>,
    #[serde(default)]
    pub dockerfile_paths: Vec<String>,
    /// The folders that can be the context of each.
    #[serde(default, rename = "contextMap")]
    pub contexts: BTreeMap<String, Vec<String>>,
}

/// A branch or tag.
#[derive(Debug, Clone, Deserialize)]
pub struct RefJson {
    /// `branch` or `tag`.
    pub kind: String,
    pub name: String,
}

/// What Quay thinks of settings.
#[derive(Debug, Clone, Deserialize)]
pub struct AnalysisJson {
    /// `publicbase`, `requiresrobot`, `warning`, `error` or `notimplemented`.
    pub status: String,
    #[serde(default)]
    pub message: Option<String>,
    /// Of the image that the Dockerfile begins with, where that is in this registry.
    #[serde(default)]
    pub namespace: Option<String>,
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub robots: Vec<CandidateJson>,
}

/// A robot that could pull.
#[derive(Debug, Clone, Deserialize)]
pub struct CandidateJson {
    pub name: String,
    #[serde(default)]
    pub can_read: bool,
}

/// Where the service of a trigger keeps sources.
pub fn source_namespaces(key: &TriggerKey) -> Endpoint<Vec<SourceNamespaceJson>> {
    Endpoint::get("repository/{namespace}/{+repository}/trigger/{trigger_uuid}/namespaces", &key.names())
        .within("/namespaces")
        .describe(format!("ask the service of {} for its namespaces", key.said()))
        .requires_scope(OWN)
}

/// The sources in one of those.
pub fn sources(key: &TriggerKey, namespace: &str) -> Endpoint<Vec<SourceJson>> {
    Endpoint::post("repository/{namespace}/{+repository}/trigger/{trigger_uuid}/sources", &key.names())
        .within("/sources")
        .json(&json!({ "namespace": namespace }))
        .describe(format!("ask the service of {} for the sources of {namespace}", key.said()))
        .requires_scope(OWN)
        .repetition(Repetition::Safe)
}

/// The Dockerfiles of a source.
pub fn dockerfiles(key: &TriggerKey, source: &str) -> Endpoint<DockerfilesJson> {
    Endpoint::post("repository/{namespace}/{+repository}/trigger/{trigger_uuid}/subdir", &key.names())
        .json(&json!({ "build_source": source }))
        .describe(format!("ask the service of {} for the Dockerfiles of {source}", key.said()))
        .requires_scope(OWN)
        .repetition(Repetition::Safe)
}

/// Branches and tags of a source: all that the service told Quay, which cuts other fields only. A service that fails makes a 404 (Bitbucket), a 500
/// (GitLab), or too little (GitHub: the branch `master` alone).
pub fn refs(key: &TriggerKey, source: &str) -> Endpoint<Vec<RefJson>> {
    Endpoint::post(
        "repository/{namespace}/{+repository}/trigger/{trigger_uuid}/fields/{field_name}",
        &[&key.repository.namespace, &key.repository.name, &key.id, "refs"],
    )
    .within("/values")
    .json(&json!({ "build_source": source }))
    .describe(format!("ask the service of {} for the branches and tags of {source}", key.said()))
    .requires_scope(ADMIN)
    .repetition(Repetition::Safe)
}

/// What Quay thinks of settings.
pub fn analyze(key: &TriggerKey, config: &ConfigJson) -> Endpoint<AnalysisJson> {
    Endpoint::post("repository/{namespace}/{+repository}/trigger/{trigger_uuid}/analyze", &key.names())
        .json(&json!({ "config": config }))
        .describe(format!("have the settings of {} looked through", key.said()))
        .requires_scope(ADMIN)
        .repetition(Repetition::Safe)
}
