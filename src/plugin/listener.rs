//! Where a provider listens: a unix socket that only its user can reach, or a port of the loopback interface.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use super::connection::Io;
use super::environment::{Environment, Ports};

#[cfg(unix)]
mod unix;

/// Where to connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// Path of a socket.
    #[cfg_attr(not(unix), allow(dead_code))]
    Unix(PathBuf),
    /// Loopback.
    Tcp(SocketAddr),
}

impl Address {
    /// As the handshake line says it.
    pub(crate) fn network(&self) -> &'static str {
        match self {
            Address::Unix(_) => "unix",
            Address::Tcp(_) => "tcp",
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Unix(path) => path.display().fmt(f),
            Address::Tcp(address) => address.fmt(f),
        }
    }
}

/// Accepts connections.
#[derive(Debug)]
pub(crate) enum Listener {
    /// A unix socket.
    #[cfg(unix)]
    Unix(unix::Socket),
    /// Loopback.
    Tcp(tokio::net::TcpListener),
}

impl Listener {
    /// Binds as the environment asks. Needs a runtime.
    pub(crate) fn bind(environment: &Environment) -> io::Result<Self> {
        #[cfg(unix)]
        if !environment.tcp {
            let directory = environment.socket_directory.as_deref();
            return unix::Socket::bind(directory, environment.socket_group.as_deref()).map(Self::Unix);
        }
        tcp(&environment.ports).map(Self::Tcp)
    }

    /// Where to connect.
    pub(crate) fn address(&self) -> io::Result<Address> {
        match self {
            #[cfg(unix)]
            Self::Unix(socket) => Ok(Address::Unix(socket.path().to_owned())),
            Self::Tcp(listener) => listener.local_addr().map(Address::Tcp),
        }
    }

    /// The next connection.
    pub(crate) async fn accept(&self) -> io::Result<Box<dyn Io>> {
        match self {
            #[cfg(unix)]
            Self::Unix(socket) => Ok(Box::new(socket.accept().await?)),
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok(Box::new(stream))
            }
        }
    }

    /// Removes the socket's file. The listener itself may live on in a task that nobody waits for.
    pub(crate) fn cleanup(&self) -> Cleanup {
        match self {
            #[cfg(unix)]
            Self::Unix(socket) => Cleanup(Some(socket.path().to_owned())),
            Self::Tcp(_) => Cleanup(None),
        }
    }
}

/// Removes a socket's file when it is dropped.
#[derive(Debug)]
pub(crate) struct Cleanup(Option<PathBuf>);

impl Drop for Cleanup {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            let _ = std::fs::remove_file(path);
        }
    }
}

fn tcp(ports: &Ports) -> io::Result<tokio::net::TcpListener> {
    let mut last = None;
    for port in ports.0.clone() {
        match std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(listener) => {
                listener.set_nonblocking(true)?;
                return tokio::net::TcpListener::from_std(listener);
            }
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| io::ErrorKind::AddrNotAvailable.into()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_port_is_passed_over() {
        let taken = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let first = tcp(&Ports(taken..=taken)).unwrap();
        let error = tcp(&Ports(taken..=taken)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        let second = tcp(&Ports(taken..=u16::MAX)).unwrap();
        assert!(second.local_addr().unwrap().port() > first.local_addr().unwrap().port());
        assert!(second.local_addr().unwrap().ip().is_loopback());
    }
}
