//! A client as Terraform is one: its certificate, its view of the server's, its services.

use std::io;
use std::sync::Arc;

use bytes::{Buf, BufMut};
use futures::Stream;
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose};
use rustls::client::ResolvesClientCert;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite};
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Channel, Endpoint, Uri};

/// Generated for tests alone: the executables have no client.
#[allow(missing_docs, unreachable_pub, dead_code, clippy::all, clippy::pedantic)]
pub(crate) mod tfplugin6 {
    include!(concat!(env!("OUT_DIR"), "/client/tfplugin6.rs"));
}

#[allow(missing_docs, unreachable_pub, dead_code, clippy::all, clippy::pedantic)]
pub(crate) mod go_plugin {
    include!(concat!(env!("OUT_DIR"), "/client/plugin.rs"));
}

#[allow(missing_docs, unreachable_pub, dead_code, clippy::all, clippy::pedantic)]
pub(crate) mod health {
    include!(concat!(env!("OUT_DIR"), "/client/grpc.health.v1.rs"));
}

use go_plugin::grpc_broker_client::GrpcBrokerClient;
use go_plugin::grpc_controller_client::GrpcControllerClient;
use go_plugin::grpc_stdio_client::GrpcStdioClient;
use health::health_client::HealthClient;
use tfplugin6::provider_client::ProviderClient;

/// What Terraform presents.
pub(crate) struct Credentials {
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) pem: String,
    key: KeyPair,
}

impl Credentials {
    /// As go-plugin makes them: P-521, its own authority.
    pub(crate) fn generate() -> Self {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P521_SHA512).unwrap();
        let mut parameters = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        parameters.distinguished_name.push(rcgen::DnType::CommonName, "localhost");
        parameters.distinguished_name.push(rcgen::DnType::OrganizationName, "HashiCorp");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
            KeyUsagePurpose::KeyAgreement,
            KeyUsagePurpose::KeyCertSign,
        ];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = parameters.self_signed(&key).unwrap();
        Self { certificate: certificate.der().clone(), pem: certificate.pem(), key }
    }

    /// This certificate, with another's key.
    pub(crate) fn with_key_of(&self, other: &Credentials) -> Presented {
        Presented(Some((self.certificate.clone(), other.key.serialize_der())))
    }

    /// As they are.
    pub(crate) fn presented(&self) -> Presented {
        self.with_key_of(self)
    }
}

/// What a client presents when asked for a certificate, whether or not it fits together.
#[derive(Debug)]
pub(crate) struct Presented(Option<(CertificateDer<'static>, Vec<u8>)>);

impl Presented {
    pub(crate) fn nothing() -> Self {
        Self(None)
    }
}

impl ResolvesClientCert for Presented {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let (certificate, key) = self.0.clone()?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key));
        let key = aws_lc_rs::sign::any_supported_type(&key).unwrap();
        Some(Arc::new(CertifiedKey::new(vec![certificate], key)))
    }

    fn has_certs(&self) -> bool {
        self.0.is_some()
    }
}

/// How the connection is secured.
pub(crate) struct Tls {
    pub(crate) server: CertificateDer<'static>,
    pub(crate) presented: Presented,
    pub(crate) version: &'static rustls::SupportedProtocolVersion,
}

impl Tls {
    fn config(self) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.server).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[self.version])
            .unwrap()
            .with_root_certificates(roots)
            .with_client_cert_resolver(Arc::new(self.presented));
        config.alpn_protocols = vec![b"h2".to_vec()];
        Arc::new(config)
    }
}

trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

async fn open(network: &str, address: &str) -> io::Result<Box<dyn Io>> {
    Ok(match network {
        "unix" => Box::new(tokio::net::UnixStream::connect(address).await?),
        "tcp" => Box::new(tokio::net::TcpStream::connect(address).await?),
        other => panic!("network {other}"),
    })
}

/// Connects; what is wrong with the certificates shows in the first call at the latest.
pub(crate) async fn connect(network: &str, address: &str, tls: Option<Tls>) -> Result<Client, tonic::transport::Error> {
    let (network, address) = (network.to_owned(), address.to_owned());
    let config = tls.map(Tls::config);
    let connector = tower::service_fn(move |_: Uri| {
        let (network, address, config) = (network.clone(), address.clone(), config.clone());
        async move {
            let io = open(&network, &address).await?;
            let io: Box<dyn Io> = match config {
                None => io,
                Some(config) => {
                    let name = ServerName::try_from("localhost").unwrap();
                    Box::new(tokio_rustls::TlsConnector::from(config).connect(name, io).await?)
                }
            };
            io::Result::Ok(TokioIo::new(io))
        }
    });
    let channel = Endpoint::from_static("http://localhost").connect_with_connector(connector).await?;
    Ok(Client { channel })
}

/// All services of one process.
#[derive(Clone)]
pub(crate) struct Client {
    channel: Channel,
}

impl Client {
    /// With Terraform's limits on messages.
    pub(crate) fn provider(&self) -> ProviderClient<Channel> {
        let largest = i32::MAX as usize;
        ProviderClient::new(self.channel.clone()).max_decoding_message_size(largest).max_encoding_message_size(largest)
    }

    pub(crate) fn controller(&self) -> GrpcControllerClient<Channel> {
        GrpcControllerClient::new(self.channel.clone())
    }

    pub(crate) fn stdio(&self) -> GrpcStdioClient<Channel> {
        GrpcStdioClient::new(self.channel.clone())
    }

    pub(crate) fn broker(&self) -> GrpcBrokerClient<Channel> {
        GrpcBrokerClient::new(self.channel.clone())
    }

    /// The broker's stream, with messages that may be none.
    pub(crate) async fn broker_raw(
        &self,
        messages: impl Stream<Item = Vec<u8>> + Send + 'static,
    ) -> Result<tonic::Streaming<Vec<u8>>, tonic::Status> {
        let mut client = tonic::client::Grpc::new(self.channel.clone());
        client.ready().await.map_err(|error| tonic::Status::unknown(error.to_string()))?;
        let path = PathAndQuery::from_static("/plugin.GRPCBroker/StartStream");
        client.streaming(tonic::Request::new(messages), path, Raw).await.map(tonic::Response::into_inner)
    }

    pub(crate) fn health(&self) -> HealthClient<Channel> {
        HealthClient::new(self.channel.clone())
    }
}

/// Messages as they are.
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = tonic::Status;

    fn encode(&mut self, message: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), tonic::Status> {
        buffer.put_slice(&message);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = tonic::Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, tonic::Status> {
        let mut message = vec![0; buffer.remaining()];
        buffer.copy_to_slice(&mut message);
        Ok(Some(message))
    }
}
