//! Actions: things that are done on demand, and change no state.

use async_trait::async_trait;

use super::{Context, Report, Result, Session};
use crate::model::Model;
use crate::server::{ActionEvent, Sink};

/// Something that is done when a user, or a change of a resource, asks for it.
#[async_trait]
pub trait Action: Model {
    /// The connection that it works with.
    type Client: Session;

    /// Does it.
    ///
    /// # Errors
    /// When it was not done, or not wholly.
    async fn invoke(cx: &mut Context<Self::Client>, config: Self, progress: &Progress) -> Result<()>;

    /// Refuses configurations that cannot be right; anything may still be unknown.
    fn validate(_config: &Self::View, _report: &mut Report) {}

    /// Asks the server whether a planned action can be done; anything may still be unknown. As with [`Resource::preflight`](super::Resource::preflight)
    /// only diagnostics count, it is left out where the provider's configuration is not known yet, and what it cannot find out it keeps
    /// silent about.
    async fn preflight(_cx: &mut Context<Self::Client>, _config: Self::View, _report: &mut Report) {}
}

/// Tells the user how far an action is.
#[derive(Debug, Clone)]
pub struct Progress(pub(crate) Sink<ActionEvent>);

impl Progress {
    /// Says one line. A client that went away is not an error.
    pub async fn say(&self, message: impl Into<String>) {
        let _ = self.0.send(ActionEvent::Progress(message.into())).await;
    }
}
