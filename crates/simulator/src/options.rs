//! How a simulator starts.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::{harbor, quay, saagie};

/// How a simulator starts.
#[derive(Clone)]
pub struct Options {
    /// Address to listen on. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Waited before every request is handled.
    pub latency: Duration,
    /// How Quay starts.
    pub quay: quay::Options,
    /// How Harbor starts.
    pub harbor: harbor::Options,
    /// How Saagie starts.
    pub saagie: saagie::Options,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            latency: Duration::ZERO,
            quay: quay::Options::default(),
            harbor: harbor::Options::default(),
            saagie: saagie::Options::default(),
        }
    }
}
