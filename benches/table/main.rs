//! The table of requests, time, memory and size that stands in README.md: `cargo bench --bench table`.
//!
//! It measures executables as they are released, which it builds first. It ends with an exit code other than 0 when a
//! limit is missed. With `-- --write` it also writes the table into README.md; with `-- --executables <folder>` it takes
//! executables that are there already; with `-- --only <words>` it measures only what has these words in its name, and
//! writes nothing. Terraform is the first that `REGISTRY_CLI_VERSIONS` names, else the newest that can be fetched.

#![allow(clippy::print_stdout, reason = "the table is what this program is for")]

use std::path::Path;
use std::process::ExitCode;

use registry_harness::progress::say;
use registry_harness::terraform::Cli;
use registry_harness::{Error, Providers, Result, release};

#[allow(dead_code, clippy::unwrap_used)]
#[path = "../../tests/it/plugin/client.rs"]
mod client;
mod executable;
mod refresh;
mod report;

use report::{Row, Table};

/// The part about the executables themselves, which needs no Terraform.
const EXECUTABLES: &str = "executables";

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
    match providers(folder).and_then(|providers| measure(&providers, only, write)) {
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

/// What is measured: what lies in the folder, else a release that is built for it.
fn providers(folder: Option<&String>) -> Result<Providers> {
    match folder {
        // Terraform runs elsewhere.
        Some(folder) => match std::path::absolute(folder) {
            Ok(folder) => Ok(Providers::in_folder(&folder)),
            Err(error) => Err(Error::new(format!("{folder}: {error}"))),
        },
        None => release::build(Path::new(env!("CARGO_MANIFEST_DIR"))),
    }
}

/// Measures everything; whether all limits are met.
fn measure(providers: &Providers, only: Option<&str>, write: bool) -> Result<bool> {
    let scenes: Vec<_> =
        refresh::SCENES.iter().filter(|(name, _)| only.is_none_or(|only| name.contains(only))).collect();
    let executables = only.is_none_or(|only| EXECUTABLES.contains(only));
    if scenes.is_empty() && !executables {
        let names: Vec<&str> = refresh::SCENES.iter().map(|(name, _)| *name).collect();
        let only = only.unwrap_or_default();
        let names = names.join("\n  ");
        return Err(Error::new(format!("nothing has {only:?} in its name; there are:\n  {EXECUTABLES}\n  {names}")));
    }
    let cli = match scenes.is_empty() {
        true => None,
        false => Some(Cli::selected(&Cli::TEST_VERSIONS[..1])?.remove(0)),
    };
    let mut rows = Vec::new();
    for provider in providers.iter().filter(|_| executables) {
        say(format!("starting {}", provider.name));
        rows.extend(executable::rows(provider)?);
    }
    for ((name, scene), cli) in scenes.into_iter().zip(cli.iter().cycle()) {
        say(name);
        match scene(cli, providers) {
            Ok(more) => rows.extend(more),
            Err(error) => {
                say(error.to_string());
                rows.push(Row::failed(name));
            }
        }
    }
    let table = Table { machine: machine(cli.as_ref()), rows };
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
fn machine(cli: Option<&Cli>) -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (os, architecture) = (std::env::consts::OS, std::env::consts::ARCH);
    let cli = cli.map(|cli| format!(", {cli}")).unwrap_or_default();
    format!("{cores} cores ({os}, {architecture}){cli}")
}
