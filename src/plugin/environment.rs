//! What Terraform says to a provider before they can talk: environment variables.

use std::ffi::OsString;
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// Shows that a plugin host started the process, and not a person. No secret.
pub(crate) const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// The major version of the protocol; the only one that is served.
pub(crate) const PROTOCOL: u32 = 6;

/// Our own: `tcp` makes a provider listen on a loopback port also where there are unix sockets.
const TRANSPORT: &str = "TF_PLUGIN_TRANSPORT";

/// A folder for the values of all calls; see [`super::dump`].
const DATA_DIRECTORY: &str = "TF_LOG_SDK_PROTO_DATA_DIR";

/// The parts of the environment that matter before the first call.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Environment {
    /// Started by a plugin host.
    pub(crate) cookie: bool,
    /// The client's certificate as PEM; absent when it asked for no TLS.
    pub(crate) client_certificate: Option<String>,
    /// The host's major versions lack ours. It is told ours, and reports the mismatch by itself.
    pub(crate) foreign_protocol: bool,
    /// Ports to try; 0 leaves the choice to the system.
    pub(crate) ports: Ports,
    /// Listen on TCP also where there are unix sockets.
    pub(crate) tcp: bool,
    /// Where the socket is to be.
    pub(crate) socket_directory: Option<PathBuf>,
    /// Whose group may use the socket: a name or a number.
    pub(crate) socket_group: Option<String>,
    /// The host asks whether its broker may be multiplexed.
    pub(crate) multiplex: bool,
    /// Where the values of all calls are kept, secrets included; usually nowhere.
    pub(crate) data_directory: Option<PathBuf>,
}

/// Ports to try, in ascending order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ports(pub(crate) RangeInclusive<u16>);

impl Default for Ports {
    fn default() -> Self {
        Self(0..=0)
    }
}

/// What is wrong with a variable.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} is {problem}")]
pub(crate) struct Error {
    name: &'static str,
    problem: &'static str,
}

impl Environment {
    /// Reads the process's own.
    pub(crate) fn read() -> Result<Self, Error> {
        Self::from(|name| std::env::var_os(name))
    }

    fn from(get: impl Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let text = |name: &'static str| match get(name).map(OsString::into_string) {
            None => Ok(None),
            Some(Ok(text)) => Ok(Some(text)),
            Some(Err(_)) => Err(Error { name, problem: "not text" }),
        };
        let port = |name: &'static str| match text(name)?.filter(|t| !t.is_empty()) {
            None => Ok(0),
            Some(port) => port.parse().map_err(|_| Error { name, problem: "not a port number" }),
        };
        let ports = port("PLUGIN_MIN_PORT")?..=port("PLUGIN_MAX_PORT")?;
        if ports.is_empty() {
            return Err(Error { name: "PLUGIN_MIN_PORT", problem: "greater than PLUGIN_MAX_PORT" });
        }
        let versions = text("PLUGIN_PROTOCOL_VERSIONS")?.filter(|v| !v.is_empty());
        Ok(Self {
            cookie: get(COOKIE.0).is_some_and(|value| value == COOKIE.1),
            // Set but empty is not "no TLS": better an error than a door left open.
            client_certificate: text("PLUGIN_CLIENT_CERT")?,
            foreign_protocol: versions
                .is_some_and(|all| all.split(',').all(|v| v.trim().parse::<u32>() != Ok(PROTOCOL))),
            ports: Ports(ports),
            tcp: get(TRANSPORT).is_some_and(|value| value == "tcp"),
            socket_directory: get("PLUGIN_UNIX_SOCKET_DIR").filter(|v| !v.is_empty()).map(PathBuf::from),
            socket_group: text("PLUGIN_UNIX_SOCKET_GROUP")?.filter(|g| !g.is_empty()),
            multiplex: get("PLUGIN_MULTIPLEX_GRPC").is_some_and(|value| !value.is_empty()),
            data_directory: get(DATA_DIRECTORY).filter(|v| !v.is_empty()).map(PathBuf::from),
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Result<Environment, Error> {
        Environment::from(|name| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| v.into()))
    }

    #[test]
    fn an_empty_environment_is_a_persons() {
        assert_eq!(environment(&[]).unwrap(), Environment::default());
    }

    #[test]
    fn only_the_exact_cookie_counts() {
        assert!(environment(&[COOKIE]).unwrap().cookie);
        assert!(!environment(&[(COOKIE.0, "d602")]).unwrap().cookie);
    }

    #[test]
    fn terraforms_own_variables_are_understood() {
        let environment = environment(&[
            ("PLUGIN_MIN_PORT", "10000"),
            ("PLUGIN_MAX_PORT", "25000"),
            ("PLUGIN_PROTOCOL_VERSIONS", "6,5"),
            ("PLUGIN_CLIENT_CERT", "pem"),
        ])
        .unwrap();
        assert_eq!(environment.ports, Ports(10000..=25000));
        assert!(!environment.foreign_protocol);
        assert_eq!(environment.client_certificate.as_deref(), Some("pem"));
    }

    #[test]
    fn a_host_that_knows_no_version_six_is_noticed() {
        assert!(environment(&[("PLUGIN_PROTOCOL_VERSIONS", "4,5")]).unwrap().foreign_protocol);
        assert!(!environment(&[("PLUGIN_PROTOCOL_VERSIONS", "")]).unwrap().foreign_protocol);
    }

    #[test]
    fn ports_in_the_wrong_order_are_refused() {
        let error = environment(&[("PLUGIN_MIN_PORT", "2"), ("PLUGIN_MAX_PORT", "1")]).unwrap_err();
        assert_eq!(error.to_string(), "PLUGIN_MIN_PORT is greater than PLUGIN_MAX_PORT");
        assert!(environment(&[("PLUGIN_MIN_PORT", "x"), ("PLUGIN_MAX_PORT", "1")]).is_err());
    }

    #[test]
    fn an_empty_client_certificate_does_not_turn_tls_off() {
        assert_eq!(environment(&[("PLUGIN_CLIENT_CERT", "")]).unwrap().client_certificate.as_deref(), Some(""));
    }
}
