//! The connection to one platform of a Saagie.

mod dialect;

use std::sync::Arc;

use registry_http::{Client, Credentials, Settings};
use terraform_framework::{Result, Session};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::api;

/// A connection to one platform of a Saagie.
#[derive(Clone)]
pub struct Saagie {
    http: Client,
    platform: Arc<str>,
}

impl Session for Saagie {
    fn with_deadline(&self, stop: &CancellationToken, deadline: Instant) -> Self {
        Self { http: self.http.cancelled_by(stop.clone()).until(deadline), platform: self.platform.clone() }
    }

    fn address(&self) -> Option<&str> {
        Some(self.http.url())
    }
}

impl std::ops::Deref for Saagie {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.http
    }
}

impl Saagie {
    /// A connection to the platform with this number.
    ///
    /// # Errors
    /// When the settings contradict each other.
    pub fn connect(settings: Settings, credentials: Credentials, platform: String) -> Result<Self> {
        Ok(Self { http: Client::new(settings, credentials, dialect::Saagie)?, platform: platform.into() })
    }

    /// A project of the platform.
    pub fn project(&self, id: &str) -> api::Project {
        api::Project { platform: self.platform.to_string(), id: id.to_owned() }
    }
}
