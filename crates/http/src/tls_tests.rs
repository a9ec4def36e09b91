//! Tests of which servers are trusted.

use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};

use super::{Arc, aws_lc_rs, config_elsewhere, verifier};
use crate::testing::settings;
use crate::{Pem, Settings};

/// A certificate as text and as bytes.
#[derive(Clone)]
struct Certificate {
    pem: String,
    der: CertificateDer<'static>,
}

fn parameters(is_ca: bool) -> CertificateParams {
    let mut parameters = CertificateParams::new(vec!["registry.example.com".to_owned()]).unwrap();
    parameters.is_ca = if is_ca { IsCa::Ca(BasicConstraints::Unconstrained) } else { IsCa::ExplicitNoCa };
    parameters.not_before = date_time_ymd(2024, 1, 1);
    parameters.not_after = date_time_ymd(2026, 1, 1);
    parameters
}

fn self_signed(is_ca: bool) -> Certificate {
    let made = parameters(is_ca).self_signed(&KeyPair::generate().unwrap()).unwrap();
    Certificate { pem: made.pem(), der: made.der().clone() }
}

/// A server's certificate of an authority that is not given. Its subject may have the same name.
fn issued(authority: Option<&str>) -> Certificate {
    let mut issuing = parameters(true);
    if let Some(name) = authority {
        issuing.distinguished_name.push(rcgen::DnType::CommonName, name);
    }
    let issuer = Issuer::new(issuing, KeyPair::generate().unwrap());
    let made = parameters(false).signed_by(&KeyPair::generate().unwrap(), &issuer).unwrap();
    Certificate { pem: made.pem(), der: made.der().clone() }
}

/// 2025, within the time of the certificates; 2023, before; 2027, after.
const NOW: u64 = 1_740_000_000;
const BEFORE: u64 = 1_680_000_000;
const AFTER: u64 = 1_800_000_000;

fn trusting(given: &[&Certificate]) -> Settings {
    let pem = given.iter().map(|certificate| certificate.pem.as_str()).collect();
    Settings { ca_certificate: Some(Pem::Text(pem)), ..settings() }
}

fn check(settings: &Settings, shown: &Certificate, name: &str, at: u64) -> Result<(), rustls::Error> {
    let verifier: Arc<dyn ServerCertVerifier> = verifier(settings, &Arc::new(aws_lc_rs::default_provider())).unwrap();
    let at = UnixTime::since_unix_epoch(Duration::from_secs(at));
    let name = ServerName::try_from(name.to_owned()).unwrap();
    verifier.verify_server_cert(&shown.der, &[], &name, &[], at).map(drop)
}

#[test]
fn the_very_certificate_of_the_server_may_be_given() {
    let servers = [
        ("an authority", self_signed(true)),
        ("none", self_signed(false)),
        ("issued", issued(Some("authority"))),
        ("issued by its own name", issued(None)),
    ];
    for (what, server) in servers {
        let other = self_signed(true);
        let settings = trusting(&[&other, &server]);
        let checked = |name, at| check(&settings, &server, name, at);
        assert_eq!(checked("registry.example.com", NOW), Ok(()), "{what}");
        let wrong = checked("other.example.com", NOW).unwrap_err();
        assert!(format!("{wrong:?}").contains("NotValidForName"), "{what}: {wrong:?}");
        let early = checked("registry.example.com", BEFORE).unwrap_err();
        assert!(format!("{early:?}").contains("NotValidYet"), "{what}: {early:?}");
        let late = checked("registry.example.com", AFTER).unwrap_err();
        assert!(format!("{late:?}").contains("Expired"), "{what}: {late:?}");
    }
}

#[test]
fn another_certificate_is_not_trusted_for_looking_like_it() {
    for (given, shown) in [
        (self_signed(true), self_signed(true)),
        (self_signed(true), self_signed(false)),
        (issued(None), issued(None)),
        (issued(Some("a")), issued(Some("a"))),
    ] {
        check(&trusting(&[&given]), &shown, "registry.example.com", NOW).unwrap_err();
    }
}

#[test]
fn another_name_may_be_asked_for() {
    let server = self_signed(true);
    let named = Settings { tls_server_name: Some("registry.example.com".to_owned()), ..trusting(&[&server]) };
    assert_eq!(check(&named, &server, "10.0.0.1", NOW), Ok(()));
    let wrong = Settings { tls_server_name: Some("other.example.com".to_owned()), ..trusting(&[&server]) };
    check(&wrong, &server, "registry.example.com", NOW).unwrap_err();
}

#[test]
fn settings_for_other_servers_can_be_made() {
    assert!(config_elsewhere(&trusting(&[&self_signed(true)])).is_ok());
}
