//! Saagie: the provider block, and the one list of what the provider offers.

use std::sync::Arc;

use registry_http::Credentials;
use registry_service::{ConnectionArgs, Source, warn_of};
use terraform_framework::server::Serve;
use terraform_framework::{Connection, Engine, Flatten, Model, Offers, Provider, Result, Secret, check};

use crate::client::Saagie;

mod api;
mod client;
mod credentials;

/// Manages the Docker credentials of Saagie projects: the logins with which a platform pulls images from private registries.
#[derive(Debug, Clone, Model)]
#[model(type = "saagie")]
pub struct SaagieProvider {
    /// Address of the workspace, such as `https://saagie-workspace.prod.saagie.io`. Environment: `SAAGIE_URL`.
    #[attribute(optional)]
    url: Option<String>,
    /// Number of the platform, as in the browser's address: `/projects/platform/<number>/`. Environment: `SAAGIE_PLATFORM_ID`.
    #[attribute(optional, check = check::length(1, 64))]
    platform_id: Option<String>,
    /// The realm to log in to; the first part of the host's name, up to a `-`, by default. Environment: `SAAGIE_REALM`.
    #[attribute(optional)]
    realm: Option<String>,
    /// Name of the user. Environment: `SAAGIE_USERNAME`.
    #[attribute(optional)]
    username: Option<String>,
    /// Password of the user. Environment: `SAAGIE_PASSWORD`.
    #[attribute(optional)]
    password: Option<Secret>,
    /// How to reach the server.
    #[attribute(optional)]
    connection: Flatten<ConnectionArgs>,
}

/// The provider, ready to be served.
pub fn provider() -> Arc<dyn Serve> {
    Arc::new(Engine::of::<SaagieProvider>())
}

impl Provider for SaagieProvider {
    type Client = Saagie;

    fn connect(config: Self, connection: &mut Connection) -> Result<Saagie> {
        let from = Source::new("saagie", connection);
        let settings = config.connection.0.settings(config.url.as_ref(), &from)?;
        let realm = from.text("realm", config.realm.as_ref()).or_else(|| default_realm(&settings.url));
        let realm = realm.ok_or_else(|| from.missing("Realm", "realm"))?;
        let platform = from.required("Platform", "platform_id", config.platform_id.as_ref())?;
        let username = from.required("User name", "username", config.username.as_ref())?;
        let password = from.secret("password", config.password.as_ref());
        let password = password.ok_or_else(|| from.missing("Password", "password"))?;
        let login = Credentials::login(api::login(&realm, &username, &password));
        let saagie = Saagie::connect(settings, login, platform)?;
        warn_of(&saagie, connection);
        Ok(saagie)
    }

    fn offers() -> Offers<Saagie> {
        credentials::offers()
    }
}

/// `saagie` of `https://saagie-workspace.prod.saagie.io`.
fn default_realm(url: &str) -> Option<String> {
    let host = url::Url::parse(url).ok()?.domain()?.to_owned();
    let label = host.split('.').next()?;
    Some(label.split('-').next()?.to_owned()).filter(|realm| !realm.is_empty())
}

#[cfg(test)]
mod tests {
    use super::default_realm;

    #[test]
    fn the_realm_is_the_beginning_of_the_host() {
        assert_eq!(default_realm("https://saagie-workspace.prod.saagie.io").as_deref(), Some("saagie"));
        assert_eq!(default_realm("https://acme.example.com/").as_deref(), Some("acme"));
        assert_eq!(default_realm("http://127.0.0.1:8080"), None);
    }
}
