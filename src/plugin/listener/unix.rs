//! A unix socket that nobody else can reach at any time.
//!
//! A socket's file comes into being with the process's umask, which safe code cannot change. So the socket is bound in
//! a fresh directory that only its owner can enter, given its mode there, and then moved to where it is announced.

use std::fs::{self, DirBuilder, Permissions};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

/// What a socket's path may have, without the closing zero: 108 bytes on Linux, 104 on macOS and the BSDs.
const LONGEST_PATH: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// Where sockets go when there is no usual directory, or its name is too long.
const SHORT_DIRECTORY: &str = "/tmp";

/// A listening socket. Its file is removed when it is dropped.
#[derive(Debug)]
pub(crate) struct Socket {
    listener: UnixListener,
    path: PathBuf,
}

impl Socket {
    /// Binds in `directory`, else where temporary files go. With a group (a name of `/etc/group`, or a number) the
    /// group's members may connect too.
    pub(super) fn bind(directory: Option<&Path>, group: Option<&str>) -> io::Result<Self> {
        let group = group.map(group_id).transpose()?;
        let unique = RandomState::new().hash_one(std::process::id());
        let name = format!("plugin{unique:016x}");
        let (chosen, variable) = match directory {
            Some(directory) => (directory.to_owned(), "PLUGIN_UNIX_SOCKET_DIR"),
            None => (short_enough(temporary(std::env::temp_dir()), &name), "TMPDIR"),
        };
        let directory = std::path::absolute(&chosen)?;
        let private = directory.join(format!("{name}.d"));
        DirBuilder::new().mode(0o700).create(&private).map_err(|error| unusable(&directory, variable, &error))?;
        let path = directory.join(name);
        let listener = bind_in(&private, &path, group);
        let removed = fs::remove_dir(&private);
        let socket = Self { listener: listener?, path };
        removed?;
        Ok(socket)
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The next connection.
    pub(super) async fn accept(&self) -> io::Result<UnixStream> {
        Ok(self.listener.accept().await?.0)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

fn bind_in(private: &Path, path: &Path, group: Option<u32>) -> io::Result<UnixListener> {
    let inner = private.join("s");
    let listener = UnixListener::bind(&inner)?;
    let finish = || {
        match group {
            Some(group) => {
                chown(&inner, None, Some(group))?;
                fs::set_permissions(&inner, Permissions::from_mode(0o660))?;
            }
            None => fs::set_permissions(&inner, Permissions::from_mode(0o600))?,
        }
        fs::rename(&inner, path)
    };
    finish().inspect_err(|_| {
        let _ = fs::remove_file(&inner);
    })?;
    Ok(listener)
}

/// `TMPDIR` may be set and empty, which is as good as unset.
fn temporary(usual: PathBuf) -> PathBuf {
    if usual.as_os_str().is_empty() { PathBuf::from(SHORT_DIRECTORY) } else { usual }
}

/// Says where the socket was to be, and what decides that.
fn unusable(directory: &Path, variable: &str, error: &io::Error) -> io::Error {
    let text = format!(
        "the directory {} cannot hold a socket: {error}. Set {variable} to a directory that exists and can be written to",
        directory.display()
    );
    io::Error::new(error.kind(), text)
}

fn short_enough(directory: PathBuf, name: &str) -> PathBuf {
    let longest = directory.join(format!("{name}.d")).join("s");
    if longest.as_os_str().as_bytes().len() <= LONGEST_PATH { directory } else { PathBuf::from(SHORT_DIRECTORY) }
}

/// Groups that only a directory service knows cannot be looked up by name in safe code; their number works.
fn group_id(group: &str) -> io::Result<u32> {
    if let Ok(id) = group.parse() {
        return Ok(id);
    }
    let groups = fs::read_to_string("/etc/group")?;
    find_group(&groups, group).ok_or_else(|| {
        io::Error::new(io::ErrorKind::NotFound, format!("PLUGIN_UNIX_SOCKET_GROUP: no group {group:?} in /etc/group"))
    })
}

fn find_group(groups: &str, name: &str) -> Option<u32> {
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == name).then(|| fields.nth(1)?.parse().ok())?
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    #[tokio::test]
    async fn only_the_owner_may_connect_and_nothing_is_left_behind() {
        let directory = tempfile::tempdir().unwrap();
        let socket = Socket::bind(Some(directory.path()), None).unwrap();
        assert_eq!(fs::metadata(socket.path()).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        let (client, server) = tokio::join!(UnixStream::connect(socket.path()), socket.accept());
        assert!(client.is_ok() && server.is_ok());
        drop(socket);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn a_group_may_connect_when_asked_for() {
        let directory = tempfile::tempdir().unwrap();
        let group = fs::metadata(directory.path()).unwrap().gid();
        let socket = Socket::bind(Some(directory.path()), Some(&group.to_string())).unwrap();
        let metadata = fs::metadata(socket.path()).unwrap();
        assert_eq!((metadata.mode() & 0o777, metadata.gid()), (0o660, group));
    }

    #[test]
    fn groups_are_found_by_name() {
        let groups = "root:x:0:\nwheel:*:998:alice,bob\nbroken\n";
        assert_eq!(find_group(groups, "wheel"), Some(998));
        assert_eq!(find_group(groups, "whee"), None);
        assert!(group_id("no such group").is_err());
    }

    #[test]
    fn an_empty_variable_is_as_good_as_none() {
        assert_eq!(temporary(PathBuf::new()), Path::new("/tmp"));
        assert_eq!(temporary("/var/tmp".into()), Path::new("/var/tmp"));
    }

    #[test]
    fn a_directory_that_is_not_there_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let missing = directory.path().join("missing");
        let error = Socket::bind(Some(&missing), None).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        let text = error.to_string();
        assert!(text.contains(missing.to_str().unwrap()) && text.contains("PLUGIN_UNIX_SOCKET_DIR"), "{text}");
    }

    #[test]
    fn a_directory_with_a_long_name_is_not_used() {
        let name = "plugin0123456789abcdef";
        assert_eq!(short_enough("/var/tmp".into(), name), Path::new("/var/tmp"));
        assert_eq!(short_enough(format!("/{}", "x".repeat(90)).into(), name), Path::new("/tmp"));
    }
}
