//! Fetches command lines into the cache ahead of time, and prints where each is.
//!
//! `fetch-terraform 1.8.4 opentofu-1.12.6`; without arguments, those that `REGISTRY_CLI_VERSIONS` names, else what the
//! tests need.

use std::io::Write;
use std::process::ExitCode;

use registry_harness::Result;
use registry_harness::progress::say;
use registry_harness::terraform::Cli;

fn main() -> ExitCode {
    match fetch() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(format!("fetch-terraform: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn fetch() -> Result<()> {
    let names: Vec<String> = std::env::args().skip(1).collect();
    let clis = if names.is_empty() {
        Cli::selected(&Cli::TEST_VERSIONS)?
    } else {
        names.iter().map(|name| Cli::named(name)).collect::<Result<_>>()?
    };
    for cli in clis {
        // A closed standard output is no reason to fail: the cache is filled.
        let _ = writeln!(std::io::stdout(), "{cli}\t{}", cli.program.display());
    }
    Ok(())
}
