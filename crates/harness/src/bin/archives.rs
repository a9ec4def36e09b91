//! `cargo archives`: builds the providers for release, and packs each into an archive in `target/archives`. What is not fit for a
//! release, on Linux a static executable, is not packed.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use registry_harness::progress::say;
use registry_harness::{Error, Result, pack, release};

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
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let providers = release::build(&root)?;
    for provider in providers.iter() {
        // `<target>/<platform>/release/<executable>`
        let target = provider.executable.ancestors().nth(3).unwrap_or(&root);
        let folder = target.join("archives");
        fs::create_dir_all(&folder)
            .map_err(|error| Error::new(format!("cannot make {}: {error}", folder.display())))?;
        // A closed standard output is no reason to fail: the archive is there.
        let _ = writeln!(std::io::stdout(), "{}", pack(provider, &folder)?.display());
    }
    Ok(())
}
