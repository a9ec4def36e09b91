//! The one line on standard output with which a provider says where it listens.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::environment::PROTOCOL;
use super::listener::Address;

/// Version of go-plugin's own protocol.
const CORE: u32 = 1;

/// `core|protocol|network|address|grpc|certificate`, and `|false` when the host asked whether its broker may be
/// multiplexed. `certificate` is DER, empty without TLS.
pub(crate) fn line(address: &Address, certificate: Option<&[u8]>, multiplex: bool) -> String {
    let certificate = certificate.map(|der| STANDARD_NO_PAD.encode(der)).unwrap_or_default();
    let answer = if multiplex { "|false" } else { "" };
    let network = address.network();
    format!("{CORE}|{PROTOCOL}|{network}|{address}|grpc|{certificate}{answer}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_tls_the_certificate_is_empty() {
        let address = Address::Tcp(([127, 0, 0, 1], 10000).into());
        assert_eq!(line(&address, None, false), "1|6|tcp|127.0.0.1:10000|grpc|\n");
    }

    #[test]
    fn the_certificate_has_no_padding() {
        let address = Address::Unix("/tmp/x".into());
        assert_eq!(line(&address, Some(b"1"), true), "1|6|unix|/tmp/x|grpc|MQ|false\n");
    }
}
