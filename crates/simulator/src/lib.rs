//! Stands in for Quay, Harbor and Saagie servers in tests and demonstrations.
//!
//! All three APIs are served on one port, in memory. Each service is a module with its own state; what they share is
//! here:
//!
//! - [`connection`]: connections that can really be cut,
//! - [`faults`]: what goes wrong on demand,
//! - [`foreign`]: answers that are not those of the request,
//! - [`journal`]: what was asked and answered,
//! - [`request_counts`]: counts of requests by method and route,
//! - [`patch`]: changes behind a client's back,
//! - [`control`]: all of it over HTTP, below `/-/simulator/`.
//!
//! ```no_run
//! # fn main() -> std::io::Result<()> {
//! let simulator = registry_simulator::Simulator::start(registry_simulator::Options::default())?;
//! println!("{} {}", simulator.url(), simulator.credentials().quay_token);
//! # Ok(())
//! # }
//! ```
//!
//! The simulator shares nothing with the providers, on purpose: a field name that is wrong there cannot be wrong here
//! in the same way.

pub mod connection;
pub mod control;
mod credentials;
pub mod faults;
pub mod foreign;
mod gateway;
pub mod harbor;
pub mod journal;
mod options;
pub mod patch;
pub mod quay;
pub mod request_counts;
pub mod saagie;
mod service;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::oneshot;

pub use credentials::Credentials;
pub use faults::{Action, Fault};
pub use gateway::Gateway;
pub use journal::Exchange;
pub use options::Options;
pub use quay::NewImage;
pub use request_counts::Requests;
pub use service::Service;

/// A running simulator. Dropping it ends it, with all of its connections.
///
/// It runs on a thread with a runtime of its own, so that it serves synchronous and asynchronous callers alike.
pub struct Simulator {
    address: SocketAddr,
    gateway: Arc<Gateway>,
    runtime: tokio::runtime::Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Simulator {
    /// Starts a simulator, which listens when this returns.
    ///
    /// # Errors
    /// When the address cannot be listened on, or no thread or runtime can be made.
    pub fn start(options: Options) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(options.listen)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let gateway = Arc::new(Gateway::new(options, format!("http://{address}")));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let router = gateway.clone().router().merge(control::router(gateway.clone()));
        let listener = {
            let _inside = runtime.enter();
            connection::Listener::new(tokio::net::TcpListener::from_std(listener)?)
        };
        let thread = std::thread::Builder::new().name("registry-simulator".into()).spawn(move || {
            runtime.block_on(async move {
                let service = router.into_make_service_with_connect_info::<connection::Cut>();
                tokio::select! {
                    // Serving fails only when the listener does, and a client then sees that for itself.
                    _ = async { axum::serve(listener, service).await } => {}
                    _ = stopped => {}
                }
            });
            // Connections and pauses under way end with the runtime.
            runtime.shutdown_background();
        })?;
        Ok(Self { address, gateway, runtime: handle, stop: Some(stop), thread: Some(thread) })
    }

    /// `http://127.0.0.1:<port>`, without a slash at its end.
    pub fn url(&self) -> &str {
        &self.gateway.credentials().url
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What logs in to it.
    pub fn credentials(&self) -> &Credentials {
        self.gateway.credentials()
    }

    /// All that it holds: an object with a member per service, secrets included.
    pub fn dump(&self) -> Value {
        self.inside(|gateway| gateway.dump())
    }

    /// Changes what it holds behind a client's back. The patch is applied to the [`dump`](Self::dump): a JSON merge
    /// patch (RFC 7396) if it is an object, a JSON patch (RFC 6902: add, replace, remove, test) if it is an array.
    ///
    /// # Errors
    /// A patch that does not apply, or after which a service cannot read its state. Nothing is changed then.
    pub fn edit(&self, patch: Value) -> Result<(), String> {
        self.inside(move |gateway| gateway.edit(&patch))
    }

    /// Puts an image into one of Quay's repositories, as a push would; a repository that is not there is made. Gives the digest of
    /// its manifest.
    ///
    /// # Errors
    /// Why it cannot be put there.
    pub fn push(&self, image: NewImage) -> Result<String, String> {
        self.inside(move |gateway| gateway.quay().push(&image))
    }

    /// Opens a second address, at which the storage behind Quay takes files itself: `http://127.0.0.1:<port>`.
    ///
    /// # Errors
    /// When there is no port to listen on.
    pub fn open_storage(&self) -> io::Result<String> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let origin = format!("http://{}", listener.local_addr()?);
        let service = self.gateway.clone().storage().into_make_service_with_connect_info::<connection::Cut>();
        let listener = {
            let _inside = self.runtime.enter();
            connection::Listener::new(tokio::net::TcpListener::from_std(listener)?)
        };
        self.runtime.spawn(async { axum::serve(listener, service).await });
        self.edit(serde_json::json!({"quay": {"storage": origin}})).map_err(io::Error::other)?;
        Ok(origin)
    }

    /// Lets something go wrong. Faults are tried in the order in which they were added.
    pub fn fault(&self, fault: Fault) {
        self.gateway.faults.add(fault);
    }

    /// Takes all faults back.
    pub fn clear_faults(&self) {
        self.gateway.clear_faults();
    }

    /// Requests that arrived since the start or the last [`reset_requests`](Self::reset_requests).
    pub fn requests(&self) -> Requests {
        self.gateway.request_counts.requests()
    }

    /// Sets the counts to zero.
    pub fn reset_requests(&self) {
        self.gateway.request_counts.reset();
    }

    /// From now on, keeps what is asked and answered.
    pub fn record(&self) {
        self.gateway.journal.begin();
    }

    /// What was asked and answered since [`record`](Self::record), in the order of the answers; ends the record.
    pub fn recorded(&self) -> Vec<Exchange> {
        self.gateway.journal.end()
    }

    /// Does something, on the simulator's own thread, when a request was handled and its answer is about to go out: that answer which
    /// comes after so many others. It replaces what was to be done at an answer before.
    pub fn at_answer(&self, after: u64, task: impl FnOnce() + Send + 'static) {
        self.gateway.journal.at_answer(after, Box::new(task));
    }

    /// Waits this long before each request is handled.
    pub fn set_latency(&self, latency: Duration) {
        self.gateway.set_latency(latency);
    }

    /// Forgets all that was made, faults, latency and counts. Credentials stay.
    pub fn reset(&self) {
        self.inside(|gateway| gateway.reset());
    }

    /// Runs what real servers do in the background: names of deleted namespaces become free.
    pub fn collect_garbage(&self) {
        self.inside(|gateway| gateway.quay().collect_garbage());
    }

    /// Starts Harbor's process again where it has ended (see [`harbor::Harbor::restart`]).
    pub fn restart_harbor(&self) {
        self.inside(|gateway| gateway.harbor().restart());
    }

    /// Runs `task` on the simulator's own thread, so that no request is handled in the middle of it.
    fn inside<T: Send + 'static>(&self, task: impl FnOnce(&Gateway) -> T + Send + 'static) -> T {
        let (answer, result) = mpsc::channel();
        let gateway = self.gateway.clone();
        self.runtime.spawn(async move {
            let _ = answer.send(task(&gateway));
        });
        #[expect(clippy::expect_used, reason = "the thread lives as long as self, and tasks on it do not panic")]
        result.recv().expect("the simulator's thread runs")
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
