//! What a person can ask of a provider's executable. Terraform starts it without arguments.

use std::ffi::OsString;

use super::Plugin;
use super::log::PROTOCOL_VERSION;

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Serve the plugin host that started the process.
    Serve,
    /// Serve whoever is pointed here.
    Debug,
    /// Say what this is.
    Help,
    /// Say which version this is.
    Version,
    /// That makes no sense.
    Unknown(String),
}

/// Options with one dash are Go's way, and what people know from other providers.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Command {
    let mut command = Command::Serve;
    for argument in arguments {
        command = match argument.to_str() {
            Some("-debug" | "--debug") => Command::Debug,
            Some("-h" | "-help" | "--help") => return Command::Help,
            Some("-V" | "-version" | "--version") => return Command::Version,
            _ => return Command::Unknown(argument.to_string_lossy().into_owned()),
        };
    }
    command
}

/// One line.
pub(crate) fn version(plugin: &Plugin) -> String {
    format!("terraform-provider-{} {} (plugin protocol {PROTOCOL_VERSION})\n", plugin.name, plugin.version)
}

/// The whole help.
pub(crate) fn help(plugin: &Plugin) -> String {
    let Plugin { name, .. } = plugin;
    format!(
        "{}
A Terraform provider. Terraform and OpenTofu start it by themselves.

{}
Usage: terraform-provider-{name} [option]

  --debug    serve until Ctrl-C, and print the TF_REATTACH_PROVIDERS with which Terraform uses this process
  --version  print the version
  --help     print this text

Environment:

  TF_LOG_PROVIDER, TF_LOG  log level: trace, debug, info, warn, error, off
  TF_LOG_PROVIDER_{}, TF_LOG_SDK_PROTO, TF_LOG_SDK_FRAMEWORK
                           less of one part: the provider, its protocol layer, its framework
  TF_LOG_SDK_PROTO_DATA_DIR
                           a folder for the values of every call, SECRETS INCLUDED, as files that only you can read
  TF_PLUGIN_TRANSPORT=tcp  listen on a loopback port, not on a unix socket
",
        version(plugin),
        installation(plugin),
        name.to_uppercase().replace('-', "_"),
    )
}

/// For a person who started the executable like any other.
pub(crate) fn by_hand(plugin: &Plugin) -> String {
    format!(
        "terraform-provider-{0} is a Terraform provider: Terraform and OpenTofu start it by themselves.\n\n{1}\n\
         To attach a debugger, start it with --debug. For more, --help.\n",
        plugin.name,
        installation(plugin)
    )
}

fn installation(plugin: &Plugin) -> String {
    let Plugin { name, address, version, .. } = plugin;
    // The default registry is not written out: each program has its own.
    let source = address.strip_prefix("registry.terraform.io/").unwrap_or(address);
    format!(
        "To use it, write into a configuration, and run `terraform init`:

  terraform {{
    required_providers {{
      {name} = {{
        source  = \"{source}\"
        version = \"~> {version}\"
      }}
    }}
  }}

To use this very file instead, without `init`, write into ~/.terraformrc (OpenTofu: ~/.tofurc):

  provider_installation {{
    dev_overrides {{
      \"{source}\" = \"{}\"
    }}
    direct {{}}
  }}
",
        directory()
    )
}

fn directory() -> String {
    let own = std::env::current_exe().ok().and_then(|path| path.parent().map(|parent| parent.display().to_string()));
    // As HCL wants it.
    own.unwrap_or_else(|| "/directory/of/this/file".to_owned()).replace('\\', "\\\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Command {
        parse(arguments.iter().map(OsString::from))
    }

    #[test]
    fn options_have_one_dash_or_two() {
        assert_eq!(parsed(&[]), Command::Serve);
        assert_eq!(parsed(&["-debug"]), Command::Debug);
        assert_eq!(parsed(&["--debug"]), Command::Debug);
        assert_eq!(parsed(&["--debug", "--version"]), Command::Version);
        assert_eq!(parsed(&["-help"]), Command::Help);
    }

    #[test]
    fn what_is_not_known_is_named() {
        assert_eq!(parsed(&["--debug", "serve"]), Command::Unknown("serve".to_owned()));
    }
}
