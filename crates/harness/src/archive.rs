//! Release archives: a provider's executable as a filesystem mirror takes it.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use zip::result::ZipResult;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::error::{Result, ResultExt};
use crate::providers::Provider;
use crate::terraform::platform;

/// How an executable is stored. Of its file only the content counts, so that equal executables give equal archives: the mode is always
/// that of an executable, and the time is the first that an archive can hold, 1980-01-01.
const EXECUTABLE: SimpleFileOptions =
    SimpleFileOptions::DEFAULT.compression_method(CompressionMethod::Deflated).unix_permissions(0o755);

/// The name of a provider's archive for this platform: Terraform finds its version and platform by it.
#[must_use]
pub fn archive_name(provider: &Provider) -> String {
    format!("{}_{}_{}.zip", provider.executable_name(), Provider::VERSION, platform())
}

/// Packs a provider's executable into an archive in `folder`, which must exist, and says where it is.
///
/// # Errors
/// When it cannot read or write a file.
pub fn pack(provider: &Provider, folder: &Path) -> Result<PathBuf> {
    let archive = folder.join(archive_name(provider));
    let executable =
        File::open(&provider.executable).context(|| format!("cannot read {}", provider.executable.display()))?;
    let name = format!("{}_v{}", provider.executable_name(), Provider::VERSION);
    File::create(&archive)
        .map_err(Into::into)
        .and_then(|file| write(file, &name, executable))
        .context(|| format!("cannot pack {} into {}", provider.executable.display(), archive.display()))?;
    Ok(archive)
}

/// Writes an archive that holds one executable, and nothing else.
fn write(archive: impl Write + Seek, name: &str, mut executable: impl Read) -> ZipResult<()> {
    let mut archive = ZipWriter::new(archive);
    archive.start_file(name, EXECUTABLE)?;
    io::copy(&mut executable, &mut archive)?;
    archive.finish().map(drop)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::time::{Duration, SystemTime};

    use zip::ZipArchive;

    use super::*;

    /// An executable with this mode, of this time, in a folder of its own.
    fn provider(folder: &Path, content: &[u8], mode: u32, modified: SystemTime) -> Provider {
        fs::create_dir(folder).unwrap();
        let executable = folder.join("terraform-provider-quay");
        fs::write(&executable, content).unwrap();
        File::options().write(true).open(&executable).unwrap().set_modified(modified).unwrap();
        fs::set_permissions(&executable, fs::Permissions::from_mode(mode)).unwrap();
        Provider { name: "quay".to_owned(), executable }
    }

    #[test]
    fn an_archive_holds_the_executable_alone_and_its_mode() {
        let folder = tempfile::tempdir().unwrap();
        let content = b"\x7fELF and so on".repeat(10_000);
        let provider = provider(&folder.path().join("private"), &content, 0o700, SystemTime::now());
        let packed = pack(&provider, folder.path()).unwrap();
        assert_eq!(packed.file_name().unwrap(), archive_name(&provider).as_str());
        assert!(packed.metadata().unwrap().len() < content.len() as u64 / 10);

        let mut archive = ZipArchive::new(File::open(packed).unwrap()).unwrap();
        let name = format!("terraform-provider-quay_v{}", Provider::VERSION);
        let names: Vec<_> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
        assert_eq!(names, [name.as_str()]);
        let mut file = archive.by_name(&name).unwrap();
        // A regular file.
        assert_eq!(file.unix_mode(), Some(0o100_755));
        assert_eq!(file.compression(), CompressionMethod::Deflated);
        let mut unpacked = Vec::new();
        file.read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, content);
    }

    #[test]
    fn equal_executables_give_equal_archives() {
        let folder = tempfile::tempdir().unwrap();
        let now = SystemTime::now();
        let packed = ["once", "again"].map(|name| folder.path().join(name));
        let of = [(0o700, now - Duration::from_secs(86_400)), (0o775, now)];
        let bytes = std::array::from_fn::<_, 2, _>(|at| {
            let provider = provider(&packed[at], b"the same", of[at].0, of[at].1);
            fs::read(pack(&provider, &packed[at]).unwrap()).unwrap()
        });
        assert_eq!(bytes[0], bytes[1]);
    }

    #[test]
    fn an_executable_that_is_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let provider = Provider { name: "quay".to_owned(), executable: folder.path().join("missing") };
        let error = pack(&provider, folder.path()).unwrap_err().to_string();
        assert!(error.contains("missing"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
