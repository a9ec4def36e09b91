//! OpenTofu, built from source with Go.
//!
//! Its module has a `replace`, so `go install` refuses it; the module's folder, copied, builds like any checkout. Seen
//! with Go 1.26 on two cores: four and a half minutes and 1.6 GB of Go's build cache for an executable of 115 MB.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;

use crate::error::{Error, Result, ResultExt};
use crate::process::{self, Finished, Group, Running};
use crate::progress::{human, say};

const MODULE: &str = "github.com/opentofu/opentofu";

/// The newest release that was tried.
pub const NEWEST: &str = "1.12.6";

/// The command of OpenTofu `version`, built into the cache at `cache` if it is not there.
pub(super) fn build(cache: &Path, version: &str) -> Result<PathBuf> {
    let entry = super::cache::entry(cache, &format!("opentofu-{version}"), |folder| {
        say(format!("OpenTofu {version}: building it with Go (some minutes, once; kept in {})", cache.display()));
        let module = download(version)?;
        let sources = folder.join("sources");
        copy_tree(&module, &sources)?;
        compile(&sources, &folder.join("tofu"))?;
        fs::remove_dir_all(&sources).context(|| format!("cannot remove {}", sources.display()))?;
        let found = super::cli::probe(&folder.join("tofu"))?;
        if found.version.to_string() != version {
            return Err(Error::new(format!("asked for OpenTofu {version}, built {}", found.version)));
        }
        Ok(())
    })?;
    Ok(entry.join("tofu"))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Module {
    dir: PathBuf,
}

/// The folder in Go's module cache that holds the sources.
fn download(version: &str) -> Result<PathBuf> {
    let mut command = Command::new("go");
    command.args(["mod", "download", "-json", &format!("{MODULE}@v{version}")]).current_dir(std::env::temp_dir());
    let finished = process::run(command).and_then(Finished::ok).map_err(|error| {
        Error::new(format!("OpenTofu is built with Go, which must be on PATH and able to download modules.\n{error}"))
    })?;
    let module: Module =
        serde_json::from_str(&finished.stdout).context(|| format!("cannot read what Go said\n{finished}"))?;
    Ok(module.dir)
}

fn compile(sources: &Path, executable: &Path) -> Result<()> {
    let mut command = Command::new("go");
    command
        .args(["build", "-ldflags"])
        .arg(format!("-s -w -X {MODULE}/version.dev=no"))
        .arg("-o")
        .arg(executable)
        .arg("./cmd/tofu");
    // Without cgo no C compiler is needed. GOFLAGS (`-p=1`, say) is the caller's.
    command.current_dir(sources).env("CGO_ENABLED", "0").env("GOWORK", "off");
    let running = Running::start(command, Group::Shared)?;
    let finished = running
        .wait_saying(Duration::from_secs(30), |elapsed| format!("  building OpenTofu for {}", human(elapsed)))?;
    finished.ok().map(drop)
}

/// Copies all files; the module cache is read-only, the copy is not.
fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).context(|| format!("cannot make {}", to.display()))?;
    for entry in fs::read_dir(from).context(|| format!("cannot read {}", from.display()))? {
        let entry = entry.context(|| format!("cannot read {}", from.display()))?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            let bytes = fs::read(entry.path()).context(|| format!("cannot read {}", entry.path().display()))?;
            fs::File::create(&target)
                .and_then(|mut file| file.write_all(&bytes))
                .context(|| format!("cannot write {}", target.display()))?;
        }
    }
    Ok(())
}
