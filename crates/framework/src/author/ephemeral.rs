//! Ephemeral resources: values that exist only while Terraform runs, and are stored nowhere.

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Context, Report, Result, Session};
use crate::model::Model;
use crate::server::Timestamp;

/// A value that is opened, perhaps renewed, and closed within one run of Terraform. Plans open it too.
#[async_trait]
pub trait Ephemeral: Model {
    /// The connection that it works with.
    type Client: Session;
    /// What renewing and closing need to know. It stays in Terraform's memory.
    type Private: Serialize + DeserializeOwned + Send + Sync;

    /// Opens it.
    ///
    /// # Errors
    /// When there is nothing to give.
    async fn open(cx: &mut Context<Self::Client>, config: Self) -> Result<Opened<Self>>;

    /// Renews it; gives when to renew next.
    ///
    /// # Errors
    /// When it is lost.
    async fn renew(
        _cx: &mut Context<Self::Client>,
        private: Self::Private,
    ) -> Result<(Self::Private, Option<Timestamp>)> {
        Ok((private, None))
    }

    /// Closes it.
    ///
    /// # Errors
    /// When something that should be gone may be still there.
    async fn close(_cx: &mut Context<Self::Client>, _private: Self::Private) -> Result<()> {
        Ok(())
    }

    /// Refuses configurations that cannot be right; anything may still be unknown.
    fn validate(_config: &Self::View, _report: &mut Report) {}
}

/// An open ephemeral resource.
pub struct Opened<E: Ephemeral> {
    /// The arguments as given, every output set.
    pub result: E,
    /// For renew and close.
    pub private: E::Private,
    /// When to renew, if ever.
    pub renew_at: Option<Timestamp>,
}
