//! `cargo archives`: builds the providers for release, and packs each into an archive in `target/archives`.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use registry_harness::progress::say;
use registry_harness::{Error, Providers, Result, pack};

fn main() -> ExitCode {
    match archives() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(format!("archives: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn archives() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let providers = Providers::build_release(&root)?;
    for provider in providers.iter() {
        let target = provider.executable.parent().and_then(Path::parent).unwrap_or(&root);
        let folder = target.join("archives");
        fs::create_dir_all(&folder)
            .map_err(|error| Error::new(format!("cannot make {}: {error}", folder.display())))?;
        // A closed standard output is no reason to fail: the archive is there.
        let _ = writeln!(std::io::stdout(), "{}", pack(provider, &folder)?.display());
    }
    Ok(())
}
