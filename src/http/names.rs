//! Names of hosts, resolved as hosts(5) and resolv.conf(5) describe, without the C library.
//!
//! The executables of a release are static. In a static executable glibc's `getaddrinfo` loads the modules that the machine's
//! `nsswitch.conf` names, which fails or crashes where they belong to another glibc. Terraform itself resolves names in the way that
//! is used here.
//!
//! Servers are asked one after another in the order of the file, and the first answer counts, `NXDOMAIN` included: that of the
//! first server is the right one where an internal server stands before a public one.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::path::PathBuf;
use std::time::Duration;

use hickory_proto::op::{Message, Query, ResponseCode};
use hickory_proto::rr::{Name, RecordType};
use reqwest::dns::{Addrs, Resolve, Resolving};
use resolv_conf::{Config, ScopedIp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

/// Where name servers listen.
const PORT: u16 = 53;

/// Larger than any answer over UDP to a query that does not ask for large ones (512 bytes).
const LARGEST_DATAGRAM: usize = 4096;

/// What of the header of a message is looked at before it is decoded (RFC 1035, 4.1.1): its length, and bits of its third byte.
const HEADER: usize = 12;
const IS_ANSWER: u8 = 0x80;
const IS_TRUNCATED: u8 = 0x02;

/// Resolves names with the files of the system. They are read for each name, so that what changes while a process runs is seen.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    hosts: PathBuf,
    servers: PathBuf,
    port: u16,
    /// Longest time for one name. An error that comes later is never seen, because the connection is given up.
    patience: Duration,
}

/// Why a name has no address.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub(crate) struct Unresolved {
    why: String,
    /// Another attempt fails in the same way.
    pub(crate) lasting: bool,
}

impl Unresolved {
    fn passing(why: String) -> Self {
        Self { why, lasting: false }
    }
}

impl Resolve for Names {
    fn resolve(&self, name: reqwest::dns::Name) -> Resolving {
        let names = self.clone();
        Box::pin(async move {
            let found = names.addresses(name.as_str()).await?;
            // Port 0 stands for the one of the address that is called.
            let found: Addrs = Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(found)
        })
    }
}

impl Names {
    /// Those of the system, for connections that must be there within `connect_timeout`.
    pub(crate) fn system(connect_timeout: Duration) -> Self {
        Self::of("/etc/hosts", "/etc/resolv.conf", PORT, connect_timeout / 10 * 9)
    }

    pub(crate) fn of(hosts: impl Into<PathBuf>, servers: impl Into<PathBuf>, port: u16, patience: Duration) -> Self {
        Self { hosts: hosts.into(), servers: servers.into(), port, patience }
    }

    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, Unresolved> {
        let listed = self.listed(host.trim_end_matches('.'));
        if !listed.is_empty() {
            return Ok(listed);
        }
        // RFC 6761, 6.3 and 6.4: servers are not asked for these.
        if ends_with(host, "localhost") {
            return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
        }
        if ends_with(host, "invalid") {
            let why = format!("cannot resolve host {host}: names that end with .invalid do not exist");
            return Err(Unresolved { why, lasting: true });
        }
        let servers = self.servers(host)?;
        let asked = timeout(self.patience, servers.search(host)).await;
        asked.unwrap_or_else(|_| {
            let (servers, patience) = (&servers, self.patience.as_secs_f32());
            Err(Unresolved::passing(format!(
                "cannot resolve host {host}: {servers} did not answer within {patience} s"
            )))
        })
    }

    /// The addresses of a host in the file of hosts.
    ///
    /// Read here, because parsers of names refuse what containers are called: `my_registry`.
    fn listed(&self, host: &str) -> Vec<IpAddr> {
        // A missing file lists nothing.
        let text = std::fs::read(&self.hosts).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let entries = text.lines().filter_map(|line| {
            let mut words = line.split('#').next()?.split_whitespace();
            let address: IpAddr = words.next()?.parse().ok()?;
            words.any(|name| name.trim_end_matches('.').eq_ignore_ascii_case(host)).then_some(address)
        });
        entries.collect()
    }

    fn servers(&self, host: &str) -> Result<Servers, Unresolved> {
        let file = &self.servers;
        let text = std::fs::read(file).map_err(|error| Unresolved {
            why: format!(
                "cannot resolve host {host}: it is not listed in {}, and {}, which names the DNS servers to ask, cannot be read: \
                 {error}",
                self.hosts.display(),
                file.display()
            ),
            lasting: true,
        })?;
        // What cannot be understood is skipped, as the C library does.
        let (mut config, _) = Config::parse_with_errors(&text);
        config.glibc_normalize();
        Ok(Servers::new(&config, self.port))
    }
}

/// Whom to ask, and how.
struct Servers {
    addresses: Vec<SocketAddr>,
    suffixes: Vec<String>,
    /// So many dots in a name make it one that is asked for as it is before any suffix is added.
    dots: usize,
    /// Longest time for one answer.
    patience: Duration,
    attempts: u32,
    by_tcp_alone: bool,
    without_ipv6: bool,
}

impl fmt::Display for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let addresses: Vec<String> = self.addresses.iter().map(|address| address.ip().to_string()).collect();
        let kind = if addresses.len() == 1 { "DNS server" } else { "DNS servers" };
        write!(f, "{kind} {}", addresses.join(" and "))
    }
}

/// What a server knows of a name.
struct Known {
    addresses: Vec<IpAddr>,
    /// Without addresses: whether the name exists.
    exists: bool,
    server: IpAddr,
}

impl Servers {
    fn new(config: &Config, port: u16) -> Self {
        let addresses = config.get_nameservers_or_local().iter().map(|address| socket_address(address, port)).collect();
        let suffixes = config.get_last_search_or_domain().map(|suffix| suffix.trim_matches('.').to_owned());
        Self {
            addresses,
            suffixes: suffixes.filter(|suffix| !suffix.is_empty()).collect(),
            dots: config.ndots as usize,
            // The C library's bounds.
            patience: Duration::from_secs(config.timeout.clamp(1, 30).into()),
            attempts: config.attempts.clamp(1, 5),
            by_tcp_alone: config.use_vc,
            without_ipv6: config.no_aaaa,
        }
    }

    /// The names that a name may stand for, in the order in which they are tried.
    fn candidates(&self, host: &str) -> Vec<String> {
        let (itself, absolute) = match host.strip_suffix('.') {
            Some(host) => (host, true),
            None => (host, false),
        };
        let mut names: Vec<String> = match absolute {
            true => Vec::new(),
            false => self.suffixes.iter().map(|suffix| format!("{itself}.{suffix}")).collect(),
        };
        let first = absolute || itself.matches('.').count() >= self.dots;
        names.insert(if first { 0 } else { names.len() }, itself.to_owned());
        names
    }

    async fn search(&self, host: &str) -> Result<Vec<IpAddr>, Unresolved> {
        let candidates = self.candidates(host);
        let mut why = Vec::new();
        for name in &candidates {
            match self.both(name).await {
                Ok(known) if !known.addresses.is_empty() => return Ok(known.addresses),
                Ok(Known { exists: true, server, .. }) => {
                    why.push(format!("DNS server {server} has no address of {name}"))
                }
                Ok(Known { server, .. }) => why.push(format!("DNS server {server} returned NXDOMAIN for {name}")),
                // Without an answer, a suffix changes nothing.
                Err(trouble) => {
                    why.push(trouble);
                    break;
                }
            }
        }
        Err(Unresolved::passing(format!("cannot resolve host {host}: {}", why.join("; "))))
    }

    /// Addresses of both kinds. That one kind cannot be had does not matter where there are some of the other.
    async fn both(&self, name: &str) -> Result<Known, String> {
        let v4 = self.ask(name, RecordType::A);
        if self.without_ipv6 {
            return v4.await;
        }
        match futures::join!(v4, self.ask(name, RecordType::AAAA)) {
            (Ok(v4), Ok(v6)) => Ok(Known {
                addresses: v6.addresses.into_iter().chain(v4.addresses).collect(),
                exists: v4.exists || v6.exists,
                server: v4.server,
            }),
            (Ok(some), Err(_)) | (Err(_), Ok(some)) if !some.addresses.is_empty() => Ok(some),
            (Err(trouble), _) | (_, Err(trouble)) => Err(trouble),
        }
    }

    async fn ask(&self, name: &str, kind: RecordType) -> Result<Known, String> {
        let query = query(name, kind)?;
        let mut trouble = Vec::new();
        for _ in 0..self.attempts {
            trouble.clear();
            for server in &self.addresses {
                let server_ip = server.ip();
                match timeout(self.patience, self.exchange(*server, &query)).await {
                    Err(_) => {
                        trouble.push(format!(
                            "DNS server {server_ip} did not answer within {} s",
                            self.patience.as_secs()
                        ));
                    }
                    Ok(Err(error)) => trouble.push(format!("DNS server {server_ip}: {error}")),
                    Ok(Ok(answer)) => match answer.response_code {
                        code @ (ResponseCode::NoError | ResponseCode::NXDomain) => {
                            let records = answer.answers.iter().filter(|record| record.record_type() == kind);
                            let addresses = records.filter_map(|record| record.data.ip_addr()).collect();
                            return Ok(Known { addresses, exists: code == ResponseCode::NoError, server: server_ip });
                        }
                        code => trouble.push(format!("DNS server {server_ip} returned {} for {name}", known_as(code))),
                    },
                }
            }
        }
        Err(trouble.join("; "))
    }

    async fn exchange(&self, server: SocketAddr, query: &[u8]) -> io::Result<Message> {
        let answer = match self.by_tcp_alone {
            true => by_tcp(server, query).await?,
            false => match by_udp(server, query).await? {
                short if short[2] & IS_TRUNCATED != 0 => by_tcp(server, query).await?,
                whole => whole,
            },
        };
        Message::from_vec(&answer).map_err(|error| io::Error::other(format!("its answer cannot be read: {error}")))
    }
}

/// What administrators call it.
fn known_as(code: ResponseCode) -> String {
    match code {
        ResponseCode::ServFail => "SERVFAIL".to_owned(),
        ResponseCode::Refused => "REFUSED".to_owned(),
        other => other.to_string(),
    }
}

fn query(name: &str, kind: RecordType) -> Result<Vec<u8>, String> {
    let invalid = |error: &dyn fmt::Display| format!("{name} is not a name for DNS: {error}");
    // As it is: what the user wrote is in ASCII already, and may hold underscores.
    let mut domain = Name::from_ascii(name).map_err(|error| invalid(&error))?;
    domain.set_fqdn(true);
    let mut message = Message::query();
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(domain, kind));
    message.to_vec().map_err(|error| invalid(&error))
}

/// From a port that the operating system chooses. A connected socket takes packets of the server alone, and is told when
/// nobody listens there.
async fn by_udp(server: SocketAddr, query: &[u8]) -> io::Result<Vec<u8>> {
    let any: IpAddr = if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(server).await?;
    socket.send(query).await?;
    let mut buffer = vec![0; LARGEST_DATAGRAM];
    loop {
        let length = socket.recv(&mut buffer).await?;
        if answers(&buffer[..length], query) {
            buffer.truncate(length);
            return Ok(buffer);
        }
    }
}

async fn by_tcp(server: SocketAddr, query: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(server).await?;
    let length = u16::try_from(query.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), query].concat()).await?;
    let mut answer = vec![0; stream.read_u16().await?.into()];
    stream.read_exact(&mut answer).await?;
    match answers(&answer, query) {
        true => Ok(answer),
        false => Err(io::Error::other("its answer is to another question")),
    }
}

/// Whether a message is the answer to a query, which ends with its question. A server that refuses may leave the question out.
fn answers(message: &[u8], query: &[u8]) -> bool {
    let (Some(header), Some((asked, question))) = (message.get(..HEADER), query.split_at_checked(HEADER)) else {
        return false;
    };
    let refuses = header[3] & 0x0f != 0 && header[4..6] == [0, 0];
    let same = |text: &[u8]| text.eq_ignore_ascii_case(question);
    header[..2] == asked[..2]
        && header[2] & IS_ANSWER != 0
        && (refuses || message.get(HEADER..query.len()).is_some_and(same))
}

fn socket_address(address: &ScopedIp, port: u16) -> SocketAddr {
    match address {
        ScopedIp::V4(address) => (*address, port).into(),
        ScopedIp::V6(address, scope) => {
            let scope = scope.as_deref().and_then(interface).unwrap_or_default();
            SocketAddrV6::new(*address, port, 0, scope).into()
        }
    }
}

/// The number of a network interface, which may be what it is called already.
fn interface(name: &str) -> Option<u32> {
    let number = || std::fs::read_to_string(format!("/sys/class/net/{name}/ifindex")).ok()?.trim().parse().ok();
    name.parse().ok().or_else(number)
}

/// Whether the last label of a name is this one.
fn ends_with(host: &str, last: &str) -> bool {
    host.trim_end_matches('.').rsplit('.').next().is_some_and(|label| label.eq_ignore_ascii_case(last))
}

#[cfg(test)]
#[path = "names_tests.rs"]
mod tests;
