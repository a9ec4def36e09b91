//! Credentials, and the one login that concurrent requests share.

use std::sync::Arc;

use ::http::HeaderValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use super::client::Client;
use super::endpoint::Endpoint;
use super::error::{Error, Kind};

/// Who the requests come from.
#[derive(Clone)]
pub enum Credentials {
    /// Nobody.
    None,
    /// A token that is sent as it is.
    Bearer(SecretString),
    /// User name and password, or a robot's name and secret.
    Basic {
        /// The name.
        username: String,
        /// The password.
        password: SecretString,
    },
    /// A token that is fetched with this request when it is first needed, and again when the server refuses it.
    Login(Login),
}

/// The request that logs in.
#[derive(Clone)]
pub struct Login(Arc<Endpoint<SecretString>>);

impl Credentials {
    /// Logs in with `endpoint`, whose answer is the token.
    pub fn login(endpoint: Endpoint<SecretString>) -> Self {
        Self::Login(Login(Arc::new(endpoint.anonymous())))
    }

    /// What must never show in any text.
    pub(crate) fn secrets(&self) -> Vec<&SecretString> {
        match self {
            Self::Bearer(token) => vec![token],
            Self::Basic { password, .. } => vec![password],
            Self::Login(login) => login.0.call.secrets.iter().collect(),
            Self::None => Vec::new(),
        }
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Bearer(_) => "Bearer(..)",
            Self::Basic { .. } => "Basic(..)",
            Self::Login(_) => "Login(..)",
        })
    }
}

pub(crate) struct Auth {
    pub(crate) credentials: Credentials,
    session: Mutex<Session>,
}

#[derive(Default)]
struct Session {
    /// Counts logins, so that of many requests that were refused with one token only the first logs in again.
    generation: u64,
    token: Option<SecretString>,
    /// Wrong credentials are not tried again: accounts get locked that way.
    refused: Option<Error>,
}

/// The header of one request, and the login that it came from.
pub(crate) struct Authorization {
    pub(crate) header: Option<HeaderValue>,
    pub(crate) generation: u64,
    /// What is sent beside the scheme, where that is not one of the credentials themselves.
    pub(crate) token: Option<SecretString>,
}

impl Auth {
    pub(crate) fn new(credentials: Credentials) -> Self {
        Self { credentials, session: Mutex::default() }
    }

    /// Checks that the credentials can be sent in a header at all.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match &self.credentials {
            Credentials::Bearer(token) if token.expose_secret().trim().is_empty() => {
                Err(Error::setting("token", "is empty"))
            }
            Credentials::Bearer(token) => bearer(token).map(drop),
            Credentials::Basic { username, .. } if username.is_empty() || username.contains(':') => {
                Err(Error::setting("username", "must not be empty or hold a colon"))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn can_login(&self) -> bool {
        matches!(self.credentials, Credentials::Login(_))
    }

    pub(crate) async fn authorization(&self, client: &Client) -> Result<Authorization, Error> {
        let fixed = |header| Authorization { header, generation: 0, token: None };
        match &self.credentials {
            Credentials::None => Ok(fixed(None)),
            Credentials::Bearer(token) => Ok(fixed(Some(bearer(token)?))),
            Credentials::Basic { username, password } => {
                let pair = SecretString::from(format!("{username}:{}", password.expose_secret()));
                let token = SecretString::from(STANDARD.encode(pair.expose_secret()));
                let header = header("Basic", token.expose_secret(), "password")?;
                Ok(Authorization { header: Some(header), generation: 0, token: Some(token) })
            }
            Credentials::Login(login) => self.session_token(client, login).await,
        }
    }

    async fn session_token(&self, client: &Client, login: &Login) -> Result<Authorization, Error> {
        let mut session = self.session.lock().await;
        if let Some(refused) = &session.refused {
            return Err(refused.clone());
        }
        let token = if let Some(token) = &session.token {
            token.clone()
        } else {
            let endpoint = Endpoint::clone(&login.0);
            let token = Box::pin(client.send(endpoint)).await.map_err(about_the_login).inspect_err(|error| {
                if matches!(error.kind(), Kind::Unauthenticated | Kind::Forbidden | Kind::Rejected) {
                    session.refused = Some(error.clone());
                }
            })?;
            session.generation += 1;
            session.token = Some(token.clone());
            token
        };
        Ok(Authorization { header: Some(bearer(&token)?), generation: session.generation, token: Some(token) })
    }

    /// The server refused the token of login `generation`: the next request logs in again, unless another one has already.
    pub(crate) async fn renew(&self, generation: u64) {
        let mut session = self.session.lock().await;
        if session.generation == generation {
            session.token = None;
        }
    }
}

/// A login says nothing about the object that it was for: that it is not there least of all.
fn about_the_login(error: Error) -> Error {
    if error.is_not_found() { error.of_kind(Kind::Foreign) } else { error }
}

fn bearer(token: &SecretString) -> Result<HeaderValue, Error> {
    header("Bearer", token.expose_secret().trim(), "token")
}

fn header(scheme: &str, value: &str, setting: &str) -> Result<HeaderValue, Error> {
    let text = SecretString::from(format!("{scheme} {value}"));
    let mut header = HeaderValue::from_str(text.expose_secret()).map_err(|_| {
        Error::setting(setting, "holds a character (a line break, perhaps) that cannot be sent in a header")
    })?;
    header.set_sensitive(true);
    Ok(header)
}
