//! Data sources.

use async_trait::async_trait;

use super::{Context, Report, Result, Session};
use crate::model::Model;

/// Something that is read and never changed.
#[async_trait]
pub trait DataSource: Model {
    /// The connection that it works with.
    type Client: Session;

    /// Reads it: the arguments as given, every output set.
    ///
    /// # Errors
    /// When it is not there, or cannot be read.
    async fn read(cx: &mut Context<Self::Client>, config: Self) -> Result<Self>;

    /// Refuses configurations that cannot be right; anything may still be unknown.
    fn validate(_config: &Self::View, _report: &mut Report) {}
}
