//! Tests of the wire itself, against small servers on loopback.

use std::sync::Arc;
use std::time::Duration;

use ::http::{HeaderMap, Method};
use bytes::Bytes;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

use super::{ReqwestTransport, Transport, TransportError, TransportRequest};
use crate::settings::LONGEST;
use crate::testing::settings;
use crate::{Answer, Pem, Settings};

/// Reads one request to the end of its body; the head is returned as text.
async fn request(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    loop {
        let mut byte = [0];
        if stream.read(&mut byte).await.unwrap_or(0) == 0 {
            break;
        }
        bytes.push(byte[0]);
        if bytes.ends_with(b"\r\n\r\n") {
            break;
        }
    }
    let head = String::from_utf8(bytes).unwrap().to_lowercase();
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |text| text.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    head
}

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, with: &[u8], heads: &mpsc::UnboundedSender<String>) {
    let head = request(&mut stream).await;
    if !head.is_empty() {
        heads.send(head).unwrap();
        stream.write_all(with).await.unwrap();
        stream.shutdown().await.ok();
    }
}

/// Answers every connection's first request with `with` and closes it.
async fn server(with: &'static [u8]) -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (heads, seen) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            answer(stream, with, &heads).await;
        }
    });
    (url, seen)
}

fn get(url: &str) -> TransportRequest {
    TransportRequest {
        method: Method::GET,
        url: format!("{url}/a%2Fb/?c=d").parse().unwrap(),
        headers: HeaderMap::new(),
        body: None,
        timeout: None,
    }
}

async fn call(settings: &Settings, url: &str) -> Result<Answer, TransportError> {
    ReqwestTransport::new(settings, false).unwrap().call(get(url)).await
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_host_that_cannot_be_resolved_is_explained() {
    let files = tempfile::tempdir().unwrap();
    let missing = |name: &str| files.path().join(name);
    let missing = ["hosts", "servers", "name"].map(missing);
    let names = crate::names::Names::of(missing, 1, Duration::from_secs(60));
    let client = reqwest::Client::builder().dns_resolver(names).no_proxy().build().unwrap();
    let error = client.get("http://registry.example.com/").send().await.unwrap_err();
    match super::lost(error, Duration::from_secs(1)) {
        TransportError::NeverSent { why, lasting: true } => {
            assert!(why.contains("cannot resolve host registry.example.com: it is not listed in "), "{why}");
            assert_eq!(why.matches("cannot resolve").count(), 1, "{why}");
        }
        other => panic!("{other:?}"),
    }
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nset-cookie: sid=1\r\n\r\nhi";

#[tokio::test]
async fn a_request_and_its_answer() {
    let (url, mut seen) = server(OK).await;
    let mut settings = settings();
    settings.headers = vec![("X-Team".to_owned(), "seven".to_owned())];
    settings.user_agent.suffix = Some("mine".to_owned());
    let network = ReqwestTransport::new(&settings, false).unwrap();
    let answer = network.call(get(&url)).await.unwrap();
    assert_eq!((answer.status(), answer.body()), (200, &b"hi"[..]));
    let head = seen.recv().await.unwrap();
    assert!(head.starts_with("get /a%2fb/?c=d http/1.1"), "{head}");
    assert!(
        head.contains("x-team: seven") && head.contains(" mine\r\n") && head.contains("accept: application/json"),
        "{head}"
    );

    let post = TransportRequest { method: Method::POST, body: Some(Bytes::from_static(b"{}")), ..get(&url) };
    network.call(post).await.unwrap();
    let head = seen.recv().await.unwrap();
    assert!(!head.contains("cookie"), "{head}");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (url, mut seen) =
        server(b"HTTP/1.1 308 Permanent Redirect\r\nlocation: /a%2Fb/\r\ncontent-length: 0\r\n\r\n").await;
    let answer = call(&settings(), &url).await.unwrap();
    assert_eq!((answer.status(), answer.header("location")), (308, Some("/a%2Fb/")));
    seen.recv().await.unwrap();
    assert!(seen.try_recv().is_err());
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    match call(&settings(), &url).await {
        Err(TransportError::NeverSent { why, lasting: false }) => {
            assert!(why.to_lowercase().contains("refused"), "{why}")
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_connection_that_is_cut_after_the_request() {
    for cut in [
        &b""[..],
        b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{\"name\"",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ] {
        let (url, mut seen) = server(cut).await;
        let lost = call(&settings(), &url).await.unwrap_err();
        assert!(matches!(lost, TransportError::NoAnswer { under_way: false, .. }), "{lost:?}");
        seen.recv().await.unwrap();
        assert!(seen.try_recv().is_err(), "it is for others to decide whether it is sent again");
    }
}

#[tokio::test]
async fn an_answer_that_does_not_come() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut settings = settings();
    settings.request_timeout = Duration::from_millis(50);
    // The connection is made by the system, and nobody ever answers on it.
    match call(&settings, &url).await {
        Err(TransportError::NoAnswer { why, under_way: true }) => assert_eq!(why, "no answer within 0.05 s"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_longest_times_that_can_be_set_are_waited_for() {
    let (url, _seen) = server(OK).await;
    let settings = Settings { connect_timeout: LONGEST, request_timeout: LONGEST, ..settings() };
    assert_eq!(call(&settings, &url).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_connection_that_is_not_established_in_time() {
    // The system accepts the connection, and nobody ever says a word of TLS on it.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let settings = Settings { connect_timeout: Duration::from_millis(50), ..settings() };
    let lost = call(&settings, &url).await.unwrap_err();
    assert!(matches!(lost, TransportError::NeverSent { lasting: false, .. }), "{lost:?}");
}

#[tokio::test]
async fn an_answer_that_is_too_large() {
    let told = b"HTTP/1.1 200 OK\r\ncontent-length: 5000000\r\n\r\n";
    let untold = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n8\r\n12345678\r\n8\r\n12345678\r\n0\r\n\r\n";
    let mut settings = settings();
    settings.max_response_size = 10;
    for answer in [&told[..], untold] {
        let (url, _seen) = server(answer).await;
        let lost = call(&settings, &url).await.unwrap_err();
        assert!(matches!(lost, TransportError::TooLarge(10)), "{lost:?}");
    }
}

#[tokio::test]
async fn a_proxy_is_used_unless_excepted() {
    let (proxy, mut through) = server(OK).await;
    let mut settings = settings();
    settings.proxy_url = Some(proxy);
    settings.no_proxy = Some("127.0.0.1".to_owned());
    assert!(call(&settings, "http://registry.invalid").await.is_ok());
    assert!(through.recv().await.unwrap().starts_with("get http://registry.invalid/a%2fb/?c=d"));
    let (url, mut direct) = server(OK).await;
    call(&settings, &url).await.unwrap();
    direct.recv().await.unwrap();
    assert!(through.try_recv().is_err());
}

/// An authority, and a server with a certificate of it for `name`.
struct Tls {
    authority: String,
    client: (String, String),
    url: String,
}

async fn tls(name: &str, ask_client: bool) -> Tls {
    let mut parameters = rcgen::CertificateParams::default();
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = rcgen::KeyPair::generate().unwrap();
    let authority = parameters.self_signed(&key).unwrap();
    let issuer = rcgen::Issuer::new(parameters, key);
    let issue = |name: &str| {
        let key = rcgen::KeyPair::generate().unwrap();
        (rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap(), key)
    };
    let (certificate, key) = issue(name);
    let (client, client_key) = issue("client");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).unwrap();
    let builder = if ask_client {
        builder.with_client_cert_verifier(
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap(),
        )
    } else {
        builder.with_no_client_auth()
    };
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = builder.with_single_cert(vec![certificate.der().clone()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (heads, _seen) = mpsc::unbounded_channel();
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                answer(stream, OK, &heads).await;
            }
        }
    });
    Tls { authority: authority.pem(), client: (client.pem(), client_key.serialize_pem()), url }
}

fn trusting(tls: &Tls) -> Settings {
    Settings { ca_certificate: Some(Pem::Text(tls.authority.clone())), ..settings() }
}

#[tokio::test]
async fn only_a_trusted_certificate_will_do() {
    let server = tls("127.0.0.1", false).await;
    call(&trusting(&server), &server.url).await.unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &server.authority).unwrap();
    let from_file = Settings { ca_certificate: Some(Pem::File(file.path().to_owned())), ..settings() };
    call(&from_file, &server.url).await.unwrap();
    let other = tls("127.0.0.1", false).await;
    for settings in [settings(), trusting(&other)] {
        let lost = call(&settings, &server.url).await.unwrap_err();
        assert!(matches!(lost, TransportError::NeverSent { lasting: true, .. }), "{lost:?}");
    }
    call(&Settings { insecure: true, ..settings() }, &server.url).await.unwrap();
}

#[tokio::test]
async fn the_name_in_the_certificate_counts() {
    let server = tls("registry.example.com", false).await;
    let lost = call(&trusting(&server), &server.url).await.unwrap_err();
    assert!(matches!(lost, TransportError::NeverSent { lasting: true, .. }), "{lost:?}");
    let named = Settings { tls_server_name: Some("registry.example.com".to_owned()), ..trusting(&server) };
    call(&named, &server.url).await.unwrap();
}

#[tokio::test]
async fn a_client_certificate_is_shown_when_asked_for() {
    let server = tls("127.0.0.1", true).await;
    assert!(call(&trusting(&server), &server.url).await.is_err());
    let (certificate, key) = server.client.clone();
    let settings = Settings {
        client_certificate: Some(Pem::Text(certificate)),
        client_key: Some(Pem::Text(key)),
        ..trusting(&server)
    };
    call(&settings, &server.url).await.unwrap();
}

/// What is meant for the server alone does not reach another one.
#[tokio::test]
async fn elsewhere_neither_headers_nor_certificate_nor_name_are_the_servers() {
    let (url, mut seen) = server(OK).await;
    let headers = vec![("X-Team".to_owned(), "seven".to_owned())];
    let network = ReqwestTransport::new(&Settings { headers, ..settings() }, true).unwrap();
    network.call(get(&url)).await.unwrap();
    let head = seen.recv().await.unwrap();
    assert!(!head.contains("x-team") && head.contains("user-agent"), "{head}");

    let elsewhere =
        async |settings: &Settings, url: &str| ReqwestTransport::new(settings, true).unwrap().call(get(url)).await;
    let storage = tls("127.0.0.1", false).await;
    let named = Settings { tls_server_name: Some("registry.example.com".to_owned()), ..trusting(&storage) };
    elsewhere(&named, &storage.url).await.unwrap();
    let lost = elsewhere(&settings(), &storage.url).await.unwrap_err();
    assert!(matches!(lost, TransportError::NeverSent { lasting: true, .. }), "{lost:?}");

    let asking = tls("127.0.0.1", true).await;
    let (certificate, key) = asking.client.clone();
    let (client_certificate, client_key) = (Some(Pem::Text(certificate)), Some(Pem::Text(key)));
    let known = Settings { client_certificate, client_key, ..trusting(&asking) };
    call(&known, &asking.url).await.unwrap();
    assert!(elsewhere(&known, &asking.url).await.is_err());
}

/// The system's authorities are read once in a process, from a file that the environment names: so the test runs in one of its own.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn elsewhere_the_systems_authorities_are_trusted_beside_those_of_the_settings() {
    const NAME: &str = "http::wire::tests::elsewhere_the_systems_authorities_are_trusted_beside_those_of_the_settings";
    let Some(system) = std::env::var_os("AUTHORITIES_OF_A_TEST") else {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut itself = std::process::Command::new(std::env::current_exe().unwrap());
        itself.args(["--exact", NAME]).env("AUTHORITIES_OF_A_TEST", file.path()).env("SSL_CERT_FILE", file.path());
        let output = itself.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        return;
    };
    let (quay, storage) = (tls("127.0.0.1", false).await, tls("127.0.0.1", false).await);
    std::fs::write(system, &storage.authority).unwrap();
    let settings = trusting(&quay);
    let elsewhere = ReqwestTransport::new(&settings, true).unwrap();
    for server in [&quay, &storage] {
        elsewhere.call(get(&server.url)).await.unwrap();
    }
    assert!(
        call(&settings, &storage.url).await.is_err(),
        "the server itself is trusted by those of the settings alone"
    );
}
