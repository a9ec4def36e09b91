//! A provider with one of every kind, written as authors write theirs, and tests of what reaches them through the engine. Its servers
//! are values in memory, each at an address of its own.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use terraform_framework::engine::Engine;
use terraform_framework::server::{Encoded, Kind};
use terraform_framework::{Error, Object, Result, Session, Value};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::core::{Core, config};

mod cancelling;
mod checking;
mod kinds;
mod note;
mod parity;

pub use kinds::Office;
pub use note::Note;

/// What is at one address.
pub struct Server {
    /// Text by name.
    pub notes: Mutex<BTreeMap<String, String>>,
    /// Every request, with the time that was left for it.
    pub heard: Mutex<Vec<(String, Duration)>>,
    /// Requests that begin with this get no answer.
    held: Mutex<Option<&'static str>>,
    /// A request is held.
    holds: watch::Sender<bool>,
}

impl Server {
    /// The one at an address; made when it is asked for first.
    pub fn at(url: &str) -> Arc<Self> {
        static ALL: LazyLock<Mutex<HashMap<String, Arc<Server>>>> = LazyLock::new(Mutex::default);
        let made = || {
            let (notes, heard, held) = (Mutex::default(), Mutex::default(), Mutex::default());
            Arc::new(Server { notes, heard, held, holds: watch::Sender::new(false) })
        };
        ALL.lock().unwrap().entry(url.to_owned()).or_insert_with(made).clone()
    }

    /// Leaves requests that begin with this without an answer; `None` none.
    pub fn hold(&self, what: Option<&'static str>) {
        *self.held.lock().unwrap() = what;
    }

    /// Until a request is held.
    pub async fn holding(&self) {
        let mut holds = self.holds.subscribe();
        // On a paused clock this is over as soon as nothing else can happen.
        let held = tokio::time::timeout(Duration::from_secs(3600), holds.wait_for(|holds| *holds)).await;
        held.expect("no such request was made").unwrap();
    }

    /// What was asked, in order.
    pub fn asked(&self) -> Vec<String> {
        self.heard.lock().unwrap().iter().map(|(what, _)| what.clone()).collect()
    }
}

/// A connection.
#[derive(Clone)]
pub struct Desk {
    pub server: Arc<Server>,
    stop: CancellationToken,
    deadline: Instant,
}

impl Session for Desk {
    fn with_deadline(&self, stop: &CancellationToken, deadline: Instant) -> Self {
        Self { server: self.server.clone(), stop: stop.clone(), deadline }
    }
}

impl Desk {
    fn to(url: &str) -> Self {
        Self { server: Server::at(url), stop: CancellationToken::new(), deadline: Instant::now() }
    }

    /// Sends a request, as long as it is wanted and there is time.
    pub async fn ask(&self, what: impl Into<String>) -> Result<()> {
        let what = what.into();
        let held = self.server.held.lock().unwrap().is_some_and(|held| what.starts_with(held));
        let answer = async {
            if held {
                self.server.holds.send_replace(true);
                std::future::pending().await
            }
        };
        let name = what.clone();
        self.server.heard.lock().unwrap().push((what, self.deadline.saturating_duration_since(Instant::now())));
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Error::new("Stopped", format!("{name} was stopped."))),
            () = tokio::time::sleep_until(self.deadline) => Err(Error::new("Too late", format!("{name} took too long."))),
            () = answer => Ok(()),
        }
    }
}

/// A provider that is connected to a server of its own, with Terraform in front of it.
async fn start(url: &str) -> (Core, Arc<Server>) {
    let core = Core::start(Arc::new(Engine::of::<Office>()), serde_json::json!({ "url": url })).await;
    (core, Server::at(url))
}

/// A configuration of any kind of thing, as JSON, for the wire.
fn encoded(core: &Core, kind: Kind, type_name: &str, json: serde_json::Value) -> Encoded {
    let all = core.schemas();
    let schema = match kind {
        Kind::Provider => &all.provider,
        Kind::Resource => &all.resources[type_name],
        Kind::DataSource => &all.data_sources[type_name],
        Kind::Ephemeral => &all.ephemeral_resources[type_name],
        Kind::List => &all.list_resources[type_name],
        Kind::Action => &all.actions[type_name],
    };
    Encoded::of(&config(schema, json), &schema.ty()).unwrap()
}

fn at<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.attribute(name).unwrap_or_else(|| panic!("no attribute {name}"))
}

/// An object out of pairs.
fn object(pairs: &[(&str, Value)]) -> Object {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}
