//! Finds, fetches and runs a real Terraform, for the tests and for the demonstration.
//!
//! - [`terraform::Cli`] is one command line, of a known product and version: named by the environment, found on `PATH`,
//!   or fetched into a cache.
//! - [`terraform::Workspace`] is a temporary directory with a configuration, in which one [`terraform::Cli`] runs.
//! - [`terraform::Plan`] is what a saved plan says, per address.
//! - [`Providers`] knows where the provider executables are.
//! - [`release`] builds them as they are released, and checks what holds for each.
//!
//! It runs where there are process groups and a shell: on Linux and macOS, not on Windows.
//!
//! What a command says is shown whole when it fails: an [`Error`] is meant to be read by a person.

pub mod terraform;

mod archive;
mod error;
mod process;
pub mod progress;
mod providers;
pub mod release;

pub use archive::{archive_name, pack};
pub use error::{Error, Result};
pub use process::{Finished, Running};
pub use providers::{Provider, Providers};
