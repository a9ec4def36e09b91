//! Other registries, as the simulated server sees them: which addresses it asks, and who answers there.
//!
//! Nothing is asked for real. The setting `SIMULATED_UPSTREAMS` names the registries that answer, each with the passwords of its users.
//! `SIMULATED_ADDRESSES` says which addresses a host has; an empty list: its name cannot be resolved. Without it, names with a dot have a
//! public address, but for those below `.invalid`. What is not public is asked only where `SSRF_ALLOWED_HOSTS` names the host, its
//! address or the network. The rules and their order are those of Quay's source.

use std::net::{IpAddr, Ipv4Addr};

use serde_json::Value;

use super::python;
use super::reply::Reply;
use super::state::State;

/// Networks that no request goes to: those that Quay lists, and those that Python does not call global.
const NOT_PUBLIC: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/127",
    "::ffff:0:0/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
];

/// Hosts that are not asked, wherever their names lead.
const INTERNAL: &[&str] = &[
    "localhost",
    "metadata.google.internal",
    "metadata.azure.internal",
    "metadata",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
    "kubernetes.default",
    "kubernetes",
];

/// Where names lead that no setting knows. Any public address would do.
const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(8, 8, 8, 8));

/// Why a server does not ask an address.
pub(super) enum Refusal {
    /// It is not public. Which of its parts gave it away is not told.
    NotPublic,
    /// It is no address, or its name leads nowhere.
    Invalid(String),
}

impl Refusal {
    /// The answer; each route has its own words for what is not public.
    pub(super) fn reply(self, not_public: &str) -> Reply {
        match self {
            Self::NotPublic => Reply::invalid(not_public),
            Self::Invalid(why) => Reply::invalid(why),
        }
    }
}

fn invalid<T>(why: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::Invalid(why.into()))
}

/// Refuses a URL that the server does not ask.
pub(super) fn check_url(state: &State, url: &str) -> Result<(), Refusal> {
    let url = url.trim();
    if url.is_empty() {
        return invalid("External registry URL is required");
    }
    let (scheme, rest) = python::scheme(url);
    let authority = rest.strip_prefix("//").map_or("", |rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    if authority.contains('[') != authority.contains(']') {
        return invalid("Invalid URL format");
    }
    if !matches!(scheme.as_str(), "http" | "https") {
        return invalid(format!("Invalid URL scheme '{scheme}': only HTTP and HTTPS are allowed"));
    }
    if authority.rsplit_once('@').is_some_and(|(login, _)| !matches!(login, "" | ":")) {
        return invalid("URLs with embedded credentials are not allowed");
    }
    match python::host(authority) {
        None => invalid("URL must include a hostname"),
        Some(host) => check_host(state, &host),
    }
}

fn check_host(state: &State, host: &str) -> Result<(), Refusal> {
    let is_fine = |address: IpAddr| is_public(address) || is_allowed(state, host, Some(address));
    if let Ok(address) = host.parse() {
        return if is_fine(address) { Ok(()) } else { Err(Refusal::NotPublic) };
    }
    let Some(addresses) = addresses(state, host) else { return invalid(format!("Cannot resolve hostname '{host}'")) };
    let is_internal = INTERNAL.contains(&host) || host.ends_with(".internal") || host.ends_with(".local");
    let is_named =
        is_allowed(state, host, None) || addresses.iter().any(|address| is_allowed(state, host, Some(*address)));
    match (!is_internal || is_named) && addresses.into_iter().all(is_fine) {
        true => Ok(()),
        false => Err(Refusal::NotPublic),
    }
}

/// What a name leads to. `None`: nothing.
fn addresses(state: &State, host: &str) -> Option<Vec<IpAddr>> {
    match state.setting("SIMULATED_ADDRESSES").get(host) {
        Some(all) => {
            let all: Vec<IpAddr> = all.as_array()?.iter().filter_map(|one| one.as_str()?.parse().ok()).collect();
            Some(all).filter(|all| !all.is_empty())
        }
        None if host == "localhost" => Some(vec![Ipv4Addr::LOCALHOST.into()]),
        None => (host.contains('.') && !host.ends_with(".invalid")).then(|| vec![ELSEWHERE]),
    }
}

fn is_public(address: IpAddr) -> bool {
    !NOT_PUBLIC.iter().filter_map(|network| Network::parse(network)).any(|network| network.holds(address))
}

/// Whether the configuration names a host, or a network that its address is in.
fn is_allowed(state: &State, host: &str, address: Option<IpAddr>) -> bool {
    let allowed = state.setting("SSRF_ALLOWED_HOSTS").as_array().map(Vec::as_slice).unwrap_or_default();
    allowed.iter().filter_map(Value::as_str).any(|entry| match Network::parse(entry) {
        Some(network) => address.is_some_and(|address| network.holds(address)),
        None => entry.eq_ignore_ascii_case(host),
    })
}

/// Addresses that begin with the same bits.
struct Network {
    first: IpAddr,
    /// How many bits differ.
    free: u32,
}

impl Network {
    /// `10.0.0.0/8`, or one address.
    fn parse(text: &str) -> Option<Self> {
        let (first, bits) = text.split_once('/').map_or((text, None), |(first, bits)| (first, Some(bits)));
        let first: IpAddr = first.parse().ok()?;
        let most: u32 = if first.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(most), |bits| bits.parse().ok())?;
        most.checked_sub(bits).map(|free| Self { first, free })
    }

    fn holds(&self, address: IpAddr) -> bool {
        let difference = match (self.first, address) {
            (IpAddr::V4(first), IpAddr::V4(address)) => u128::from(first.to_bits() ^ address.to_bits()),
            (IpAddr::V6(first), IpAddr::V6(address)) => first.to_bits() ^ address.to_bits(),
            _ => return false,
        };
        difference.checked_shr(self.free).unwrap_or_default() == 0
    }
}

/// Refuses a repository of another registry (`host:port/namespace/name`) that the server does not ask.
pub(super) fn check_reference(state: &State, reference: &str) -> Result<(), Refusal> {
    let refuse = |why: &str| invalid(format!("External registry reference {why}"));
    if reference.trim().is_empty() {
        return refuse("is required");
    }
    if reference.contains(char::is_whitespace) {
        return refuse("must not include whitespace");
    }
    if reference.contains("://") {
        return refuse("must not include a URL scheme");
    }
    if reference.contains(['?', '#', '\\', '%']) {
        return refuse("contains an invalid character");
    }
    let Some((registry, _)) =
        reference.split_once('/').filter(|(registry, path)| !registry.is_empty() && !path.is_empty())
    else {
        return refuse("must include a repository path");
    };
    let (host, port) = match registry.strip_prefix('[') {
        Some(bracketed) => match bracketed.split_once(']') {
            Some((host, rest)) if rest.is_empty() || rest.starts_with(':') => (host, rest),
            _ => return refuse("contains an invalid registry authority"),
        },
        None => match registry.matches(':').count() {
            0 => (registry, ""),
            1 => registry.split_at(registry.find(':').unwrap_or_default()),
            _ => return refuse("contains an invalid registry authority"),
        },
    };
    match port.strip_prefix(':').map(|port| (port, port.parse::<u16>())) {
        None | Some((_, Ok(1..))) => {}
        Some(("", _) | (_, Ok(0))) => return refuse("contains an invalid registry port"),
        Some(_) => return refuse("contains an invalid registry authority"),
    }
    if host.parse::<IpAddr>().is_err() && !is_host(host) {
        return refuse("must include a valid registry hostname");
    }
    check_url(state, &format!("https://{registry}"))
}

/// Whether a text is like the name of a host: labels of letters, digits and hyphens.
fn is_host(text: &str) -> bool {
    let is_label = |label: &str| {
        let inside = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        (1..=63).contains(&label.len()) && inside && !label.starts_with('-') && !label.ends_with('-')
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

/// What a registry says to a login.
#[derive(PartialEq, Eq)]
pub(super) enum Login {
    Anonymous,
    Good,
    Failed,
}

/// Logs in at `host:port/path`.
pub(super) fn login(state: &State, address: &str, username: Option<&str>, password: Option<&str>) -> Login {
    let authority = address.split('/').next().unwrap_or_default();
    match (state.setting("SIMULATED_UPSTREAMS").get(authority), username, password) {
        (None, _, _) => Login::Failed,
        (Some(_), None, None) => Login::Anonymous,
        (Some(users), Some(username), Some(password)) if users[username].as_str() == Some(password) => Login::Good,
        _ => Login::Failed,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::seed::seed;
    use super::*;

    fn state() -> State {
        let mut state = seed(None, "token");
        let addresses = json!({
            "inside.example.com": ["10.1.2.3"],
            "half.example.com": ["8.8.4.4", "192.168.0.1"],
            "registry.corp.internal": ["8.8.4.4"],
            "gone.example.com": [],
        });
        state.config.insert("SIMULATED_ADDRESSES".to_owned(), addresses);
        state
    }

    fn told(result: Result<(), Refusal>) -> String {
        match result {
            Ok(()) => "fine".to_owned(),
            Err(Refusal::NotPublic) => "not public".to_owned(),
            Err(Refusal::Invalid(why)) => why,
        }
    }

    #[test]
    fn only_public_addresses_are_asked() {
        let state = state();
        let cases = [
            ("https://quay.io", "fine"),
            ("http://8.8.4.4:5000/x", "fine"),
            ("https://[2606:4700::1111]", "fine"),
            ("https://10.1.2.3:5000", "not public"),
            ("https://203.0.113.7", "not public"),
            ("https://[::1]:5000", "not public"),
            ("https://[fe80::1]", "not public"),
            ("https://[::ffff:8.8.8.8]", "not public"),
            ("https://inside.example.com", "not public"),
            ("https://half.example.com", "not public"),
            ("https://registry.corp.internal", "not public"),
            ("https://gone.example.com", "Cannot resolve hostname 'gone.example.com'"),
            ("https://No-Such-Host.invalid", "Cannot resolve hostname 'no-such-host.invalid'"),
            ("https://registry", "Cannot resolve hostname 'registry'"),
            ("https://u:p@quay.io", "URLs with embedded credentials are not allowed"),
            ("https://@quay.io", "fine"),
            ("https:///x", "URL must include a hostname"),
            ("https://[::1", "Invalid URL format"),
            ("ftp://quay.io", "Invalid URL scheme 'ftp': only HTTP and HTTPS are allowed"),
            ("quay.io", "Invalid URL scheme '': only HTTP and HTTPS are allowed"),
            (" ", "External registry URL is required"),
            ("http://127.0.0.1:8080", "fine"),
            ("http://localhost:8080", "fine"),
        ];
        for (url, expected) in cases {
            assert_eq!(told(check_url(&state, url)), expected, "{url}");
        }
    }

    #[test]
    fn what_the_configuration_names_is_asked_all_the_same() {
        let mut state = state();
        let urls = [
            "https://10.1.2.3",
            "https://inside.example.com",
            "https://half.example.com",
            "https://registry.corp.internal",
            "https://[fd00::1]",
        ];
        let mut fine = |allowed: Value| {
            state.config.insert("SSRF_ALLOWED_HOSTS".to_owned(), allowed);
            urls.map(|url| told(check_url(&state, url)) == "fine")
        };
        assert_eq!(fine(json!([])), [false; 5]);
        assert_eq!(fine(json!(["10.0.0.0/8"])), [true, true, false, false, false]);
        assert_eq!(fine(json!(["10.1.2.3", "192.168.0.0/24"])), [true, true, true, false, false]);
        assert_eq!(fine(json!(["Registry.Corp.Internal", "half.example.com"])), [false, false, true, true, false]);
        assert_eq!(fine(json!(["8.8.4.0/24", "fd00::/8", "::/0"])), [false, false, false, true, true]);
        assert_eq!(fine(json!(["0.0.0.0/0", "10.0.0.0/33", "nonsense/8"])), [true, true, true, true, false]);
    }

    #[test]
    fn a_reference_is_a_repository_of_a_host() {
        let state = state();
        let cases = [
            ("quay.io/a/b", "fine"),
            ("registry.example.com:5000/a", "fine"),
            ("[2606:4700::1111]:5000/a", "fine"),
            ("10.1.2.3:5000/a/b", "not public"),
            ("inside.example.com/a", "not public"),
            ("no-such-host.invalid/a/b", "Cannot resolve hostname 'no-such-host.invalid'"),
            ("", "External registry reference is required"),
            ("quay.io/a b", "External registry reference must not include whitespace"),
            ("https://quay.io/a", "External registry reference must not include a URL scheme"),
            ("quay.io/a?b", "External registry reference contains an invalid character"),
            ("quay.io", "External registry reference must include a repository path"),
            ("quay.io/", "External registry reference must include a repository path"),
            ("quay.io:/a", "External registry reference contains an invalid registry port"),
            ("quay.io:0/a", "External registry reference contains an invalid registry port"),
            ("quay.io:x/a", "External registry reference contains an invalid registry authority"),
            ("quay.io:1:2/a", "External registry reference contains an invalid registry authority"),
            ("[::1/a", "External registry reference contains an invalid registry authority"),
            ("quay_io.example.com/a", "External registry reference must include a valid registry hostname"),
            ("quay.io./a", "External registry reference must include a valid registry hostname"),
        ];
        for (reference, expected) in cases {
            assert_eq!(told(check_reference(&state, reference)), expected, "{reference}");
        }
    }
}
