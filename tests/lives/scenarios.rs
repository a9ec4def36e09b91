//! Stories that need a configuration of their own.

use libtest_mimic::Trial;
use registry_harness::terraform::Cli;

use crate::service::Service;

/// The stories for one command line.
pub fn trials(_cli: &Cli, _services: &[Service]) -> Vec<Trial> {
    Vec::new()
}
