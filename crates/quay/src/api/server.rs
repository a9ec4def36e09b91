//! The server itself: what its errors mean, what it is, and its end.
//!
//! From Quay's source: whoever asks is told the status, and superusers alone the change log.

use registry_http::{Acknowledgement, Endpoint};
use serde::Deserialize;

use super::scopes::SUPERUSER;
use crate::features;

/// What a type of errors means.
#[derive(Debug, Clone, Deserialize)]
pub struct ErrorTypeJson {
    pub title: String,
    pub description: String,
    /// Where this stands.
    #[serde(rename = "type")]
    pub url: String,
}

/// A type of errors, by the name that answers have in `error_type`.
pub fn error_type(name: &str) -> Endpoint<ErrorTypeJson> {
    let wanted = name.to_owned();
    Endpoint::<ErrorTypeJson>::get("error/{type}", &[name])
        .describe(format!("read what the error type {name} means"))
        .identified(move |found| found.title == wanted)
}

/// Whether the server is set up.
#[derive(Debug, Clone, Deserialize)]
pub struct StatusJson {
    pub status: String,
    /// Where its configuration is from; missing before it is ready.
    #[serde(default)]
    pub provider_id: Option<String>,
}

/// Whether the server is set up.
pub fn status() -> Endpoint<StatusJson> {
    let endpoint = Endpoint::get("superuser/registrystatus", &[]).describe("read the status of the registry");
    endpoint.ability(&features::SUPERUSERS)
}

/// What changed from release to release.
#[derive(Debug, Clone, Deserialize)]
pub struct ChangelogJson {
    /// Markdown.
    pub log: String,
}

/// The change log that the server was delivered with.
pub fn changelog() -> Endpoint<ChangelogJson> {
    let endpoint = Endpoint::get("superuser/changelog/", &[]).describe("read the change log of the server");
    endpoint.requires_scope(SUPERUSER).ability(&features::SUPERUSERS)
}

/// Ends the server: from Quay's source, it interrupts the first process of its container.
pub fn shut_down() -> Endpoint<()> {
    Endpoint::<()>::post("superuser/shutdown", &[])
        .describe("shut down the server")
        .requires_scope(SUPERUSER)
        .ability(&features::SHUTDOWN)
        .acknowledged(Acknowledgement::Object(&[]))
}
