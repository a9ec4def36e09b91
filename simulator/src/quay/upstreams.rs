//! Other registries, as the simulated server sees them: which addresses it asks, and who answers there.
//!
//! Nothing is asked for real. The setting `SIMULATED_UPSTREAMS` names the registries that answer, each with the passwords of its users;
//! `SSRF_ALLOWED_HOSTS` names private addresses that may be asked.

use std::net::IpAddr;

use super::reply::Reply;
use super::state::State;

/// Refuses a host that a server does not ask.
pub(super) fn require_host(state: &State, host: &str) -> Result<(), Reply> {
    let allowed = state.setting("SSRF_ALLOWED_HOSTS").as_array().map(Vec::as_slice).unwrap_or_default();
    if allowed.iter().any(|known| known == host) {
        return Ok(());
    }
    if host.is_empty() {
        return Err(Reply::invalid("URL must include a hostname"));
    }
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) if address.is_private() || address.is_loopback() || address.is_link_local() => {
            Err(Reply::invalid("The provided registry URL is not allowed"))
        }
        Ok(_) => Ok(()),
        Err(_) if host.contains('.') => Ok(()),
        Err(_) => Err(Reply::invalid(format!("Cannot resolve hostname '{host}'"))),
    }
}

/// The host of `host:port/path`.
pub(super) fn host(address: &str) -> &str {
    address.split(['/', ':']).next().unwrap_or_default()
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
