//! Executables as they are released: how they are built, and what holds for each of them.
//!
//! On Linux they are static, because they run where Terraform runs: in images without a C library, or with an older or another
//! one.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use memchr::memmem;
use object::elf::{DT_NEEDED, PT_DYNAMIC, PT_INTERP};
use object::read::elf::{Dyn, FileHeader, ProgramHeader};
use object::{FileKind, elf};

use crate::error::{Error, Result, ResultExt};
use crate::process::{self, Finished, Group, Running};
use crate::providers::{Provider, Providers};
use crate::terraform::cache;

const MEBIBYTE: u64 = 1 << 20;

/// The variable that carries flags for the Rust compiler, with U+001F between them.
const ENCODED_FLAGS: &str = "CARGO_ENCODED_RUSTFLAGS";

/// The paths of the machine that builds: they belong in no executable.
#[derive(Debug, Clone)]
pub struct Machine {
    /// A path, and what stands for it in an executable. The more special ones come later.
    renamed: Vec<(PathBuf, &'static str)>,
    /// Other paths of the person who builds.
    personal: Vec<PathBuf>,
}

impl Machine {
    /// This one, for the workspace at `root`.
    ///
    /// # Errors
    /// When there is no Rust compiler, or cargo's target folder cannot be found.
    pub fn this(root: &Path) -> Result<Self> {
        let target = cache::target()?;
        let home =
            std::env::var_os("HOME").map(PathBuf::from).filter(|home| home.is_absolute() && home.parent().is_some());
        let cargo = cargo_home(variable("CARGO_HOME"), home.as_deref());
        let toolchain = PathBuf::from(rustc(root, &["--print", "sysroot"])?);
        let places =
            [(cargo, "/cargo"), (Some(toolchain), "/rust"), (Some(root.into()), "/source"), (Some(target), "/target")];
        let renamed =
            places.into_iter().filter_map(|(path, name)| Some((path.filter(|path| path.is_absolute())?, name)));
        // The compiler is given either.
        let renamed = renamed.flat_map(|(path, name)| {
            let real = fs::canonicalize(&path).ok().filter(|real| *real != path);
            [Some((path, name)), real.map(|real| (real, name))].into_iter().flatten()
        });
        // In a container it may be called so already, which tells nothing.
        let renamed = renamed.filter(|(path, name)| path != Path::new(name));
        let user = variable("USER").or_else(|| variable("LOGNAME"));
        let home_of_user = user.map(|user| Path::new("/home").join(user));
        Ok(Self { renamed: renamed.collect(), personal: home.into_iter().chain(home_of_user).collect() })
    }

    /// The paths that are in an executable's bytes.
    pub fn named_in(&self, executable: &[u8]) -> Vec<&Path> {
        let paths = self.renamed.iter().map(|(path, _)| path).chain(&self.personal);
        paths.map(PathBuf::as_path).filter(|path| holds(executable, path.as_os_str())).collect()
    }

    /// Flags for the Rust compiler. (The C code among the dependencies names no paths by itself.)
    fn flags(&self) -> impl Iterator<Item = OsString> {
        self.renamed.iter().map(|(path, name)| {
            let mut flag = OsString::from("--remap-path-prefix=");
            flag.push(path);
            flag.push("=");
            flag.push(name);
            flag
        })
    }
}

/// Where cargo keeps what it has fetched, for a value of `CARGO_HOME`. As for cargo, an empty one says nothing.
fn cargo_home(given: Option<OsString>, home: Option<&Path>) -> Option<PathBuf> {
    given.filter(|given| !given.is_empty()).map(PathBuf::from).or_else(|| Some(home?.join(".cargo")))
}

/// Whether `path` stands in `bytes`, and not only as the beginning of another name.
fn holds(bytes: &[u8], path: &OsStr) -> bool {
    let path = path.as_encoded_bytes();
    let goes_on = |after: u8| after.is_ascii_alphanumeric() || matches!(after, b'_' | b'-' | b'.');
    memmem::find_iter(bytes, path).any(|at| !bytes.get(at + path.len()).is_some_and(|after| goes_on(*after)))
}

/// Builds the executables of a release with cargo in the workspace at `root`, showing cargo's own progress.
///
/// # Errors
/// When cargo fails, or leaves something that is not as [`check`] says.
pub fn build(root: &Path) -> Result<Providers> {
    let root = fs::canonicalize(root).context(|| format!("cannot find {}", root.display()))?;
    let target = cache::target()?;
    let machine = Machine::this(&root)?;
    let triple = rustc(&root, &["--print", "host-tuple"])?;
    let folder = target.join(&triple).join("release");
    let providers = Providers::in_folder(&folder);

    let cargo = variable("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    // With an explicit target the flags are for what runs there, and not for macros and build scripts, which cannot be static.
    command.args(["build", "--release", "--target", &triple, "--target-dir"]).arg(&target).current_dir(&root);
    for provider in providers.iter() {
        command.args(["--bin", &provider.executable_name()]);
    }
    let given = given_flags(std::env::var_os(ENCODED_FLAGS), std::env::var("RUSTFLAGS").ok());
    command.env(ENCODED_FLAGS, rust_flags(given, &machine));
    Running::start_showing_errors(command, Group::Shared)?.wait().and_then(Finished::ok)?;
    let providers = providers.found()?;
    providers.iter().try_for_each(|provider| check(provider, &machine))?;
    Ok(providers)
}

/// Flags for the Rust compiler that the caller gave, from the values of the variables that cargo takes them from: the second counts where
/// the first is not set at all.
fn given_flags(encoded: Option<OsString>, plain: Option<String>) -> Vec<OsString> {
    match encoded {
        Some(flags) => Some(flags).filter(|flags| !flags.is_empty()).into_iter().collect(),
        None => plain.unwrap_or_default().split_whitespace().map(OsString::from).collect(),
    }
}

/// The value of [`ENCODED_FLAGS`] for a release.
fn rust_flags(given: Vec<OsString>, machine: &Machine) -> OsString {
    let mut flags = given;
    if cfg!(target_os = "linux") {
        flags.push("-Ctarget-feature=+crt-static".into());
    }
    flags.extend(machine.flags());
    flags.join(OsStr::new("\u{1f}"))
}

/// A variable that is set, and not to nothing.
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

fn rustc(root: &Path, arguments: &[&str]) -> Result<String> {
    let program = variable("RUSTC").unwrap_or_else(|| OsString::from("rustc"));
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root);
    let finished = process::run(command).and_then(Finished::ok)?;
    Ok(finished.stdout.trim_end().to_owned())
}

/// Checks what holds for the executable of a release: on Linux it is static, it names no path of the machine that built it, and it is
/// not larger than its limit.
///
/// # Errors
/// What does not hold, or that it cannot be read.
pub fn check(provider: &Provider, machine: &Machine) -> Result<()> {
    let path = provider.executable.display();
    let bytes = fs::read(&provider.executable).context(|| format!("cannot read {path}"))?;
    if cfg!(target_os = "linux") {
        is_static(&bytes).context(|| format!("{path} is not fit for a release"))?;
    }
    let named = machine.named_in(&bytes);
    if !named.is_empty() {
        let named: Vec<String> = named.iter().map(|path| path.display().to_string()).collect();
        return Err(Error::new(format!("{path} names paths of this machine: {}", named.join(", "))));
    }
    let (size, limit) = (bytes.len() as u64, provider.largest());
    if size > limit {
        return Err(Error::new(format!("{path} has {size} bytes, which are more than the {limit} of its limit")));
    }
    Ok(())
}

/// Whether an executable of Linux starts without anything else: it names no loader and no library.
///
/// # Errors
/// What it names, or why it cannot be read.
pub fn is_static(executable: &[u8]) -> Result<()> {
    match FileKind::parse(executable).context(|| "no executable".to_owned())? {
        FileKind::Elf32 => names_nothing::<elf::FileHeader32<object::Endianness>>(executable),
        FileKind::Elf64 => names_nothing::<elf::FileHeader64<object::Endianness>>(executable),
        other => Err(Error::new(format!("no executable of Linux, but {other:?}"))),
    }
}

fn names_nothing<Header: FileHeader<Endian = object::Endianness>>(executable: &[u8]) -> Result<()> {
    let read = || "its headers cannot be read".to_owned();
    let header = Header::parse(executable).context(read)?;
    let endian = header.endian().context(read)?;
    for segment in header.program_headers(endian, executable).context(read)? {
        if segment.p_type(endian) == PT_INTERP {
            let loader = segment.interpreter(endian, executable).context(read)?.unwrap_or_default();
            return Err(Error::new(format!(
                "it is not static: it needs the loader {}",
                String::from_utf8_lossy(loader)
            )));
        }
        if segment.p_type(endian) == PT_DYNAMIC {
            let entries = segment.dynamic(endian, executable).context(read)?.unwrap_or_default();
            let needed = entries.iter().filter(|entry| entry.d_tag(endian).into() == DT_NEEDED).count();
            if needed > 0 {
                return Err(Error::new(format!("it is not static: it needs {needed} libraries")));
            }
        }
    }
    Ok(())
}

impl Provider {
    /// How large its executable may be in a release, in bytes: CI downloads it in every run.
    #[must_use]
    pub fn largest(&self) -> u64 {
        // Quay has by far the most resources.
        let mebibytes = if self.name == "quay" { 14 } else { 10 };
        mebibytes * MEBIBYTE
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// An ELF file of 64 bits with one segment of the type, whose content is `content`.
    fn elf(segment: u32, content: &[u8]) -> Vec<u8> {
        let (header, entry) = (64_u16, 56_u16);
        let at = u64::from(header + entry);
        let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
        file.extend([3_u16, 62].iter().flat_map(|half| half.to_le_bytes()));
        file.extend(1_u32.to_le_bytes());
        // Entry point, program headers, section headers.
        file.extend([0, u64::from(header), 0].iter().flat_map(|word| word.to_le_bytes()));
        file.extend(0_u32.to_le_bytes());
        file.extend([header, entry, 1, 64, 0, 0].iter().flat_map(|half| half.to_le_bytes()));
        file.extend([segment, 4].iter().flat_map(|word| word.to_le_bytes()));
        let size = content.len() as u64;
        file.extend([at, at, at, size, size, 8].iter().flat_map(|word| word.to_le_bytes()));
        file.extend(content);
        file
    }

    fn dynamic(tags: &[u64]) -> Vec<u8> {
        tags.iter().flat_map(|tag| [*tag, 1]).flat_map(u64::to_le_bytes).collect()
    }

    #[test]
    fn what_needs_nothing_is_static() {
        is_static(&elf(1, b"code")).unwrap();
        // A static-pie relocates itself: it has a dynamic section, in which no library is named.
        is_static(&elf(2, &dynamic(&[7, 0]))).unwrap();
    }

    #[test]
    fn what_needs_a_loader_or_a_library_is_not_static() {
        let error = |file: &[u8]| is_static(file).unwrap_err().to_string();
        assert_eq!(error(&elf(3, b"/lib64/ld.so\0")), "it is not static: it needs the loader /lib64/ld.so");
        assert_eq!(error(&elf(2, &dynamic(&[7, 1, 1, 0]))), "it is not static: it needs 2 libraries");
        assert!(error(b"#!/bin/sh\n").contains("no executable"));
        assert!(error(&elf(3, b"x")[..80]).contains("cannot be read"));
    }

    fn machine(renamed: &str, personal: &str) -> Machine {
        Machine { renamed: vec![(renamed.into(), "/cargo")], personal: vec![personal.into()] }
    }

    #[test]
    fn paths_of_the_machine_are_found() {
        let machine = machine("/home/ann/.cargo", "/home/ann");
        let found = |text: &str| machine.named_in(text.as_bytes()).len();
        assert_eq!(found("\0/home/ann/.cargo/registry/src/x.rs\0"), 2);
        assert_eq!(found("at /home/ann/work"), 1);
        assert_eq!(found("/home/ann"), 1);
        assert_eq!(found("/home/anna/x /cargo/x"), 0);
    }

    #[test]
    fn an_executable_is_refused_for_its_paths_and_its_size() {
        let folder = tempfile::tempdir().unwrap();
        let provider = Provider { name: "harbor".to_owned(), executable: folder.path().join("x") };
        let machine = machine("/home/ann/.cargo", "/home/ann");
        let checked = |content: &[u8]| {
            fs::write(&provider.executable, elf(1, content)).unwrap();
            check(&provider, &machine).map_err(|error| error.to_string())
        };
        checked(b"code").unwrap();
        assert!(
            checked(b"at /home/ann/.cargo/x.rs")
                .unwrap_err()
                .ends_with("names paths of this machine: /home/ann/.cargo, /home/ann")
        );
        assert!(checked(&vec![0; 10 << 20]).unwrap_err().contains("more than the 10485760"));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_is_built_for_tests_alone_is_refused() {
        let provider = Provider { name: "quay".to_owned(), executable: std::env::current_exe().unwrap() };
        let refused = check(&provider, &machine("/nowhere", "/nowhere")).unwrap_err().to_string();
        // With the flags of a release, tests are static too.
        assert_eq!(refused.contains("it is not static"), !cfg!(target_feature = "crt-static"), "{refused}");
    }

    #[test]
    fn flags_rename_the_paths_of_the_machine() {
        let machine = machine("/home/ann/.cargo", "/home/ann");
        let flags = rust_flags(Vec::new(), &machine);
        let flags = flags.to_string_lossy();
        assert!(flags.split('\u{1f}').any(|flag| flag == "--remap-path-prefix=/home/ann/.cargo=/cargo"), "{flags}");
        assert_eq!(flags.contains("+crt-static"), cfg!(target_os = "linux"), "{flags}");
    }

    #[test]
    fn flags_of_the_caller_come_first_and_none_is_empty() {
        let machine = machine("/home/ann/.cargo", "/home/ann");
        // Values of the two variables, and the flags that they stand for.
        let cases: [(Option<&str>, Option<&str>, &[&str]); 6] = [
            (None, None, &[]),
            (None, Some(""), &[]),
            (None, Some(" -Copt-level=1  -Cdebuginfo=1 "), &["-Copt-level=1", "-Cdebuginfo=1"]),
            (Some(""), None, &[]),
            (Some(""), Some("-Copt-level=1"), &[]),
            (Some("-Copt-level=1\u{1f}-L/with space"), Some("-Cx"), &["-Copt-level=1", "-L/with space"]),
        ];
        for (encoded, plain, expected) in cases {
            let flags = rust_flags(given_flags(encoded.map(OsString::from), plain.map(str::to_owned)), &machine);
            let flags = flags.to_string_lossy();
            let flags: Vec<&str> = flags.split('\u{1f}').collect();
            assert!(!flags.contains(&""), "{flags:?}");
            assert_eq!(flags[..expected.len()], *expected);
            let own = flags[expected.len()];
            assert!(own.starts_with("-Ctarget-feature") || own.starts_with("--remap-path-prefix"), "{flags:?}");
        }
    }

    #[test]
    fn cargos_folder_is_found_without_its_variable() {
        let found = |given: Option<&str>, home| cargo_home(given.map(OsString::from), home);
        let home = Some(Path::new("/home/ann"));
        assert_eq!(found(Some("/cargo"), home), Some("/cargo".into()));
        for given in [None, Some("")] {
            assert_eq!(found(given, home), Some("/home/ann/.cargo".into()));
            assert_eq!(found(given, None), None);
        }
    }
}
