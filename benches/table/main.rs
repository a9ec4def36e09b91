//! The table of requests, time, memory and size that stands in README.md: `cargo bench --bench table`.
//!
//! It ends with an exit code other than 0 when a limit is missed. With `-- --write` it also writes the table into
//! README.md; with `-- --executables <folder>` it takes the executables of a release instead of those that cargo has
//! just built; with `-- --only <words>` it measures only the scenes with these words in their names, and writes nothing.
//! Terraform is the first that `REGISTRY_CLI_VERSIONS` names, else the newest that can be fetched.

#![allow(clippy::print_stdout, reason = "the table is what this program is for")]

use std::path::Path;
use std::process::ExitCode;

use registry_harness::progress::say;
use registry_harness::terraform::Cli;
use registry_harness::{Error, Providers, Result};

#[allow(dead_code, clippy::unwrap_used)]
#[path = "../../tests/it/plugin/client.rs"]
mod client;
mod executable;
mod refresh;
mod report;

use report::{Row, Table};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --benches` only wants to see that it starts.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let value = |name: &str| arguments.iter().skip_while(|argument| *argument != name).nth(1);
    let folder = value("--executables");
    let only = value("--only").map(String::as_str);
    let write = only.is_none() && arguments.iter().any(|argument| argument == "--write");
    let providers = folder.map_or_else(built, |folder| released(Path::new(folder)));
    if folder.is_none() && cfg!(debug_assertions) {
        say("these are executables of a debug build, which is slower and much larger");
    }
    match measure(&providers, only, write) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            say("a limit is missed");
            ExitCode::FAILURE
        }
        Err(error) => {
            say(format!("the table cannot be made: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Those that cargo has built beside this program.
fn built() -> Providers {
    Providers::new(
        env!("CARGO_BIN_EXE_terraform-provider-quay"),
        env!("CARGO_BIN_EXE_terraform-provider-harbor"),
        env!("CARGO_BIN_EXE_terraform-provider-saagie"),
    )
}

/// Those of a release.
fn released(folder: &Path) -> Providers {
    // Terraform runs elsewhere.
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
    let named = |name: &str| folder.join(format!("terraform-provider-{name}"));
    Providers::new(named("quay"), named("harbor"), named("saagie"))
}

/// Measures everything; whether all limits are met.
fn measure(providers: &Providers, only: Option<&str>, write: bool) -> Result<bool> {
    let scenes: Vec<_> =
        refresh::SCENES.iter().filter(|(name, _)| only.is_none_or(|only| name.contains(only))).collect();
    if scenes.is_empty() {
        let names: Vec<&str> = refresh::SCENES.iter().map(|(name, _)| *name).collect();
        let only = only.unwrap_or_default();
        return Err(Error::new(format!("no scene has {only:?} in its name; there are:\n  {}", names.join("\n  "))));
    }
    let cli = Cli::selected(&Cli::TEST_VERSIONS[..1])?.remove(0);
    let mut rows = Vec::new();
    for provider in providers.iter().filter(|_| only.is_none()) {
        say(format!("starting {}", provider.name));
        rows.extend(executable::rows(provider)?);
    }
    for (name, scene) in scenes {
        say(name);
        match scene(&cli, providers) {
            Ok(more) => rows.extend(more),
            Err(error) => {
                say(error.to_string());
                rows.push(Row::failed(name));
            }
        }
    }
    let table = Table { machine: machine(&cli), rows };
    println!("{table}");
    if write {
        let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
        let text = std::fs::read_to_string(&readme).map_err(|error| Error::new(format!("README.md: {error}")))?;
        let text = table.written_into(&text)?;
        std::fs::write(&readme, text).map_err(|error| Error::new(format!("README.md: {error}")))?;
    }
    Ok(table.met())
}

/// What it ran on, in general words.
fn machine(cli: &Cli) -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (os, architecture) = (std::env::consts::OS, std::env::consts::ARCH);
    format!("{cores} cores ({os}, {architecture}), {cli}")
}
