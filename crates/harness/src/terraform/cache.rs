//! Where fetched command lines are kept: one folder each, made under a lock in a folder beside it and moved into place
//! whole.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::error::{Error, Result, ResultExt};

/// Names another folder for the cache, for a CI that keeps it between runs.
pub const CACHE_VARIABLE: &str = "REGISTRY_TERRAFORM_CACHE";

/// The folder that holds all fetched command lines: the one that [`CACHE_VARIABLE`] names, else `terraform` in cargo's
/// target folder.
///
/// # Errors
/// When the variable holds a relative path, or is not set and the running executable lies in no target folder.
pub fn folder() -> Result<PathBuf> {
    match std::env::var_os(CACHE_VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from) {
        Some(named) if named.is_absolute() => Ok(named),
        // Tests run in their package's folder, other programs elsewhere: they would not mean the same one.
        Some(named) => {
            Err(Error::new(format!("{CACHE_VARIABLE} must be an absolute path, and is {}", named.display())))
        }
        None => Ok(target()?.join("terraform")),
    }
}

/// Cargo's target folder, whatever its name: the one above this executable in which cargo notes which compiler it used.
/// (Its mark for backup programs, `CACHEDIR.TAG`, is missing where a CI made the folder to restore a cache into.)
pub(crate) fn target() -> Result<PathBuf> {
    let executable = std::env::current_exe().context(|| "cannot find this executable".to_owned())?;
    executable
        .ancestors()
        .skip(1)
        .find(|folder| folder.join(".rustc_info.json").is_file())
        .map(Path::to_path_buf)
        .ok_or_else(|| {
            Error::new(format!(
                "{} does not lie in cargo's target folder: set {CACHE_VARIABLE} to a folder for fetched command lines",
                executable.display()
            ))
        })
}

/// The folder `name` of the cache at `cache`, which `fill` fills when it is not there yet. Only one process fills it;
/// the others wait for that one. What `fill` leaves unfinished is removed.
pub(crate) fn entry(cache: &Path, name: &str, fill: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let entry = cache.join(name);
    if entry.is_dir() {
        return Ok(entry);
    }
    fs::create_dir_all(cache).context(|| format!("cannot make {}", cache.display()))?;
    let lock_path = cache.join(format!("{name}.lock"));
    let lock = File::create(&lock_path).context(|| format!("cannot make {}", lock_path.display()))?;
    lock.lock().context(|| format!("cannot lock {}", lock_path.display()))?;
    if entry.is_dir() {
        return Ok(entry);
    }
    remove_leftovers(cache, &format!("{name}.part-"));
    let staging = TempDir::with_prefix_in(format!("{name}.part-"), cache)
        .context(|| format!("cannot make a folder in {}", cache.display()))?;
    let content = staging.path().join("content");
    fs::create_dir(&content).context(|| format!("cannot make {}", content.display()))?;
    fill(&content)?;
    fs::rename(&content, &entry).context(|| format!("cannot move the finished folder to {}", entry.display()))?;
    Ok(entry)
}

/// Removes what a killed process left unfinished. Nobody works on it: whoever does holds the lock.
fn remove_leftovers(cache: &Path, prefix: &str) {
    for leftover in fs::read_dir(cache).into_iter().flatten().flatten() {
        if leftover.file_name().to_string_lossy().starts_with(prefix) {
            // It only takes space.
            let _ = fs::remove_dir_all(leftover.path());
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn an_entry_is_filled_once_even_by_many_at_once() {
        let cache = tempfile::tempdir().unwrap();
        let fills = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let entry = entry(cache.path(), "x", |folder| {
                        fills.fetch_add(1, Ordering::SeqCst);
                        fs::write(folder.join("file"), "whole").context(String::new)
                    })
                    .unwrap();
                    assert_eq!(fs::read_to_string(entry.join("file")).unwrap(), "whole");
                });
            }
        });
        assert_eq!(fills.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_failed_fill_leaves_nothing_and_can_be_tried_again() {
        let cache = tempfile::tempdir().unwrap();
        let failed = entry(cache.path(), "x", |folder| {
            fs::write(folder.join("half"), "").unwrap();
            Err(Error::new("no network"))
        });
        assert_eq!(failed.unwrap_err().to_string(), "no network");
        let left: Vec<_> = fs::read_dir(cache.path()).unwrap().map(|item| item.unwrap().file_name()).collect();
        assert_eq!(left, ["x.lock"]);
        fs::create_dir(cache.path().join("x.part-killed")).unwrap();
        assert!(entry(cache.path(), "x", |_| Ok(())).unwrap().is_dir());
        assert!(!cache.path().join("x.part-killed").exists());
    }

    #[test]
    fn the_target_folder_is_found() {
        assert!(target().unwrap().join("debug").is_dir());
    }
}
