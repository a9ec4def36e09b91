//! Where the provider executables are.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};
use crate::process::{Finished, Group, Running};

/// One provider's executable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Its short name, which is the first word of its resource types.
    pub name: String,
    /// The executable.
    pub executable: PathBuf,
}

impl Provider {
    /// The version that all providers of this workspace have.
    pub const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    /// Its address without a host, as it stands in `required_providers`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("container-registries/{}", self.name)
    }

    pub(crate) fn executable_name(&self) -> String {
        format!("terraform-provider-{}", self.name)
    }
}

/// The executables of the three providers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Providers(Vec<Provider>);

impl Providers {
    /// Those at the given paths; in a test of the root package they come from
    /// `env!("CARGO_BIN_EXE_terraform-provider-quay")` and its like.
    pub fn new(quay: impl Into<PathBuf>, harbor: impl Into<PathBuf>, saagie: impl Into<PathBuf>) -> Self {
        let provider = |name: &str, executable: PathBuf| Provider { name: name.to_owned(), executable };
        Self(vec![provider("quay", quay.into()), provider("harbor", harbor.into()), provider("saagie", saagie.into())])
    }

    /// None: for configurations of what is built into Terraform.
    #[must_use]
    pub fn none() -> Self {
        Self(Vec::new())
    }

    /// Those that lie in `folder`, under their own names.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        let named = |name: &str| folder.join(format!("terraform-provider-{name}"));
        Self::new(named("quay"), named("harbor"), named("saagie"))
    }

    /// Builds them with cargo in the workspace at `root`, showing cargo's own progress. For a release there is
    /// [`release::build`](crate::release::build).
    ///
    /// # Errors
    /// When cargo fails, or does not leave them where expected.
    pub fn build(root: &Path) -> Result<Self> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let target = crate::terraform::cache::target()?;
        let mut command = Command::new(cargo);
        command.args(["build", "--bins", "--target-dir"]).arg(&target).current_dir(root);
        Running::start_showing_errors(command, Group::Shared)?.wait().and_then(Finished::ok)?;
        Self::in_folder(&target.join("debug")).found()
    }

    /// Themselves, when all of them are there.
    pub(crate) fn found(self) -> Result<Self> {
        match self.0.iter().find(|provider| !provider.executable.is_file()) {
            Some(missing) => Err(Error::new(format!("cargo left no {}", missing.executable.display()))),
            None => Ok(self),
        }
    }

    /// The one of this name alone.
    #[must_use]
    pub fn only(&self, name: &str) -> Self {
        Self(self.0.iter().filter(|provider| provider.name == name).cloned().collect())
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Provider> {
        self.0.iter()
    }
}
