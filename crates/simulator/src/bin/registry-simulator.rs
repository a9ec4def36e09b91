//! Serves the simulated Quay, Harbor and Saagie until it is told to stop.

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use registry_simulator::{Options, Simulator};

/// Stands in for Quay, Harbor and Saagie servers, in memory, on one port.
#[derive(Parser)]
#[command(name = "registry-simulator")]
struct Arguments {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Milliseconds to wait before every request.
    #[arg(long, default_value_t = 0)]
    latency: u64,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "registry-simulator: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> std::io::Result<()> {
    let latency = Duration::from_millis(arguments.latency);
    let simulator = Simulator::start(Options { listen: arguments.listen, latency, ..Options::default() })?;
    let line = serde_json::to_string(simulator.credentials())?;
    let mut out = std::io::stdout();
    writeln!(out, "{line}")?;
    out.flush()?;
    // It serves on a thread of its own; signals end the process.
    loop {
        std::thread::park();
    }
}
