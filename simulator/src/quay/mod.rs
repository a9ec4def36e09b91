//! The simulated Quay.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use rand::Rng;
use rand::distr::Alphanumeric;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How the simulated Quay starts.
#[derive(Clone, Debug, Default)]
pub struct Options {}

/// The simulated Quay.
pub struct Quay {
    state: Mutex<State>,
}

#[derive(Serialize, Deserialize)]
struct State {
    token: String,
}

impl Quay {
    /// Seeds users; `admin_token` is the superuser's token with all scopes.
    pub fn new(_options: &Options, admin_token: &str) -> Self {
        Self { state: Mutex::new(State { token: admin_token.to_owned() }) }
    }

    /// The routes below `/api/v1/`.
    pub fn router(self: Arc<Self>) -> Router {
        Router::new()
    }

    /// The whole state, secrets included.
    pub fn dump(&self) -> Value {
        serde_json::to_value(&*self.state()).unwrap_or_default()
    }

    /// Puts another state in place.
    ///
    /// # Errors
    /// What makes it no state.
    pub fn replace(&self, state: Value) -> Result<(), String> {
        *self.state() = serde_json::from_value(state).map_err(|error| error.to_string())?;
        Ok(())
    }

    /// The route that a path belongs to, for counting.
    pub fn route(&self, _path: &str) -> Option<&'static str> {
        None
    }

    /// Frees the names of deleted namespaces.
    pub fn collect_garbage(&self) {}

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Letters and digits, as in generated secrets.
pub(crate) fn random_text(length: usize) -> String {
    rand::rng().sample_iter(Alphanumeric).take(length).map(char::from).collect()
}
