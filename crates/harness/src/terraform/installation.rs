//! How Terraform finds the providers: the CLI configuration, and the folders that it points at.

use std::fmt::Write;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::archive;
use crate::error::{Result, ResultExt};
use crate::providers::{Provider, Providers};

/// The hosts that an address without a host means: one of Terraform, one of OpenTofu. They are folders of the mirror
/// here; nothing is asked of them.
const HOSTS: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];

/// How Terraform finds the providers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Installation {
    /// `dev_overrides`: no `init` is needed and no lock file is written; the quickest.
    DevOverrides,
    /// A filesystem mirror: `init` installs from it and writes a lock file, as a user's does.
    Mirror,
    /// A filesystem mirror of release archives.
    Archives,
    /// The folder in the user's home that is searched when nothing is said.
    Home,
}

/// Writes the CLI configuration that makes the providers known into `folder`, and returns its text. No other provider
/// can be installed with it, so no test depends on a registry without knowing.
pub(super) fn write(folder: &Path, providers: &Providers, installation: Installation) -> Result<String> {
    let mut text = String::from("disable_checkpoint = true\nprovider_installation {\n");
    match installation {
        Installation::DevOverrides => {
            text.push_str("  dev_overrides {\n");
            for provider in providers.iter() {
                let plugins = folder.join("plugins").join(&provider.name);
                link(&plugins, provider)?;
                // Writing to a String cannot fail.
                let _ = writeln!(text, "    {:?} = {:?}", provider.address(), plugins.display().to_string());
            }
            text.push_str("  }\n");
        }
        Installation::Mirror => {
            let mirror = folder.join("mirror");
            unpacked(&mirror, providers, "")?;
            let _ = writeln!(text, "  filesystem_mirror {{\n    path = {:?}\n  }}", mirror.display().to_string());
        }
        Installation::Archives => {
            let mirror = folder.join("mirror");
            packed(&mirror, providers)?;
            let _ = writeln!(text, "  filesystem_mirror {{\n    path = {:?}\n  }}", mirror.display().to_string());
        }
        Installation::Home => {
            unpacked(&folder.join("home/.terraform.d/plugins"), providers, &format!("_v{}", Provider::VERSION))?;
            return Ok("disable_checkpoint = true\n".to_owned());
        }
    }
    text.push_str("}\n");
    Ok(text)
}

/// Makes a mirror of executables with `suffix` behind their names.
fn unpacked(mirror: &Path, providers: &Providers, suffix: &str) -> Result<()> {
    for host in HOSTS {
        for provider in providers.iter() {
            let folder = mirror.join(host).join(provider.address()).join(Provider::VERSION).join(platform());
            link_as(&folder, provider, suffix)?;
        }
    }
    Ok(())
}

/// Makes a mirror of release archives.
fn packed(mirror: &Path, providers: &Providers) -> Result<()> {
    for provider in providers.iter() {
        let folders = HOSTS.map(|host| mirror.join(host).join(provider.address()));
        for folder in &folders {
            fs::create_dir_all(folder).context(|| format!("cannot make {}", folder.display()))?;
        }
        let archive = archive::pack(provider, &folders[0])?;
        let other = folders[1].join(archive::archive_name(provider));
        fs::hard_link(&archive, &other).context(|| format!("cannot make {}", other.display()))?;
    }
    Ok(())
}

/// Makes `folder` with a link to the provider's executable in it, alone: cargo's own folder holds files of similar
/// names.
fn link(folder: &Path, provider: &Provider) -> Result<()> {
    link_as(folder, provider, "")
}

fn link_as(folder: &Path, provider: &Provider, suffix: &str) -> Result<()> {
    fs::create_dir_all(folder).context(|| format!("cannot make {}", folder.display()))?;
    let link = folder.join(format!("{}{suffix}", provider.executable_name()));
    symlink(&provider.executable, &link).context(|| format!("cannot make {}", link.display()))
}

/// This platform as Go and Terraform call it, for example `linux_amd64`.
pub(crate) fn platform() -> String {
    let os = if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    };
    format!("{os}_{arch}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn providers() -> Providers {
        Providers::new(
            "/build/terraform-provider-quay",
            "/build/terraform-provider-harbor",
            "/build/terraform-provider-saagie",
        )
    }

    #[test]
    fn overrides_point_at_folders_that_hold_one_executable_each() {
        let folder = tempfile::tempdir().unwrap();
        let text = write(folder.path(), &providers(), Installation::DevOverrides).unwrap();
        for name in ["quay", "harbor", "saagie"] {
            let plugins = folder.path().join("plugins").join(name);
            assert!(text.contains(&format!("\"container-registries/{name}\" = \"{}\"", plugins.display())), "{text}");
            let files: Vec<_> = fs::read_dir(&plugins).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            assert_eq!(files, [format!("terraform-provider-{name}").as_str()]);
        }
    }

    #[test]
    fn a_mirror_serves_terraform_and_opentofu_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let text = write(folder.path(), &providers(), Installation::Mirror).unwrap();
        assert!(text.contains("filesystem_mirror") && !text.contains("direct"), "{text}");
        for host in HOSTS {
            let package = folder
                .path()
                .join("mirror")
                .join(host)
                .join("container-registries/quay")
                .join(Provider::VERSION)
                .join(platform());
            assert_eq!(
                fs::read_link(package.join("terraform-provider-quay")).unwrap(),
                Path::new("/build/terraform-provider-quay")
            );
        }
    }
}
