//! What an operation is given: the connection, the time it has, and where to put what must not be lost.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::check::LONGEST_DURATION;
use crate::engine::Private;
use crate::model::{Fields, Object, into_value};
use crate::path::Path;
use crate::value::Value;
use crate::{Diagnostic, Diagnostics};

/// A connection that can be handed out for one operation.
pub trait Session: Send + Sync + 'static {
    /// The same connection for work that `stop` cancels and that must end by `deadline`.
    fn with_deadline(&self, stop: &CancellationToken, deadline: Instant) -> Self;

    /// The address of the server, as a warning names it.
    fn address(&self) -> Option<&str> {
        None
    }
}

impl Session for () {
    fn with_deadline(&self, _: &CancellationToken, _: Instant) -> Self {}
}

/// The surroundings of one operation on one object. Dereferences to the connection.
pub struct Context<C> {
    client: C,
    stop: CancellationToken,
    deadline: Instant,
    saved: Option<Value>,
    private: Private,
    diagnostics: Diagnostics,
}

impl<C: Session> Context<C> {
    pub(crate) fn new(client: &C, stop: CancellationToken, limit: Duration) -> Self {
        // Longer ones are refused where they are configured; here nothing may depend on that.
        let deadline = Instant::now() + limit.min(LONGEST_DURATION);
        let client = client.with_deadline(&stop, deadline);
        Self { client, stop, deadline, saved: None, private: Private::default(), diagnostics: Diagnostics::default() }
    }

    /// The same for a resource with private data.
    pub(crate) fn keeping(mut self, private: Private) -> Self {
        self.private = private;
        self
    }

    /// The same connection for a look at what a failure left behind: it has a time of its own, and what ended the operation (a stop,
    /// or the end of its time) does not end this.
    pub fn afterwards(&self, limit: Duration) -> Self {
        Self::new(&self.client, CancellationToken::new(), limit).keeping(self.private.clone())
    }

    /// Cancelled when the user wants to stop: waits end, what was sent is waited for.
    pub fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// When the operation's time is over.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Stores what exists before a step that may fail. If the operation fails after this, it is what the state will hold.
    pub fn save<M: Fields>(&mut self, model: &M) {
        self.saved = Some(into_value(model));
    }

    /// Takes back what was stored: it was undone again.
    pub fn forget(&mut self) {
        self.saved = None;
    }

    /// Like `save`, for a resource without a model.
    pub fn save_object(&mut self, object: Object) {
        self.saved = Some(Value::Object(object));
    }

    /// Private data of the resource: what the operations before this one kept, and, whatever becomes of this one, what the next ones
    /// will find. It is state: no secret may be in it. Other things than resources have none.
    pub fn private(&self) -> &Private {
        &self.private
    }

    /// The same, to be changed.
    pub fn private_mut(&mut self) -> &mut Private {
        &mut self.private
    }

    /// Tells the user something that does not stop the operation.
    pub fn warn(&mut self, summary: impl Into<String>, detail: impl Into<String>) {
        self.diagnostics.push(Diagnostic::warning(summary, detail));
    }

    /// The same, about one attribute.
    pub fn warn_at(&mut self, path: impl Into<Path>, summary: impl Into<String>, detail: impl Into<String>) {
        self.diagnostics.push(Diagnostic::warning(summary, detail).at(path));
    }

    /// What was saved.
    pub(crate) fn take_saved(&mut self) -> Option<Object> {
        match self.saved.take() {
            Some(Value::Object(object)) => Some(object),
            _ => None,
        }
    }

    /// What there is to say.
    pub(crate) fn finish(self) -> Diagnostics {
        self.diagnostics
    }
}

impl<C> std::ops::Deref for Context<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.client
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_limit_overruns_the_clock() {
        for limit in [Duration::ZERO, LONGEST_DURATION, Duration::from_secs(u64::MAX), Duration::MAX] {
            let cx = Context::new(&(), CancellationToken::new(), limit);
            let afterwards = cx.afterwards(limit);
            assert!(afterwards.deadline() >= cx.deadline());
        }
    }
}
