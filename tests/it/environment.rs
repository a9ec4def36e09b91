//! What the executables take from the environment of their process.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use serde_json::json;

use crate::core::{Core, text};
use crate::plugin::process::Start;
use crate::world::remote::Remote;
use crate::world::{Service, Through, World};

/// The quay executable with an empty block.
async fn quay(variables: &[(&str, &str)], use_it: impl AsyncFnOnce(&Core)) {
    let start = variables.iter().fold(Start::quay(), |start, (n, v)| start.env(n, v));
    let serving = start.serve();
    let client = serving.connect().await;
    let schema = Service::Quay.serve().schema().expect("a schema");
    let core = Core::unconfigured(Arc::new(Remote { client: client.clone(), schema }));
    let said = core.configure(json!({})).await;
    assert!(!said.has_errors(), "{}", text(&said));
    use_it(&core).await;
    drop(core);
    serving.shut_down(&client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_block_takes_everything_from_the_environment() {
    let world = World::new(Service::Quay, Through::Calls);
    let it = world.simulator.credentials();
    quay(&[("QUAY_URL", world.simulator.url()), ("QUAY_TOKEN", &it.quay_token)], async |core| {
        core.run("quay_organization", None, json!({ "name": "acme" })).await.unwrap();
    })
    .await;
    assert!(world.simulator.dump()["quay"]["organizations"]["acme"].is_object());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_proxy_of_the_environment_is_used_and_its_exceptions_too() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let (heads, seen) = std::sync::mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = [0; 1024];
            let length = stream.read(&mut head).unwrap();
            heads.send(String::from_utf8_lossy(&head[..length]).into_owned()).unwrap();
            stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
        }
    });
    let refused = async |core: &Core| {
        let said = core.run("quay_organization", None, json!({ "name": "acme" })).await.diagnostics;
        assert!(said.has_errors(), "{}", text(&said));
    };
    let own = [("QUAY_URL", "http://registry.invalid"), ("QUAY_TOKEN", "t"), ("QUAY_MAX_RETRIES", "0")];
    for variables in [
        vec![("HTTP_PROXY", proxy.as_str())],
        vec![("http_proxy", &proxy), ("QUAY_NO_PROXY", "other.invalid")],
        vec![("HTTP_PROXY", ""), ("http_proxy", &proxy)],
        vec![("ALL_PROXY", ""), ("all_proxy", &proxy), ("NO_PROXY", "other.invalid")],
    ] {
        quay(&[&own[..], &variables].concat(), refused).await;
        assert!(seen.recv().unwrap().contains(" http://registry.invalid/api/v1/"));
        while seen.try_recv().is_ok() {}
    }
    for variables in [
        vec![("http_proxy", proxy.as_str()), ("NO_PROXY", "registry.invalid")],
        vec![("http_proxy", &proxy), ("NO_PROXY", ""), ("no_proxy", "registry.invalid")],
        vec![("QUAY_PROXY_URL", &proxy), ("NO_PROXY", ""), ("no_proxy", "registry.invalid")],
        vec![("http_proxy", &proxy), ("QUAY_PROXY_URL", "")],
    ] {
        quay(&[&own[..], &variables].concat(), refused).await;
        assert!(seen.try_recv().is_err(), "{variables:?}");
    }
}

/// Where the variable names nothing, there are no authorities, whatever the system has.
#[tokio::test(flavor = "multi_thread")]
async fn authorities_are_missed_only_where_tls_needs_them() {
    let world = World::new(Service::Quay, Through::Calls);
    let it = world.simulator.credentials();
    let common = [("SSL_CERT_FILE", "/nowhere/authorities.pem"), ("QUAY_TOKEN", &it.quay_token)];
    quay(&[&common[..], &[("QUAY_URL", world.simulator.url())]].concat(), async |core| {
        core.run("quay_organization", None, json!({ "name": "acme" })).await.unwrap();
    })
    .await;
    quay(&[&common[..], &[("QUAY_URL", "https://127.0.0.1:1")]].concat(), async |core| {
        let said = text(&core.run("quay_organization", None, json!({ "name": "acme" })).await.diagnostics);
        assert!(
            said.contains(
                "`ca_certificate` is needed: no certificate authorities can be read where SSL_CERT_FILE points"
            ),
            "{said}"
        );
    })
    .await;
}

/// As it is for Terraform, and for everything else that is written in Go.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn empty_variables_name_no_authorities() {
    let said = async |variables: &[(&str, &str)]| {
        let own = [("QUAY_URL", "https://127.0.0.1:1"), ("QUAY_TOKEN", "t"), ("QUAY_MAX_RETRIES", "0")];
        let mut said = String::new();
        quay(&[&own[..], variables].concat(), async |core| {
            said = text(&core.run("quay_organization", None, json!({ "name": "acme" })).await.diagnostics);
        })
        .await;
        said
    };
    // Whether this machine has any or not.
    let usual = said(&[]).await;
    for empty in [&["SSL_CERT_FILE"][..], &["SSL_CERT_DIR"], &["SSL_CERT_FILE", "SSL_CERT_DIR"]] {
        let variables: Vec<_> = empty.iter().map(|name| (*name, "")).collect();
        assert_eq!(said(&variables).await, usual, "{empty:?}");
    }
    let named = said(&[("SSL_CERT_FILE", ""), ("SSL_CERT_DIR", "/nowhere")]).await;
    assert!(named.contains("can be read where SSL_CERT_DIR points"), "{named}");
}
