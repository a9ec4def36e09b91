//! Release archives: a provider's executable as a filesystem mirror takes it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Result;
use crate::process;
use crate::providers::Provider;
use crate::terraform::{platform, python};

/// What keeps the mark that a file is executable.
const ZIP: &str = "\
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as archive:
    archive.write(sys.argv[2], sys.argv[3])
";

/// The name of a provider's archive for this platform: Terraform finds its version and platform by it.
#[must_use]
pub fn archive_name(provider: &Provider) -> String {
    format!("{}_{}_{}.zip", provider.executable_name(), Provider::VERSION, platform())
}

/// Packs a provider's executable into an archive in `folder`, which must exist, and says where it is.
///
/// # Errors
/// When there is no Python, or it cannot read or write a file.
pub fn pack(provider: &Provider, folder: &Path) -> Result<PathBuf> {
    let archive = folder.join(archive_name(provider));
    let mut command = Command::new(python()?);
    command.args(["-IS", "-c", ZIP]).arg(&archive).arg(&provider.executable);
    command.arg(format!("{}_v{}", provider.executable_name(), Provider::VERSION));
    process::run(command)?.ok()?;
    Ok(archive)
}
