//! The connection to a Harbor: what all areas ask it for, and what it has learned about the server.

pub(crate) mod accepted_permissions;
mod dialect;

use std::collections::BTreeSet;
use std::sync::Arc;

use registry_http::{Client, Credentials, Kind, Settings};
use semver::Version;
use terraform_framework::{Error, Result, Secret, Session};
use tokio::sync::OnceCell;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use self::accepted_permissions::Accepted;
use crate::api;
use crate::api::robot_names::RobotName;
use crate::api::system::PairJson;

/// A connection to a Harbor, with what it has learned about it.
#[derive(Clone)]
pub struct Harbor {
    http: Client,
    /// The same that the client has, with what it knows of the credentials.
    dialect: dialect::Harbor,
    learned: Arc<Learned>,
}

#[derive(Default)]
struct Learned {
    version: OnceCell<Option<Version>>,
    accepted: OnceCell<Accepted>,
    prefix: OnceCell<Option<String>>,
    /// The same prefix, where a robot's names told it.
    deduced: OnceCell<String>,
}

impl Session for Harbor {
    fn with_deadline(&self, stop: &CancellationToken, deadline: Instant) -> Self {
        Self { http: self.http.cancelled_by(stop.clone()).until(deadline), ..self.clone() }
    }

    fn address(&self) -> Option<&str> {
        Some(self.http.url())
    }
}

impl std::ops::Deref for Harbor {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.http
    }
}

impl Harbor {
    /// A connection with nothing learned yet.
    ///
    /// # Errors
    /// When the settings contradict each other.
    pub fn connect(settings: Settings, username: String, password: &Secret) -> Result<Self> {
        let dialect = dialect::Harbor::new(&username);
        let credentials = Credentials::Basic { username, password: password.expose().to_owned().into() };
        let http = Client::new(settings, credentials, dialect.clone())?;
        Ok(Self { http, dialect, learned: Arc::default() })
    }

    /// Whether the credentials are a robot's. Asked for once; where the server does not say, the name has to tell.
    pub async fn is_robot(&self) -> bool {
        match self.dialect.caller(&self.http).await {
            Ok(caller) => caller == dialect::Caller::Robot,
            Err(_) => self.dialect.is_robot(),
        }
    }

    /// Makes sure, once, that the server takes the credentials: what it shows to nobody must not be taken for all that there is.
    ///
    /// # Errors
    /// When it does not, or cannot be asked.
    pub async fn prove_login(&self) -> Result<()> {
        self.dialect.caller(&self.http).await?;
        Ok(())
    }

    /// The server's version, asked for once; `None` when it has another form than releases have.
    ///
    /// # Errors
    /// When the server cannot be asked, or does not accept the credentials.
    pub async fn version(&self) -> Result<Option<&Version>> {
        let ask = async || {
            Ok::<_, Error>(self.http.send(api::system::info()).await?.harbor_version.and_then(|v| release(&v)))
        };
        Ok(self.learned.version.get_or_try_init(ask).await?.as_ref())
    }

    /// `Harbor 2.15.2`, or just `Harbor`.
    pub async fn name(&self) -> String {
        match self.version().await {
            Ok(Some(version)) => format!("Harbor {version}"),
            _ => "This Harbor".to_owned(),
        }
    }

    /// What robots can be granted on this server: as the server tells, or from the table of its version where the caller may not ask.
    /// Asked for once.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub async fn accepted(&self) -> Result<&Accepted> {
        let ask = async || {
            let told = match self.http.send(api::system::permissions()).await {
                Ok(told) => told,
                Err(e) if matches!(e.kind(), Kind::Forbidden | Kind::Unsupported | Kind::ServerError) => {
                    return Ok::<_, Error>(self.version().await?.map(Accepted::by).unwrap_or_default());
                }
                Err(e) => return Err(e.into()),
            };
            let table = match (&told.system, &told.project) {
                (Some(_), Some(_)) => Accepted::default(),
                _ => self.version().await?.map(Accepted::by).unwrap_or_default(),
            };
            let pairs = |told: Option<Vec<PairJson>>| {
                told.map(|pairs| pairs.into_iter().map(|p| (p.resource, p.action)).collect::<BTreeSet<_>>())
            };
            Ok(Accepted { system: pairs(told.system).or(table.system), project: pairs(told.project).or(table.project) })
        };
        self.learned.accepted.get_or_try_init(ask).await
    }

    /// What stands before every robot's name, asked for once; `None` when the caller may not ask, and no name has told it yet.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub async fn robot_prefix(&self) -> Result<Option<&str>> {
        let ask = async || match self.http.send(api::system::configuration()).await {
            Ok(settings) => Ok(settings.robot_name_prefix.and_then(|s| s.value)),
            Err(e) if e.kind() == Kind::Forbidden => Ok(None),
            Err(e) => Err(Error::from(e)),
        };
        let told = self.learned.prefix.get_or_try_init(ask).await?.as_deref();
        Ok(told.or_else(|| self.learned.deduced.get().map(String::as_str)))
    }

    /// What a robot is called, with its prefix as far as it is known. For a robot of the system that is asked for: its name is all that tells it
    /// from others.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub async fn robot_name(&self, project: Option<&str>, short: &str) -> Result<RobotName> {
        let prefix = match project {
            Some(_) => self.learned.prefix.get().cloned().flatten().or_else(|| self.learned.deduced.get().cloned()),
            None => self.robot_prefix().await?.map(ToOwned::to_owned),
        };
        let caller = self.dialect.username();
        Ok(RobotName { project: project.map(ToOwned::to_owned), short: short.to_owned(), prefix, caller })
    }

    /// Notes the prefix that was found at a robot whose short name is certain.
    pub fn deduce_prefix(&self, prefix: &str) {
        // One that is known already is the same.
        let _ = self.learned.deduced.set(prefix.to_owned());
    }
}

/// The release of a version such as `v2.15.2-5e1f0a7d`.
fn release(version: &str) -> Option<Version> {
    let numbers = version.trim_start_matches('v').split(['-', '+']).next()?;
    Version::parse(numbers).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_carry_a_commit() {
        assert_eq!(release("v2.15.2-5e1f0a7d"), Some(Version::new(2, 15, 2)));
        assert_eq!(release("v2.9.0"), Some(Version::new(2, 9, 0)));
        assert_eq!(release("dev"), None);
    }
}
