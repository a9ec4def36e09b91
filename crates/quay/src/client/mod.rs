//! The connection to a Quay: what all areas ask it for, and what it has learned about the server.

mod dialect;
mod features;
pub(crate) mod lookup;
pub(crate) mod permission_lists;

use std::sync::Arc;
use std::time::Duration;

use registry_http::{Client, Credentials, Kind, Origin, Settings};
use terraform_framework::{Result, Session};
use tokio::sync::OnceCell;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::api;
use crate::api::organizations::{OrganizationJson, Organizations};

/// A connection to a Quay, with what it has learned about itself.
#[derive(Clone)]
pub struct Quay {
    http: Client,
    /// The name of the token's own user; `None` when the token may not tell.
    user: Arc<OnceCell<Option<String>>>,
    /// Which lists of permissions were of use.
    met: Arc<permission_lists::Met>,
    /// What the server says that it offers.
    dialect: dialect::Quay,
    /// What the server tells its web pages; `None` when it tells nothing.
    web: Arc<OnceCell<Option<api::web::WebConfigJson>>>,
    /// What the server says that it can do with images; `None` when it does not tell.
    sparse: Arc<OnceCell<Option<api::registry::CapabilitiesJson>>>,
    /// Between two looks at something that the server does in the background.
    pub(crate) poll: Duration,
}

impl Session for Quay {
    fn with_deadline(&self, stop: &CancellationToken, deadline: Instant) -> Self {
        Self { http: self.http.cancelled_by(stop.clone()).until(deadline), ..self.clone() }
    }

    fn address(&self) -> Option<&str> {
        Some(self.http.url())
    }
}

impl std::ops::Deref for Quay {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.http
    }
}

impl Quay {
    /// A connection with nothing learned yet. `poll`: between two looks at something that the server does in the background.
    ///
    /// # Errors
    /// When the settings contradict each other.
    pub fn connect(settings: Settings, credentials: Credentials, poll: Duration) -> Result<Self> {
        let dialect = dialect::Quay::default();
        let http = Client::new(settings, credentials, dialect.clone())?;
        Ok(Self {
            http,
            user: Arc::default(),
            met: Arc::default(),
            dialect,
            web: Arc::default(),
            sparse: Arc::default(),
            poll,
        })
    }

    /// The name of the token's own user, asked for once; `None` when the token's scopes do not show it.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub async fn user(&self) -> Result<Option<&str>> {
        let ask = async || match self.http.send(api::user::current()).await {
            Ok(user) => Ok(Some(user.username)),
            // A token without user:read gets a 401 here, and here only. Whether it is any good, the next request shows.
            Err(e) if matches!(e.kind(), Kind::Unauthenticated | Kind::Forbidden) => Ok(None),
            Err(e) => Err(e),
        };
        Ok(self.user.get_or_try_init(ask).await?.as_deref())
    }

    /// What the server tells its web pages of its configuration, asked for once; `None` when it does not tell.
    pub(crate) async fn web_config(&self) -> Option<&api::web::WebConfigJson> {
        self.web.get_or_init(async || self.http.send(api::web::config()).await.ok()).await.as_ref()
    }

    /// Whether one of the server's features is certainly off; the name without `FEATURE_`. For plans.
    pub(crate) async fn lacks(&self, feature: &str) -> bool {
        self.web_config().await.and_then(|config| config.feature(feature)) == Some(false)
    }

    /// Whether one of the server's features is certainly on; the name without `FEATURE_`.
    pub(crate) async fn has(&self, feature: &str) -> bool {
        self.web_config().await.and_then(|config| config.feature(feature)) == Some(true)
    }

    /// Whether the server can copy some architectures of an image only, asked for once; `None` when it does not tell.
    pub(crate) async fn chooses_architectures(&self) -> Option<bool> {
        let ask = async || self.http.send(api::registry::capabilities()).await.ok();
        self.sparse.get_or_init(ask).await.as_ref().map(|found| found.sparse_manifests.supported)
    }

    /// Whose a namespace is.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub async fn namespace(&self, name: &str) -> Result<api::keys::Namespace> {
        let own = self.user().await? == Some(name);
        Ok(api::keys::Namespace { name: name.to_owned(), own })
    }

    /// Something that an organization's view holds: a team, its quota. `None`: it, or the whole organization, is not there. What a
    /// shared read lacks is confirmed by a read of its own.
    ///
    /// # Errors
    /// When the server cannot be asked, or shows the organization as to an anonymous reader.
    pub async fn in_organization<T>(
        &self,
        organization: &str,
        find: impl Fn(&OrganizationJson) -> Option<T> + Send,
    ) -> Result<Option<T>> {
        let name = organization.to_owned();
        let Some(found) = self.http.read::<Organizations>(&name).await? else { return Ok(None) };
        match find(&found) {
            None if found.origin() == Origin::List => {
                Ok(self.http.read_uncached::<Organizations>(&name).await?.and_then(|single| find(&single)))
            }
            wanted => Ok(wanted),
        }
    }
}
