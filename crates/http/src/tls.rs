//! TLS of the client: rustls with aws-lc-rs, and the system's own verifier unless the user names the authorities to trust.

use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_platform_verifier::Verifier;

use super::error::Error;
use super::settings::Settings;

/// The argument with the authorities to trust.
const AUTHORITIES: &str = "ca_certificate";

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// Checks certificates, key and name without building anything dear (the system's roots are not loaded).
pub(crate) fn check(settings: &Settings) -> Result<(), Error> {
    authorities(settings)?.map(|certificates| roots(&certificates)).transpose()?;
    server_name(settings)?;
    if let Some((chain, key)) = identity(settings)? {
        let key = aws_lc_rs::sign::any_supported_type(&key)
            .map_err(|error| Error::setting("client_key", format!("holds a key that cannot be used: {error}")))?;
        rustls::sign::CertifiedKey::new(chain, key).keys_match().map_err(|error| {
            Error::setting("client_key", format!("does not belong to `client_certificate`: {error}"))
        })?;
    }
    Ok(())
}

/// The whole configuration. Loads the system's roots, which takes a while: not to be called at start.
pub(crate) fn config(settings: &Settings) -> Result<ClientConfig, Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = verifier(settings, &provider)?;
    built(provider, verifier, identity(settings)?)
}

/// The same for other servers, which have neither this one's name nor always its authority, and are not told who the client is.
pub(crate) fn config_elsewhere(settings: &Settings) -> Result<ClientConfig, Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = match &settings.ca_certificate {
        _ if settings.insecure => Arc::new(Unchecked { accept: true, provider: Arc::clone(&provider) }),
        // Which servers these are, and whether they need any authority, is not known yet.
        None => system(&provider).unwrap_or_else(|_| nobody(&provider)),
        Some(pem) => {
            let more = certificates(&pem.read(AUTHORITIES)?, AUTHORITIES)?;
            let verifier = Verifier::new_with_extra_roots(missed().chain(more.clone()), Arc::clone(&provider));
            let verifier = verifier.map_err(|error| Error::setting(AUTHORITIES, format!("cannot be used: {error}")))?;
            Arc::new(Given { certificates: more, verifier: Arc::new(verifier) })
        }
    };
    built(provider, verifier, None)
}

fn built(
    provider: Arc<CryptoProvider>,
    verifier: Arc<dyn ServerCertVerifier>,
    identity: Option<Identity>,
) -> Result<ClientConfig, Error> {
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::setting("url", format!("cannot be reached with TLS: {error}")))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match identity {
        Some((chain, key)) => builder
            .with_client_auth_cert(chain, key)
            .map_err(|error| Error::setting("client_certificate", format!("cannot be used: {error}")))?,
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn verifier(settings: &Settings, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    if settings.insecure {
        return Ok(Arc::new(Unchecked { accept: true, provider: Arc::clone(provider) }));
    }
    let verifier: Arc<dyn ServerCertVerifier> = match authorities(settings)? {
        Some(certificates) => {
            let roots = Arc::new(roots(&certificates)?);
            let verifier = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider))
                .build()
                .map_err(|error| Error::setting(AUTHORITIES, format!("cannot be used: {error}")))?;
            Arc::new(Given { certificates, verifier })
        }
        None => match system(provider) {
            // A server without TLS needs none.
            Err(_) if settings.base().is_ok_and(|url| url.scheme() == "http") => nobody(provider),
            verifier => verifier?,
        },
    };
    Ok(match server_name(settings)? {
        Some(name) => Arc::new(Named { name, verifier }),
        None => verifier,
    })
}

/// The system's own verifier. It reads all of the system's roots, so there is one for all clients of the process.
fn system(provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    static SYSTEM: OnceLock<Arc<Verifier>> = OnceLock::new();
    if let Some(verifier) = SYSTEM.get() {
        return Ok(verifier.clone());
    }
    let verifier = Verifier::new_with_extra_roots(missed(), Arc::clone(provider))
        .map_err(|_| Error::setting(AUTHORITIES, no_authorities()))?;
    Ok(SYSTEM.get_or_init(|| Arc::new(verifier)).clone())
}

/// The system's authorities, where its own verifier does not look for them: an empty SSL_CERT_FILE is a file to it. Here it counts as
/// unset, as in Go.
#[cfg(target_os = "linux")]
fn missed() -> impl Iterator<Item = CertificateDer<'static>> {
    use rustls_native_certs::load_certs_from_paths;

    let is_empty = std::env::var_os("SSL_CERT_FILE").is_some_and(|file| file.is_empty());
    let usual = (is_empty && !is_set("SSL_CERT_DIR")).then(openssl_probe::probe);
    let loaded = usual.into_iter().flat_map(|usual| {
        let folders = usual.cert_dir.iter().map(|folder| load_certs_from_paths(None, Some(folder)));
        let all: Vec<_> = folders.chain([load_certs_from_paths(usual.cert_file.as_deref(), None)]).collect();
        all.into_iter().flat_map(|loaded| loaded.certs)
    });
    // Those that cannot be used are passed over, as the verifier does with its own.
    loaded.filter(|certificate| webpki::anchor_from_trusted_cert(certificate).is_ok())
}

/// There the environment does not count.
#[cfg(not(target_os = "linux"))]
fn missed() -> impl Iterator<Item = CertificateDer<'static>> {
    std::iter::empty()
}

fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

/// Why the system's own verifier cannot be built: it found no authority.
fn no_authorities() -> String {
    let named = ["SSL_CERT_FILE", "SSL_CERT_DIR"].into_iter().find(|name| is_set(name));
    match named {
        Some(name) => format!("is needed: no certificate authorities can be read where {name} points"),
        None => "is needed: this system has no certificate authorities. Set it, install the system's package ca-certificates, or name a \
                 file of certificates in SSL_CERT_FILE"
            .to_owned(),
    }
}

fn nobody(provider: &Arc<CryptoProvider>) -> Arc<dyn ServerCertVerifier> {
    Arc::new(Unchecked { accept: false, provider: Arc::clone(provider) })
}

fn authorities(settings: &Settings) -> Result<Option<Vec<CertificateDer<'static>>>, Error> {
    let Some(pem) = &settings.ca_certificate else { return Ok(None) };
    certificates(&pem.read(AUTHORITIES)?, AUTHORITIES).map(Some)
}

fn roots(certificates: &[CertificateDer<'static>]) -> Result<RootCertStore, Error> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        roots.add(certificate.clone()).map_err(|error| {
            Error::setting(AUTHORITIES, format!("holds a certificate that cannot be used: {error}"))
        })?;
    }
    Ok(roots)
}

fn certificates(pem: &[u8], setting: &str) -> Result<Vec<CertificateDer<'static>>, Error> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates = certificates.map_err(|error| Error::setting(setting, format!("is not valid PEM: {error}")))?;
    if certificates.is_empty() {
        return Err(Error::setting(setting, "holds no certificate (-----BEGIN CERTIFICATE-----)"));
    }
    Ok(certificates)
}

fn identity(settings: &Settings) -> Result<Option<Identity>, Error> {
    const SETTING: &str = "client_key";
    let certificate = match (&settings.client_certificate, &settings.client_key) {
        (None, None) => return Ok(None),
        (None, Some(_)) => return Err(Error::setting("client_certificate", "is missing beside `client_key`")),
        (Some(certificate), _) => certificate.read("client_certificate")?,
    };
    let chain = certificates(&certificate, "client_certificate")?;
    let key = settings.client_key.as_ref().map_or(Ok(certificate), |key| key.read(SETTING))?;
    if is_encrypted(&key) {
        return Err(Error::setting(SETTING, "is encrypted; decrypt it first"));
    }
    // The parser's error is not shown: it is about a private key.
    let key = PrivateKeyDer::from_pem_slice(&key)
        .map_err(|_| Error::setting(SETTING, "holds no private key in PEM (-----BEGIN PRIVATE KEY-----)"))?;
    Ok(Some((chain, key)))
}

fn is_encrypted(pem: &[u8]) -> bool {
    let text = String::from_utf8_lossy(pem);
    text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED")
}

fn server_name(settings: &Settings) -> Result<Option<ServerName<'static>>, Error> {
    let Some(name) = settings.tls_server_name.clone() else { return Ok(None) };
    ServerName::try_from(name).map(Some).map_err(|_| Error::setting("tls_server_name", "is not a host name"))
}

/// Accepts a server whose own certificate is among those that the user trusts, whoever issued it and for what: it is the very certificate.
/// Small registries have one that they signed themselves, as an authority (`openssl req -x509` makes it so), which is not taken for a
/// server's otherwise. Its name and its dates count as ever.
#[derive(Debug)]
struct Given {
    certificates: Vec<CertificateDer<'static>>,
    verifier: Arc<dyn ServerCertVerifier>,
}

impl ServerCertVerifier for Given {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified = self.verifier.verify_server_cert(end_entity, intermediates, name, ocsp_response, now);
        let is_given = || self.certificates.iter().any(|given| given.as_ref() == end_entity.as_ref());
        match verified {
            Err(error) if is_about_the_issuer(&error) && is_given() => {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

/// That a certificate is an authority's own, or of an issuer who is not known, or known by name only. Its dates are looked at before either, so they are good then (tested
/// below; another order of the checks would show there).
fn is_about_the_issuer(error: &rustls::Error) -> bool {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature) => true,
        rustls::Error::InvalidCertificate(CertificateError::Other(other)) => {
            matches!(other.0.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity))
        }
        _ => false,
    }
}

/// Verifies a certificate for another name than the one that was connected to.
#[derive(Debug)]
struct Named {
    name: ServerName<'static>,
    verifier: Arc<dyn ServerCertVerifier>,
}

impl ServerCertVerifier for Named {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.verifier.verify_server_cert(end_entity, intermediates, &self.name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

/// Accepts any certificate, for `insecure = true` alone, or none, where there are no authorities. The handshake's signatures are
/// still checked.
#[derive(Debug)]
struct Unchecked {
    accept: bool,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Unchecked {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match self.accept {
            true => Ok(ServerCertVerified::assertion()),
            false => Err(rustls::Error::General(format!("`{AUTHORITIES}` {}", no_authorities()))),
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

#[cfg(test)]
#[path = "tls_tests.rs"]
mod tests;
