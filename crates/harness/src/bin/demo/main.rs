//! `cargo demo`: a real Terraform creates, checks, heals and destroys objects of all three systems on the embedded
//! registry simulator, and what happens is told in plain words.

mod tour;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use registry_harness::progress::{human, say};
use registry_harness::terraform::{Cli, Installation, Workspace};
use registry_harness::{Error, Providers, Result};
use registry_simulator::{Credentials, Options, Simulator};

use tour::Tour;

/// Shows the providers at work: a real Terraform against the registry simulator.
///
/// Terraform is the one that REGISTRY_TERRAFORM names, else `terraform` or `tofu` on PATH, else one that is fetched.
#[derive(Parser)]
#[command(name = "cargo demo")]
struct Arguments {
    /// Leaves the simulator running afterwards, and says how to use it by hand.
    #[arg(long)]
    keep: bool,
    /// Takes this Terraform: a path, a program on PATH, a version to fetch (1.15.5), or an OpenTofu to build
    /// (opentofu-1.12.6).
    #[arg(long, value_name = "WHICH")]
    terraform: Option<String>,
}

fn main() -> ExitCode {
    match demonstrate(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(format!("\ndemo: failed: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn demonstrate(arguments: &Arguments) -> Result<()> {
    let started = Instant::now();
    let root = root()?;
    let cli = match &arguments.terraform {
        Some(name) => Cli::named(name)?,
        None => Cli::find()?,
    };
    tell(format!("{cli}: {}", cli.program.display()));
    tell("building the three providers (some minutes the first time)");
    let providers = Providers::build(&root)?;
    let simulator = Simulator::start(Options::default())
        .map_err(|error| Error::new(format!("the simulator does not start: {error}")))?;
    tell(format!("Quay, Harbor and Saagie are simulated at {}", simulator.url()));

    let mut builder = Workspace::builder(&cli).providers(&providers, Installation::Mirror);
    for (name, value) in environment(simulator.credentials()) {
        builder = builder.env(name, value);
    }
    let workspace = builder.build()?;
    workspace.copy(&root.join("examples/quickstart"))?;
    Tour::new(&workspace, &simulator)?.run()?;

    tell(format!("\nall as it should be, in {}", human(started.elapsed())));
    if arguments.keep {
        tell(by_hand(&workspace, &providers, simulator.credentials())?);
    }
    tell("demo: ok");
    if arguments.keep {
        wait_for_ctrl_c()?;
    }
    Ok(())
}

/// One line, or several, for the person who watches.
fn tell(text: impl AsRef<str>) {
    // Nobody may be listening any more; the exit code still says how it went.
    let _ = writeln!(std::io::stdout(), "{}", text.as_ref());
}

/// The workspace's root.
fn root() -> Result<PathBuf> {
    let harness = Path::new(env!("CARGO_MANIFEST_DIR"));
    harness.ancestors().nth(2).map(Path::to_path_buf).ok_or_else(|| Error::new("the sources are gone"))
}

/// What the quickstart needs in its environment.
fn environment(credentials: &Credentials) -> [(&'static str, &str); 11] {
    [
        ("QUAY_URL", &credentials.url),
        ("QUAY_TOKEN", &credentials.quay_token),
        ("HARBOR_URL", &credentials.url),
        ("HARBOR_USERNAME", &credentials.harbor_username),
        ("HARBOR_PASSWORD", &credentials.harbor_password),
        ("SAAGIE_URL", &credentials.url),
        ("SAAGIE_PLATFORM_ID", &credentials.saagie_platform_id),
        ("SAAGIE_REALM", &credentials.saagie_realm),
        ("SAAGIE_USERNAME", &credentials.saagie_username),
        ("SAAGIE_PASSWORD", &credentials.saagie_password),
        ("TF_VAR_saagie_project_id", &credentials.saagie_project_id),
    ]
}

/// How to go on by hand.
fn by_hand(workspace: &Workspace, providers: &Providers, credentials: &Credentials) -> Result<String> {
    let exports: Vec<String> =
        environment(credentials).iter().map(|(name, value)| format!("  export {name}='{value}'")).collect();
    Ok(format!(
        "\nThe simulator runs on until Ctrl-C, and is empty again. In another terminal:\n\n\
         {}\n  export TF_CLI_CONFIG_FILE='{}'\n\n\
         \x20 cd '{}'            # the quickstart's configuration: change it, plan, apply\n\
         \x20 {} apply\n\
         \x20 curl -H \"Authorization: Bearer $QUAY_TOKEN\" \"$QUAY_URL/api/v1/organization/quickstart\"\n\
         \x20 curl \"$QUAY_URL/-/simulator/state\"             # all that it holds\n",
        exports.join("\n"),
        workspace.dev_overrides(providers)?.display(),
        workspace.path().display(),
        workspace.cli().program.display(),
    ))
}

fn wait_for_ctrl_c() -> Result<()> {
    let waited = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .and_then(|runtime| runtime.block_on(tokio::signal::ctrl_c()));
    waited.map_err(|error| Error::new(format!("cannot wait for Ctrl-C: {error}")))
}
