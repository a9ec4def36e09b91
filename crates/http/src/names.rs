//! Names of hosts, resolved as hosts(5) and resolv.conf(5) describe, without the C library.
//!
//! The executables of a release are static. In a static executable glibc's `getaddrinfo` loads the modules that the machine's
//! `nsswitch.conf` names, which fails or crashes where they belong to another glibc. Terraform's own executables do without the C
//! library, too. Where this module has a choice, it does what glibc and Go agree on.
//!
//! Servers are asked one after another in the order of the file, and the first answer counts, `NXDOMAIN` included: that of the
//! first server is the right one where an internal server stands before a public one. Therefore a server that was silent is still
//! asked in its turn, but the next one is asked soon.

use std::collections::HashSet;
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::{Either, select};
use hickory_proto::op::{Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::{Name, RecordType};
use reqwest::dns::{Addrs, Resolve, Resolving};
use resolv_conf::{Config, ScopedIp};
use rustls::crypto::aws_lc_rs;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, timeout, timeout_at};

/// Where name servers listen.
const PORT: u16 = 53;

/// Longer than a server takes that is there and knows the answer.
const BRIEF: Duration = Duration::from_millis(500);

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
    /// The file with what the host is called. Its domain is searched where the file of servers says nothing of that.
    host_name: PathBuf,
    port: u16,
    /// Longest time for one name. An error that comes later is never seen, because the connection is given up.
    patience: Duration,
    /// How long a server is waited for that was silent before, and the other kind of addresses where there are some of one.
    brief: Duration,
    /// The servers that did not answer when they were asked last.
    silent: Arc<Mutex<HashSet<IpAddr>>>,
}

/// Why a name has no address.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub(crate) struct Unresolved {
    why: String,
    /// Another attempt fails in the same way.
    pub(crate) lasting: bool,
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
        let files = ["/etc/hosts", "/etc/resolv.conf", "/proc/sys/kernel/hostname"];
        Self::of(files, PORT, connect_timeout / 10 * 9)
    }

    /// With other files: those of hosts, of servers, and of the host's name.
    pub(crate) fn of(files: [impl Into<PathBuf>; 3], port: u16, patience: Duration) -> Self {
        let [hosts, servers, host_name] = files.map(Into::into);
        Self { hosts, servers, host_name, port, patience, brief: BRIEF, silent: Arc::default() }
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
        let (servers, missing) = self.servers();
        servers.search(host).await.map_err(|Trouble { why, unanswered }| match missing {
            None => Unresolved { why: format!("cannot resolve host {host}: {why}"), lasting: false },
            Some(error) => Unresolved {
                why: format!(
                    "cannot resolve host {host}: it is not listed in {}, and {}, which names the DNS servers to ask, cannot be \
                     read: {error}. So the one of this machine was asked: {why}",
                    self.hosts.display(),
                    self.servers.display()
                ),
                // There is none, then.
                lasting: unanswered,
            },
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

    /// Whom to ask, and why that could not be read. Then it is the server of this machine, as it is for glibc and Go.
    fn servers(&self) -> (Servers, Option<io::Error>) {
        let (text, missing) = match std::fs::read(&self.servers) {
            Ok(text) => (text, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        // What cannot be understood is skipped, as the C library does.
        let (mut config, _) = Config::parse_with_errors(&text);
        config.glibc_normalize();
        (Servers::new(&config, self), missing)
    }

    /// The domain that the host is in, if any.
    fn own_domain(&self) -> Option<String> {
        let name = std::fs::read_to_string(&self.host_name).ok()?;
        name.trim().split_once('.').map(|(_, domain)| domain.to_owned())
    }
}

/// Whom to ask, and how.
struct Servers {
    addresses: Vec<SocketAddr>,
    suffixes: Vec<String>,
    /// So many dots in a name make it one that is asked for as it is before any suffix is added.
    dots: usize,
    /// Longest time for a name with all of its suffixes.
    patience: Duration,
    /// Longest time for one answer.
    patience_each: Duration,
    brief: Duration,
    attempts: u32,
    by_tcp_alone: bool,
    without_ipv6: bool,
    silent: Arc<Mutex<HashSet<IpAddr>>>,
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

/// Why no server knows anything of a name.
struct Trouble {
    why: String,
    /// No server answered at all, so it is not about the name.
    unanswered: bool,
}

impl Servers {
    fn new(config: &Config, names: &Names) -> Self {
        let addresses = config.get_nameservers_or_local();
        let mut suffixes: Vec<String> = config.get_last_search_or_domain().cloned().collect();
        // An explicit `search .` is none.
        if suffixes.is_empty() {
            suffixes.extend(names.own_domain());
        }
        let suffixes = suffixes.iter().map(|suffix| suffix.trim_matches('.').to_owned());
        Self {
            addresses: addresses.iter().map(|address| socket_address(address, names.port)).collect(),
            suffixes: suffixes.filter(|suffix| !suffix.is_empty()).collect(),
            dots: config.ndots as usize,
            patience: names.patience,
            // The C library's bounds.
            patience_each: Duration::from_secs(config.timeout.clamp(1, 30).into()),
            brief: names.brief,
            attempts: config.attempts.clamp(1, 5),
            by_tcp_alone: config.use_vc,
            without_ipv6: config.no_aaaa,
            silent: Arc::clone(&names.silent),
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

    async fn search(mut self, host: &str) -> Result<Vec<IpAddr>, Trouble> {
        let (begun, candidates) = (Instant::now(), self.candidates(host));
        let itself = host.strip_suffix('.').unwrap_or(host);
        // Where it comes after suffixes, half of the time is kept for the name as it is.
        let parts = if candidates.first().is_some_and(|first| first == itself) { 1 } else { 2 };
        // Each server is asked as often as the file says. A tenth is for what takes time beside waiting.
        let questions = parts * self.attempts * u32::try_from(self.addresses.len()).unwrap_or(u32::MAX);
        self.patience_each = self.patience_each.min(self.patience * 9 / 10 / questions.max(1));

        let (mut why, mut answered, mut left) = (Vec::new(), false, self.patience / parts);
        for name in candidates {
            if name == itself {
                left = self.patience;
            } else if !answered && !why.is_empty() {
                // There is no server: another suffix changes nothing.
                continue;
            }
            let found = timeout_at(begun + left, self.both(&name)).await.unwrap_or_else(|_| {
                let why = format!("{self} did not answer within {} s", left.as_secs_f32());
                Err(Trouble { why, unanswered: true })
            });
            answered |= !found.as_ref().is_err_and(|trouble| trouble.unanswered);
            let trouble = match found {
                Ok(known) if !known.addresses.is_empty() => return Ok(known.addresses),
                Ok(Known { exists: true, server, .. }) => format!("DNS server {server} has no address of {name}"),
                Ok(Known { server, .. }) => format!("DNS server {server} returned NXDOMAIN for {name}"),
                Err(trouble) => trouble.why,
            };
            if !why.contains(&trouble) {
                why.push(trouble);
            }
        }
        Err(Trouble { why: why.join("; "), unanswered: !answered })
    }

    /// Addresses of both kinds. That one kind cannot be had does not matter where there are some of the other.
    async fn both(&self, name: &str) -> Result<Known, Trouble> {
        let v4 = Box::pin(self.ask(name, RecordType::A));
        if self.without_ipv6 {
            return v4.await;
        }
        let v6 = Box::pin(self.ask(name, RecordType::AAAA));
        let (first, other, v4_first) = match select(v4, v6).await {
            Either::Left((v4, v6)) => (v4, v6, true),
            Either::Right((v6, v4)) => (v6, v4, false),
        };
        let other = match &first {
            // There are servers, and firewalls before them, that never answer questions of one kind.
            Ok(known) if !known.addresses.is_empty() => match timeout(self.brief, other).await {
                Ok(other) => other,
                Err(_) => return first,
            },
            _ => other.await,
        };
        match if v4_first { (first, other) } else { (other, first) } {
            (Ok(v4), Ok(v6)) => Ok(Known {
                addresses: v6.addresses.into_iter().chain(v4.addresses).collect(),
                exists: v4.exists || v6.exists,
                server: v4.server,
            }),
            (Ok(known), Err(trouble)) | (Err(trouble), Ok(known)) => match known.addresses.is_empty() {
                true => Err(Trouble { unanswered: false, ..trouble }),
                false => Ok(known),
            },
            (Err(v4), Err(v6)) => Err(Trouble { unanswered: v4.unanswered && v6.unanswered, ..v4 }),
        }
    }

    async fn ask(&self, name: &str, kind: RecordType) -> Result<Known, Trouble> {
        let query = query(name, kind).map_err(|why| Trouble { why, unanswered: false })?;
        let (mut why, mut answered) = (Vec::new(), false);
        for attempt in 0..self.attempts {
            why.clear();
            for (index, server) in self.addresses.iter().enumerate() {
                let ip = server.ip();
                let patience = if attempt == 0 { self.patience_with(index) } else { self.patience_each };
                let answer = timeout(patience, self.exchange(*server, &query, kind)).await;
                self.remember(ip, answer.is_err());
                why.push(match answer {
                    Err(_) => format!("DNS server {ip} did not answer within {} s", patience.as_secs_f32()),
                    Ok(Err(error)) => {
                        answered |= error.kind() == io::ErrorKind::InvalidData;
                        format!("DNS server {ip}: {error}")
                    }
                    Ok(Ok(answer)) => match understood(&answer, kind) {
                        Ok((addresses, exists)) => return Ok(Known { addresses, exists, server: ip }),
                        Err(trouble) => {
                            answered = true;
                            format!("DNS server {ip} {trouble} for {name}")
                        }
                    },
                });
            }
        }
        Err(Trouble { why: why.join("; "), unanswered: !answered })
    }

    /// Longest time for the first answer of the server with this index. One that was silent is not waited for long where there is a
    /// better one: each name, connection and attempt would cost that time again.
    fn patience_with(&self, index: usize) -> Duration {
        let silent = self.silent();
        let is_silent = |server: &SocketAddr| silent.contains(&server.ip());
        match is_silent(&self.addresses[index]) && !self.addresses[index..].iter().all(is_silent) {
            true => self.brief.min(self.patience_each),
            false => self.patience_each,
        }
    }

    fn remember(&self, server: IpAddr, was_silent: bool) {
        let mut silent = self.silent();
        if was_silent {
            silent.insert(server)
        } else {
            silent.remove(&server)
        };
    }

    fn silent(&self) -> MutexGuard<'_, HashSet<IpAddr>> {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn exchange(&self, server: SocketAddr, query: &[u8], kind: RecordType) -> io::Result<Message> {
        let message = |bytes: Vec<u8>| {
            let unreadable =
                |error| io::Error::new(io::ErrorKind::InvalidData, format!("its answer cannot be read: {error}"));
            Message::from_vec(&bytes).map_err(unreadable)
        };
        if self.by_tcp_alone {
            return message(by_tcp(server, query).await?);
        }
        let answer = by_udp(server, query).await?;
        if answer[2] & IS_TRUNCATED == 0 {
            return message(answer);
        }
        // Half of the time, so that some is left for what came already.
        let whole = match timeout(self.patience_each / 2, by_tcp(server, query)).await {
            Ok(whole) => whole.and_then(message),
            Err(_) => Err(io::Error::other("its answer does not fit into UDP, and it did not answer by TCP")),
        };
        // Some firewalls let no TCP through, and some addresses are enough.
        whole.or_else(|error| {
            let part = message(answer).ok();
            part.filter(|part| addresses(part, kind).next().is_some()).ok_or(error)
        })
    }
}

/// The addresses in an answer, and whether the name exists; or why it is none.
fn understood(answer: &Message, kind: RecordType) -> Result<(Vec<IpAddr>, bool), String> {
    let header = &answer.metadata;
    match answer.response_code {
        // Such a server knows other names only, and says whom else to ask. It would ask itself if it did that for anybody.
        ResponseCode::NoError if answer.answers.is_empty() && !header.authoritative && !header.recursion_available => {
            Err("returned a referral instead of an answer".to_owned())
        }
        code @ (ResponseCode::NoError | ResponseCode::NXDomain) => {
            Ok((addresses(answer, kind).collect(), code == ResponseCode::NoError))
        }
        code => Err(format!("returned {}", known_as(code))),
    }
}

fn addresses(answer: &Message, kind: RecordType) -> impl Iterator<Item = IpAddr> {
    let records = answer.answers.iter().filter(move |record| record.record_type() == kind);
    records.filter_map(|record| record.data.ip_addr())
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
    // Not the crate's own: in a static executable that reads `/dev/urandom`, which not every root has.
    let mut id = [0; 2];
    let random = aws_lc_rs::default_provider().secure_random;
    random.fill(&mut id).map_err(|_| "the operating system gives no random numbers".to_owned())?;
    let mut message = Message::new(u16::from_ne_bytes(id), MessageType::Query, OpCode::Query);
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
