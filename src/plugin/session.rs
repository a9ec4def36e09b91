//! The life of a provider's process, from the handshake to its end.

use std::error::Error;
use std::io::{self, Write};
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;

use super::calls::Calls;
use super::environment::Environment;
use super::listener::{Cleanup, Listener};
use super::routes::Routes;
use super::services::Services;
use super::signals::{Signal, Signals};
use super::tls::Identity;
use super::{Plugin, connection, debug, dump, handshake};

/// Calls come ten at a time and wait for a server most of it: few threads are enough, and each costs a start.
const FEWEST_WORKERS: usize = 2;
const MOST_WORKERS: usize = 4;

/// How long the end may be held up by a runtime that does not let go.
const WEDGED: Duration = Duration::from_millis(100);

/// How often it is checked whether Terraform has died, while it is not connected.
const ORPHAN_PAUSE: Duration = Duration::from_millis(200);

/// Why the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// Terraform needs it no longer, or is gone.
    Shutdown,
    /// Ctrl-C in debug mode.
    Interrupted,
    /// `kill`.
    Terminated,
}

impl Ending {
    /// How long calls in flight may go on. Terraform has none when it asks for the end, and kills the process two
    /// seconds later. A signal may come in the middle of a creation, whose result must not be lost.
    fn grace(self) -> Duration {
        match self {
            Ending::Shutdown => Duration::from_millis(800),
            Ending::Interrupted | Ending::Terminated => Duration::from_secs(8),
        }
    }

    fn code(self) -> u8 {
        match self {
            Ending::Shutdown | Ending::Interrupted => 0,
            // As a shell reports a process that the signal killed.
            Ending::Terminated => 128 + 15,
        }
    }
}

/// Serves until the end.
pub(crate) fn run(plugin: &Plugin, environment: &Environment, debug: bool) -> Result<ExitCode, Box<dyn Error>> {
    let workers = thread::available_parallelism().map_or(FEWEST_WORKERS, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers.clamp(FEWEST_WORKERS, MOST_WORKERS))
        .enable_all()
        .build()?;
    let code = runtime.block_on(serve(plugin, environment, debug));
    // Waits for nothing that still runs.
    runtime.shutdown_background();
    code
}

async fn serve(plugin: &Plugin, environment: &Environment, debug: bool) -> Result<ExitCode, Box<dyn Error>> {
    // Before Terraform is told anything: it may die at once.
    let parent = parent();
    let mut signals = Signals::take()?;
    let listener = Arc::new(Listener::bind(environment).map_err(|e| format!("cannot listen: {e}"))?);
    let _cleanup = listener.cleanup();
    let late_cleanup = listener.cleanup();
    let identity = match &environment.client_certificate {
        Some(certificate) if !debug => Some(Identity::generate(certificate)?),
        _ => None,
    };
    if environment.foreign_protocol && !debug {
        tracing::warn!("The plugin host does not speak version 6 of the protocol");
    }

    let provider = dump::around((plugin.provider)(), environment.data_directory.as_deref());
    let (shutdown, end) = (CancellationToken::new(), CancellationToken::new());
    let routes = Routes::new(
        Calls { serve: Arc::clone(&provider), address: plugin.address },
        Services { shutdown: shutdown.clone(), end: end.clone() },
    );
    let address = listener.address()?;
    announce(&match &identity {
        _ if debug => debug::instructions(plugin, &address, std::process::id()),
        Some(identity) => handshake::line(&address, Some(&identity.certificate), environment.multiplex),
        None => handshake::line(&address, None, environment.multiplex),
    })?;

    let (connections, open) = watch::channel(0);
    let tls = identity.map(|identity| TlsAcceptor::from(identity.config));
    let incoming = connection::incoming(listener, tls, connections);
    let server = Server::builder().serve_with_incoming_shutdown(routes, incoming, end.clone().cancelled_owned());
    let mut server = pin!(server);
    let ending = tokio::select! {
        served = &mut server => return Ok(served.map(|()| ExitCode::SUCCESS)?),
        ending = ending(&mut signals, &shutdown, debug) => ending,
        () = abandoned(parent, open), if !debug => Ending::Shutdown,
    };
    tracing::debug!(?ending, "Ending");
    end.cancel();
    insist(ending, late_cleanup);
    provider.stop();
    if tokio::time::timeout(ending.grace(), server).await.is_err() {
        tracing::warn!("Ended with calls still running");
    }
    Ok(ExitCode::from(ending.code()))
}

/// In debug mode the process is a person's, and Terraform cannot end it. Otherwise it is Terraform's, and Ctrl-C cannot.
async fn ending(signals: &mut Signals, shutdown: &CancellationToken, debug: bool) -> Ending {
    loop {
        tokio::select! {
            () = shutdown.cancelled(), if !debug => return Ending::Shutdown,
            signal = signals.next() => match signal {
                Signal::Terminate => return Ending::Terminated,
                Signal::Interrupt if debug => return Ending::Interrupted,
                Signal::Interrupt => tracing::debug!("Interrupt ignored: it is Terraform's to act on it"),
            },
        }
    }
}

/// Waits until nobody is left who could ask for the end: no connection is open, and the process that started this one is
/// gone. A Terraform that is killed leaves its providers behind like that, credentials and all, also when it had no time
/// to connect. While a connection is open somebody is there, whoever started what.
async fn abandoned(parent: Option<u32>, mut open: watch::Receiver<usize>) {
    // Fails when the server is on its way out: then that is the end.
    while open.wait_for(|connections| *connections == 0).await.is_ok() {
        if self::parent() != parent {
            return;
        }
        tokio::time::sleep(ORPHAN_PAUSE).await;
    }
    std::future::pending().await
}

/// The process that started this one, or that took it over; nothing where that is not known.
fn parent() -> Option<u32> {
    #[cfg(unix)]
    return Some(std::os::unix::process::parent_id());
    #[cfg(not(unix))]
    None
}

/// A thread of its own ends the process when the runtime cannot, for example because handlers block all its threads.
fn insist(ending: Ending, cleanup: Cleanup) {
    thread::spawn(move || {
        thread::sleep(ending.grace() + WEDGED);
        drop(cleanup);
        std::process::exit(ending.code().into());
    });
}

fn announce(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Terraform kills what has not ended two seconds after it was asked to.
    #[test]
    fn a_shutdown_is_over_within_a_second_whatever_hangs() {
        assert!(Ending::Shutdown.grace() + WEDGED <= Duration::from_secs(1));
    }
}
