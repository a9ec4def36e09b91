//! The handshake, the socket, and who is let in.

use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;

use rustls::version::{TLS12, TLS13};

use super::client::tfplugin6::{get_provider_schema, validate_provider_config};
use super::client::{Client, Credentials, Presented};
use super::process::{Serving, Start};

async fn schema(client: &Client) -> Result<get_provider_schema::Response, tonic::Status> {
    let request = get_provider_schema::Request {};
    client.provider().get_provider_schema(request).await.map(tonic::Response::into_inner)
}

async fn refused(serving: &Serving, presented: Option<Presented>, version: &'static rustls::SupportedProtocolVersion) {
    match serving.connect_presenting(presented, version).await {
        Err(_) => {}
        Ok(client) => {
            schema(&client).await.expect_err("a stranger was let in");
        }
    }
}

#[tokio::test]
async fn the_handshake_names_a_socket_and_a_certificate() {
    let start = Start::quay();
    let directory = start.directory().to_owned();
    let serving = start.serve();
    let fields = &serving.handshake.fields;
    assert_eq!(fields.len(), 6);
    assert_eq!(fields[..3], ["1", "6", "unix"]);
    assert_eq!(fields[4], "grpc");
    assert!(!fields[5].contains('=') && fields[5].len() > 50);
    assert_eq!(Path::new(serving.handshake.address()).parent(), Some(directory.as_path()));
}

#[tokio::test]
async fn only_its_user_can_reach_the_socket_and_it_is_gone_at_the_end() {
    let serving = Start::quay().serve();
    let metadata = std::fs::metadata(serving.handshake.address()).unwrap();
    assert!(metadata.file_type().is_socket());
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    let client = serving.connect().await;
    let ended = serving.shut_down(&client).await;
    assert!(ended.status.success());
    assert_eq!(ended.left, Vec::<std::path::PathBuf>::new());
    assert_eq!(ended.stdout, "");
}

#[tokio::test]
async fn a_broker_that_asks_whether_it_may_be_multiplexed_is_told_no() {
    let serving = Start::quay().env("PLUGIN_MULTIPLEX_GRPC", "true").serve();
    assert_eq!(serving.handshake.fields.len(), 7);
    assert_eq!(serving.handshake.fields[6], "false");
    assert!(schema(&serving.connect().await).await.is_ok());
}

#[tokio::test]
async fn a_host_without_version_six_is_told_what_there_is() {
    let serving = Start::quay().env("PLUGIN_PROTOCOL_VERSIONS", "4,5").serve();
    assert_eq!(serving.handshake.fields[1], "6");
}

#[tokio::test]
async fn a_long_temporary_directory_is_not_used_for_the_socket() {
    let start = Start::quay();
    let long = start.directory().join("x".repeat(100));
    std::fs::create_dir(&long).unwrap();
    let serving = start.env("TMPDIR", &long).serve();
    assert_eq!(Path::new(serving.handshake.address()).parent(), Some(Path::new("/tmp")));
    let client = serving.connect().await;
    assert!(schema(&client).await.is_ok());
    let address = serving.handshake.address().to_owned();
    assert!(serving.shut_down(&client).await.status.success());
    assert!(!Path::new(&address).exists());
}

#[tokio::test]
async fn an_empty_temporary_directory_is_as_good_as_none() {
    let serving = Start::quay().env("TMPDIR", "").serve();
    assert_eq!(Path::new(serving.handshake.address()).parent(), Some(Path::new("/tmp")));
    let client = serving.connect().await;
    assert!(schema(&client).await.is_ok());
    assert!(serving.shut_down(&client).await.status.success());
}

#[test]
fn a_temporary_directory_that_is_not_there_is_named() {
    let start = Start::quay();
    let missing = start.directory().join("missing");
    let output = start.env("TMPDIR", &missing).output();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains(missing.to_str().unwrap()) && said.contains("Set TMPDIR to a directory"), "{said}");
}

#[tokio::test]
async fn a_host_chooses_the_sockets_directory_and_group() {
    let start = Start::quay();
    let directory = start.directory().join("sockets");
    std::fs::create_dir(&directory).unwrap();
    let group = std::os::unix::fs::MetadataExt::gid(&std::fs::metadata(&directory).unwrap());
    let start = start.env("PLUGIN_UNIX_SOCKET_DIR", &directory).env("PLUGIN_UNIX_SOCKET_GROUP", group.to_string());
    let serving = start.serve();
    let path = Path::new(serving.handshake.address());
    assert_eq!(path.parent(), Some(directory.as_path()));
    assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o660);
    assert!(schema(&serving.connect().await).await.is_ok());
}

#[tokio::test]
async fn on_request_it_listens_on_a_port_of_the_loopback_interface() {
    let start = Start::quay().env("TF_PLUGIN_TRANSPORT", "tcp");
    let serving = start.serve();
    assert_eq!(serving.handshake.network(), "tcp");
    let address: std::net::SocketAddr = serving.handshake.address().parse().unwrap();
    assert!(address.ip().is_loopback() && (10_000..=25_000).contains(&address.port()));
    refused(&serving, Some(Presented::nothing()), &TLS13).await;
    refused(&serving, None, &TLS13).await;
    let client = serving.connect().await;
    assert!(schema(&client).await.is_ok());
    assert!(serving.shut_down(&client).await.left.is_empty());
}

#[tokio::test]
async fn terraforms_certificate_is_let_in_over_both_versions_of_tls() {
    let serving = Start::quay().serve();
    for version in [&TLS13, &TLS12] {
        let presented = serving.credentials.as_ref().map(Credentials::presented);
        let client = serving.connect_presenting(presented, version).await.unwrap();
        let response = schema(&client).await.unwrap();
        assert!(response.provider.unwrap().block.is_some());
    }
}

#[tokio::test]
async fn everybody_else_is_refused_and_terraform_still_let_in() {
    let serving = Start::quay().serve();
    let stranger = Credentials::generate();
    let own = serving.credentials.as_ref().unwrap();
    for version in [&TLS13, &TLS12] {
        refused(&serving, Some(Presented::nothing()), version).await;
        refused(&serving, Some(stranger.presented()), version).await;
        // The certificate is no secret; its key is.
        refused(&serving, Some(own.with_key_of(&stranger)), version).await;
        refused(&serving, None, version).await;
    }
    assert!(schema(&serving.connect().await).await.is_ok());
}

#[tokio::test]
async fn a_client_that_stalls_in_the_handshake_holds_up_nobody() {
    let serving = Start::quay().serve();
    let _silent = tokio::net::UnixStream::connect(serving.handshake.address()).await.unwrap();
    assert!(schema(&serving.connect().await).await.is_ok());
}

#[tokio::test]
async fn there_is_no_tls_only_when_terraform_asked_for_none() {
    let serving = Start::quay().without_tls().serve();
    assert_eq!(serving.handshake.fields[5], "");
    let client = serving.connect().await;
    let request = validate_provider_config::Request { config: None };
    let response = client.provider().validate_provider_config(request).await.unwrap().into_inner();
    assert_eq!(response.diagnostics, []);
}
