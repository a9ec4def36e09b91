//! TLS between Terraform and the provider. Both ends make a throw-away certificate for each process; each end trusts
//! exactly the other's.
//!
//! Terraform's is P-521 and says that it is a certificate authority. rustls' own client check refuses such a
//! certificate as an end's, and without P-521 no certificate is presented at all. Hence aws-lc-rs, and a check of our own:
//! the presented certificate must be the announced one, byte for byte, and its holder must have signed the handshake.

use std::sync::Arc;

use jiff::ToSpan;
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, ServerConfig};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, SignatureScheme};

/// Why TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The client's certificate is not one.
    #[error("PLUGIN_CLIENT_CERT does not hold exactly one PEM certificate")]
    ClientCertificate,
    /// No certificate of our own.
    #[error("cannot make a certificate: {0}")]
    Generate(#[from] rcgen::Error),
    /// rustls did not take it.
    #[error("cannot set up TLS: {0}")]
    Config(#[from] rustls::Error),
}

/// A server that lets in one client.
#[derive(Debug)]
pub(crate) struct Identity {
    /// For the acceptor.
    pub(crate) config: Arc<ServerConfig>,
    /// For the handshake line.
    pub(crate) certificate: CertificateDer<'static>,
}

impl Identity {
    /// Makes a key and a certificate for this process, and lets in the holder of `client`, a PEM certificate.
    pub(crate) fn generate(client: &str) -> Result<Self, Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = OneClient { certificate: parse(client)?, provider: Arc::clone(&provider) };
        let key = KeyPair::generate()?;
        let certificate = parameters()?.self_signed(&key)?.der().clone();
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
            .with_client_cert_verifier(Arc::new(verifier))
            .with_single_cert(vec![certificate.clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        // There is one connection in the life of a process: nothing to resume.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Self { config: Arc::new(config), certificate })
    }
}

fn parse(pem: &str) -> Result<CertificateDer<'static>, Error> {
    let mut certificates = CertificateDer::pem_slice_iter(pem.as_bytes());
    match (certificates.next(), certificates.next()) {
        (Some(Ok(certificate)), None) => Ok(certificate),
        _ => Err(Error::ClientCertificate),
    }
}

/// P-256, for it costs a tenth of a millisecond. Terraform wants the name, the purpose and the dates, nothing else.
fn parameters() -> Result<CertificateParams, rcgen::Error> {
    let mut parameters = CertificateParams::new(vec!["localhost".to_owned()])?;
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, "localhost");
    parameters.is_ca = IsCa::ExplicitNoCa;
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // From yesterday, whatever the time zone; longer than any process lives.
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let midnight = |date: jiff::civil::Date| {
        rcgen::date_time_ymd(date.year().into(), date.month().unsigned_abs(), date.day().unsigned_abs())
    };
    parameters.not_before = midnight(today.saturating_sub(1.day()));
    parameters.not_after = midnight(today.saturating_add(30.years()));
    Ok(parameters)
}

/// Lets in the holder of one certificate.
#[derive(Debug)]
struct OneClient {
    certificate: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl ClientCertVerifier for OneClient {
    fn client_auth_mandatory(&self) -> bool {
        true
    }

    /// Empty, as clients with any certificate may try: a name that does not match would make Terraform send none.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        if end_entity.as_ref() == self.certificate.as_ref() {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(rustls::Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
