//! The server itself: what its errors mean, and its end.

use serde::Deserialize;

use super::super::ability;
use super::users::SUPERUSER;
use crate::http::Endpoint;

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
    Endpoint::get("error/{type}", &[name]).to(format!("read what the error type {name} means"))
}

/// Ends the server: from Quay's source, it interrupts the first process of its container.
pub fn shut_down() -> Endpoint<()> {
    Endpoint::<()>::post("superuser/shutdown", &[])
        .to("shut down the server")
        .needs(SUPERUSER)
        .ability(&ability::SHUTDOWN)
        .no_content()
}
