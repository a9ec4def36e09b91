//! The plugin transport: how a provider's executable meets Terraform.
//!
//! Terraform starts the executable with a few environment variables, reads one line from its standard output, connects
//! to the socket that the line names, and calls methods over gRPC until it asks for the end. Here is all of that, and one
//! thin function per method; what the methods mean is the framework's, behind [`Serve`]. Nothing else of this crate
//! imports tonic or prost.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use terraform_framework::server::Serve;

mod calls;
mod command_line;
mod connection;
mod convert;
mod debug;
mod dump;
pub mod empty;
mod environment;
mod guard;
mod handshake;
mod listener;
mod log;
mod panics;
mod proto;
mod routes;
mod schema;
mod screen;
mod services;
mod session;
mod signals;
mod tls;

pub use log::TARGETS as LOG_TARGETS;

use command_line::Command;
use environment::Environment;

/// A provider's executable.
#[derive(Debug, Clone, Copy)]
pub struct Plugin {
    /// The provider's name, as in `terraform-provider-<name>`.
    pub name: &'static str,
    /// Its full address, `<host>/<namespace>/<name>`.
    pub address: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Makes the provider; called once, before the handshake: it should take no time.
    pub provider: fn() -> Arc<dyn Serve>,
}

/// The whole of an executable's `main`.
pub fn main(plugin: Plugin) -> ExitCode {
    run(plugin, std::env::args_os().skip(1))
}

/// The same, with arguments (without the executable's name) that are not the process's own.
pub fn run(plugin: Plugin, arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    panics::install();
    match command_line::parse(arguments) {
        Command::Help => say(&command_line::help(&plugin)),
        Command::Version => say(&command_line::version(&plugin)),
        Command::Unknown(argument) => {
            complain(&format!("{argument}: no such option.\n\n{}", command_line::help(&plugin)));
            ExitCode::from(2)
        }
        command => serve(&plugin, command == Command::Debug),
    }
}

fn serve(plugin: &Plugin, debug: bool) -> ExitCode {
    let environment = match Environment::read() {
        Ok(environment) => environment,
        Err(error) => return failed(plugin, &error),
    };
    if !debug && !environment.cookie {
        complain(&command_line::by_hand(plugin));
        return ExitCode::FAILURE;
    }
    log::install(plugin.name, debug);
    session::run(plugin, &environment, debug).unwrap_or_else(|error| failed(plugin, &*error))
}

fn say(text: &str) -> ExitCode {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Terraform takes the level of a line that is not JSON from how it begins.
fn failed(plugin: &Plugin, error: &dyn std::error::Error) -> ExitCode {
    complain(&format!("[ERROR] terraform-provider-{}: {error}\n", plugin.name));
    ExitCode::FAILURE
}

fn complain(text: &str) {
    // Nobody is left to be told when this fails.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
